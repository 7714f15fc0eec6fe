"""Listings: front pages, sections, tags, authors, searches, maps of a site."""

from __future__ import annotations

from archive.model import Verdict
from tests.extract.kinds import PROSE, case, ld, page, teasers


@case(Verdict.LISTING)
def front_with_long_teasers_en() -> tuple[str, str]:
    items = teasers("en", "<article><h2><a href='{url}'>{title}</a></h2><p>{text}</p></article>")
    return "https://www.example.org/", page("en", PROSE["en"].site, f"<main>{items}</main>")


@case(Verdict.LISTING)
def front_of_cards_ja() -> tuple[str, str]:
    items = teasers("ja", "<a class=card href='{url}'><img src=x.jpg><h3>{title}</h3><span>{date}</span></a>")
    head = '<meta property="og:type" content="website">' + ld(**{"@type": "WebSite", "name": "みなと日報"})
    return "https://www.example.jp/", page("ja", PROSE["ja"].site, f"<h1>{PROSE['ja'].site}</h1>{items}", head)


@case(Verdict.LISTING)
def section_with_long_teasers_and_buttons_de() -> tuple[str, str]:
    form = "<div class=item><h3>{title}</h3><p>{date}</p><p>{text}</p><a class=btn href='{url}'>{more}</a></div>"
    body = f"<h1>Hafen</h1>{teasers('de', form)}<a href='?page=2'>Ältere Beiträge</a>"
    return "https://www.example.de/rubrik/hafen", page("de", "Hafen | Sielhafener Bote", body)


@case(Verdict.LISTING)
def section_of_divs_fr() -> tuple[str, str]:
    form = "<div><div><a href='{url}'>{title}</a></div><div>{text}</div></div>"
    return "https://www.example.fr/economie", page(
        "fr", "Économie", f"<div class=t>Économie</div>{teasers('fr', form)}"
    )


@case(Verdict.LISTING)
def tag_with_description_es() -> tuple[str, str]:
    t = PROSE["es"]
    head = ld(**{"@type": "CollectionPage", "name": "Puertos"})
    items = teasers("es", "<li><a href='{url}'>{title}</a> <time datetime=2026-10-12>{date}</time></li>")
    return "https://www.example.es/tag/puertos", page(
        "es", "Puertos", f"<h1>Puertos</h1>{t.p(1, 2)}<ul>{items}</ul>", head
    )


@case(Verdict.LISTING)
def author_with_biography_it() -> tuple[str, str]:
    t = PROSE["it"]
    life = (
        "<p>Fiamma Dordoni scrive di porti, di pesca e di chi ci vive. È nata sulla costa, ha lavorato per otto anni in"
        " un cantiere e da dodici segue per il giornale tutto ciò che galleggia. Ha pubblicato due libri sulle bitte.</p>"
    )
    head = ld(**{"@type": "ProfilePage", "mainEntity": {"@type": "Person", "name": t.author}})
    items = teasers("it", "<article><h3><a href='{url}'>{title}</a></h3><p>{text}</p></article>")
    return "https://www.example.it/autori/fiamma-dordoni", page(
        "it", t.author, f"<h1>{t.author}</h1>{life}{items}", head
    )


@case(Verdict.LISTING)
def search_results_pl() -> tuple[str, str]:
    items = teasers("pl", "<div class=r><a href='{url}'>{title}</a><br>{text}</div>")
    body = f"<form><input name=q value=prom></form><p>Znaleziono 8 wyników</p>{items}"
    return "https://www.example.pl/szukaj?q=prom", page("pl", "Wyniki: prom", body)


@case(Verdict.LISTING)
def map_of_a_month_ru() -> tuple[str, str]:
    items = "".join(
        teasers("ru", "<li><a href='{url}'>{title}</a></li>", path=f"/{d}/{{}}.html") for d in range(9)
    )
    return "https://www.example.ru/archive/2026/10", page(
        "ru", "Архив: октябрь 2026", f"<h1>Октябрь</h1><ul>{items}</ul>"
    )


@case(Verdict.LISTING)
def front_in_a_table_tr() -> tuple[str, str]:
    rows = teasers("tr", "<tr><td><b><a href='{url}'>{title}</a></b><br>{text}</td></tr>")
    return "http://www.example.com.tr/index.php", page("tr", PROSE["tr"].site, f"<table>{rows}</table>")


@case(Verdict.LISTING)
def latest_with_clocks_ar() -> tuple[str, str]:
    form = "<li><span>0{n}:15</span> <a href='{url}'>{title}</a></li>".replace("{n}", "8")
    body = f"<h1>آخر الأخبار</h1><ul>{teasers('ar', form)}</ul>"
    return "https://www.example.org/ar/latest", page("ar", "آخر الأخبار", body)


@case(Verdict.LISTING)
def ticker_of_headlines_with_texts_de() -> tuple[str, str]:
    form = "<li><time>08:15</time><h3><a href='{url}'>{title}</a></h3><p>{text}</p></li>"
    return "https://www.example.de/ticker", page(
        "de", "Nachrichtenticker", f"<h1>Ticker</h1><ul>{teasers('de', form)}</ul>"
    )


@case(Verdict.LISTING)
def blog_front_with_whole_posts_en() -> tuple[str, str]:
    t = PROSE["en"]
    posts = "".join(
        f"<article class=post><h2><a href='/2026/10/{i}/'>{title}</a></h2><time>{t.date}</time>{t.p()}</article>"
        for i, title in enumerate(t.titles[:5])
    )
    head = '<meta property="og:type" content="website">' + ld(**{"@type": "Blog", "name": "Pier"})
    return "https://pier.example.org/", page("en", "Pier: notes from the quay", posts, head)


@case(Verdict.LISTING)
def list_of_films_fr() -> tuple[str, str]:
    form = "<div class=video-card><a href='{url}'><img src=x.jpg><span>2:04</span><h3>{title}</h3></a></div>"
    items = teasers("fr", form, path="/videos/{}")
    return "https://www.example.fr/videos/", page("fr", "Toutes les vidéos", f"<h1>Vidéos</h1>{items}")


@case(Verdict.LISTING)
def list_of_galleries_it() -> tuple[str, str]:
    form = (
        "<figure><a href='{url}'><img src=x.jpg></a><figcaption><a href='{url}'>{title}</a></figcaption></figure>"
    )
    items = teasers("it", form, path="/fotogallery/{}")
    return "https://www.example.it/fotogallery/", page("it", "Fotogallery", f"<h1>Fotogallery</h1>{items}")


@case(Verdict.LISTING)
def topic_that_calls_itself_an_article_pl() -> tuple[str, str]:
    items = teasers("pl", "<div><a href='{url}'><h2>{title}</h2></a><p>{text}</p><span>{date}</span></div>")
    head = '<meta property="og:type" content="article">'
    return "https://www.example.pl/porty-i-promy", page(
        "pl", "Porty i promy", f"<h1>Porty i promy</h1>{items}", head
    )


@case(Verdict.LISTING)
def front_that_states_its_teasers_tr() -> tuple[str, str]:
    t = PROSE["tr"]
    nodes = [{"@type": "NewsArticle", "headline": x, "datePublished": "2026-10-12"} for x in t.titles]
    head = ld(**{"@type": "ItemList", "itemListElement": nodes})
    items = teasers("tr", "<article><a href='{url}'><h3>{title}</h3></a><p>{text}</p></article>")
    return "https://www.example.com.tr/", page("tr", t.site, f"<main>{items}</main>", head)
