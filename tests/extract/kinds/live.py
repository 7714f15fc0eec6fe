"""Live blogs: by what they state, by their names, by their clocks."""

from __future__ import annotations

from archive.model import Verdict
from tests.extract.kinds import PROSE, case, ld, page

CLOCKS = ("11:42", "11:15", "10:58", "10:31", "09:47", "09:20", "08:55", "08:30")


def stated(language: str, updates: int) -> str:
    t = PROSE[language]
    entries = [
        {"@type": "BlogPosting", "headline": t.titles[i % 8], "datePublished": f"2026-10-12T{CLOCKS[i % 8]}:00+01:00",
         "articleBody": t.paragraphs[i % 5]} for i in range(updates)
    ]  # fmt: skip
    return ld(**{"@type": "LiveBlogPosting", "headline": t.titles[0], "datePublished": "2026-10-12T08:00:00+01:00",
                 "coverageStartTime": "2026-10-12T08:00:00+01:00", "liveBlogUpdate": entries})  # fmt: skip


def entries(language: str, form: str, n: int = 6) -> str:
    t = PROSE[language]
    return "".join(
        form.format(clock=CLOCKS[i], title=t.titles[(i + 1) % 8], text=t.paragraphs[i % 5], i=i) for i in range(n)
    )


@case(Verdict.LIVE_BLOG)
def stated_in_json_ld_en() -> tuple[str, str]:
    t = PROSE["en"]
    body = f"<article><h1>{t.titles[0]}</h1>{entries('en', '<div><time>{clock}</time><h3>{title}</h3><p>{text}</p></div>')}</article>"
    return "https://www.example.org/news/2026/ferry-returns", page("en", t.titles[0], body, stated("en", 6))


@case(Verdict.LIVE_BLOG)
def of_two_entries_en() -> tuple[str, str]:
    t = PROSE["en"]
    body = f"<article><h1>{t.titles[0]}</h1>{entries('en', '<div><b>{clock}</b><p>{text}</p></div>', 2)}</article>"
    return "https://www.example.org/news/2026/ferry-returns", page("en", t.titles[0], body, stated("en", 2))


@case(Verdict.LIVE_BLOG)
def ticker_by_its_classes_de() -> tuple[str, str]:
    t = PROSE["de"]
    form = "<div class='liveticker-entry' id=e{i}><span class=time>{clock} Uhr</span><h4>{title}</h4><p>{text}</p></div>"
    body = (
        f"<h1>Sturm an der Küste: Der Liveticker</h1>{t.p(0, 1)}<div class=liveticker>{entries('de', form)}</div>"
    )
    return "https://www.example.de/panorama/sturm-liveticker-4711.html", page("de", "Liveticker zum Sturm", body)


@case(Verdict.LIVE_BLOG)
def direct_with_clocks_of_its_country_fr() -> tuple[str, str]:
    t = PROSE["fr"]
    form = "<section><p><strong>{clock}</strong></p><h2>{title}</h2><p>{text}</p></section>"
    body = f"<main><h1>EN DIRECT - Tempête : le port fermé</h1>{entries('fr', form).replace(':', 'h', 6)}</main>"
    return "https://www.example.fr/direct/tempete", page("fr", f"EN DIRECT - Tempête | {t.site}", body)


@case(Verdict.LIVE_BLOG)
def minute_by_minute_in_paragraphs_es() -> tuple[str, str]:
    t = PROSE["es"]
    body = f"<article><h1>El temporal, minuto a minuto</h1>{t.p(0, 1)}{entries('es', '<p>{clock} {text}</p>')}</article>"
    return "https://www.example.es/temporal-ultima-hora", page("es", "El temporal, minuto a minuto", body)


@case(Verdict.LIVE_BLOG)
def microdata_it() -> tuple[str, str]:
    t = PROSE["it"]
    form = (
        '<div itemprop="liveBlogUpdate" itemscope itemtype="https://schema.org/BlogPosting">'
        '<time itemprop="datePublished">{clock}</time><p itemprop="articleBody">{text}</p></div>'
    )
    body = (
        f'<div itemscope itemtype="https://schema.org/LiveBlogPosting"><h1 itemprop="headline">{t.titles[0]}</h1>'
        f"{entries('it', form)}</div>"
    )
    return "https://www.example.it/cronaca/2026/10/12/traghetto", page("it", t.titles[0], body)


@case(Verdict.LIVE_BLOG)
def by_its_clocks_alone_pl() -> tuple[str, str]:
    t = PROSE["pl"]
    body = f"<article><h1>{t.titles[0]}</h1>{entries('pl', '<h3>{clock}</h3><p>{text}</p>', 8)}</article>"
    return "https://www.example.pl/wiadomosci/sztorm,4711", page("pl", t.titles[0], body)


@case(Verdict.LIVE_BLOG)
def online_in_a_list_ru() -> tuple[str, str]:
    t = PROSE["ru"]
    body = f"<h1>Шторм на побережье. Онлайн</h1><ul>{entries('ru', '<li><span>{clock}</span><div>{text}</div></li>')}</ul>"
    return "https://www.example.ru/online/4711", page("ru", f"Шторм на побережье. Онлайн — {t.site}", body)


@case(Verdict.LIVE_BLOG)
def oldest_first_ja() -> tuple[str, str]:
    t = PROSE["ja"]
    rows = "".join(f"<dt>{c}</dt><dd>{p}</dd>" for c, p in zip(sorted(CLOCKS[:5]), t.paragraphs, strict=True))
    return "https://www.example.jp/live/4711", page(
        "ja", "【ライブ】嵐の港", f"<h1>【ライブ】嵐の港</h1><dl>{rows}</dl>"
    )


@case(Verdict.LIVE_BLOG)
def beside_a_news_node_tr() -> tuple[str, str]:
    t = PROSE["tr"]
    head = ld(**{"@type": "NewsArticle", "headline": t.titles[0], "datePublished": "2026-10-12"}) + stated("tr", 5)
    body = f"<article><h1>{t.titles[0]}</h1>{t.p(0, 1)}{entries('tr', '<div><h3>{title}</h3><p>{text}</p></div>', 5)}</article>"
    return "https://www.example.com.tr/gundem/gece-vapuru-4711", page("tr", t.titles[0], body, head)


@case(Verdict.LIVE_BLOG)
def named_elements_ar() -> tuple[str, str]:
    t = PROSE["ar"]
    form = "<div class='live-blog__post'><div class=stamp>{clock}</div><p>{text}</p></div>"
    body = f"<h1>العاصفة لحظة بلحظة</h1><div id=live-blog>{entries('ar', form)}</div>"
    return "https://www.example.org/ar/liveblog/4711", page("ar", f"العاصفة لحظة بلحظة - {t.site}", body)
