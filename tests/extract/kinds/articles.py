"""Articles, those that look like something else among them."""

from __future__ import annotations

from archive.model import Verdict
from tests.extract.kinds import PROSE, case, ld, page, teasers

NEWS = "https://www.example.org/2026/10/night-ferry-sails-again-4711.html"


def stated(language: str, kind: str = "NewsArticle", **more: object) -> str:
    t = PROSE[language]
    node = {
        "@type": kind, "headline": t.titles[0], "datePublished": "2026-10-12T08:00:00+01:00",
        "author": {"@type": "Person", "name": t.author}, **more,
    }  # fmt: skip
    return ld(**node) + '<meta property="og:type" content="article">'


@case(Verdict.ARTICLE)
def json_ld_en() -> tuple[str, str]:
    t = PROSE["en"]
    body = f"<main><article><h1>{t.titles[0]}</h1><p>{t.author}, {t.date}</p>{t.p()}</article></main>"
    return NEWS, page("en", t.titles[0], body, stated("en"))


@case(Verdict.ARTICLE)
def without_any_metadata_de() -> tuple[str, str]:
    t = PROSE["de"]
    return "https://www.example.de/lokales/seite", page("de", t.site, f"<h1>{t.titles[0]}</h1>{t.p()}")


@case(Verdict.ARTICLE)
def breaking_news_of_forty_words_en() -> tuple[str, str]:
    t = PROSE["en"]
    body = f"<article><h1>{t.titles[0]}</h1><time datetime=2026-10-12T08:00Z>{t.date}</time>{t.p(0, 1)}</article>"
    return NEWS, page(
        "en", t.titles[0], body + f"<section>{teasers('en', '<a href={url}>{title}</a><br>')}</section>"
    )


@case(Verdict.ARTICLE)
def breaking_news_of_one_paragraph_ja() -> tuple[str, str]:
    t = PROSE["ja"]
    return NEWS, page("ja", t.titles[0], f"<h1>{t.titles[0]}</h1><p>{t.date}</p>{t.p(1, 2)}", stated("ja"))


@case(Verdict.ARTICLE)
def about_captchas_en() -> tuple[str, str]:
    text = (
        "<p>For twenty years websites have asked people to verify that they are human, and for twenty years people have"
        " hated it. The distorted letters of the first captcha were read by machines within a decade, the traffic"
        " lights that followed it within half of one.</p><p>Now the puzzle that says you are not a robot is solved by"
        " robots more often than by people, a study of nine thousand visits found. Its authors watched volunteers"
        " complete the captcha of forty shops and timed each of them.</p><p>The fastest person took eleven seconds and"
        " said she had seen so many buses that she dreamt of them. The fastest program took less than one, and was"
        " right each time. Unusual traffic, the companies say, is now found by other means.</p>"
    )
    body = f"<h1>Are you a robot? The captcha turns twenty</h1>{text}"
    return "https://www.example.org/tech/captcha-turns-twenty", page(
        "en", "Are you a robot? The captcha turns twenty", body
    )


@case(Verdict.ARTICLE)
def about_cookies_de() -> tuple[str, str]:
    text = (
        "<p>Wer im Netz Zeitung liest, muss vorher zustimmen oder ablehnen, und kaum jemand liest, wozu. Eine"
        " Untersuchung von dreihundert Bannern zeigt nun, dass die Einwilligung meist mit einem einzigen Klick"
        " gegeben wird, das Ablehnen aber vier verlangt.</p><p>Die Verwendung von Cookies sei damit zwar erlaubt,"
        " sagt die Juristin, die die Studie geleitet hat, doch eine freie Wahl sehe anders aus. Auf jeder dritten"
        " Seite war der Knopf zum Akzeptieren doppelt so groß wie der andere.</p><p>Die Behörde will die Betreiber"
        " im Winter anschreiben. Wer dann noch immer personalisierte Werbung ausspielt, ohne gefragt zu haben, muss"
        " mit einem Bußgeld rechnen, über dessen Höhe noch gestritten wird.</p>"
    )
    title = "Ein Klick zum Zustimmen, vier zum Ablehnen"
    return "https://www.example.de/netz/cookie-banner-studie", page("de", title, f"<h1>{title}</h1>{text}")


@case(Verdict.ARTICLE)
def about_error_404_fr() -> tuple[str, str]:
    text = (
        "<p>Page introuvable : deux mots que tout le monde a lus, et que presque personne ne regarde. Une exposition"
        " du musée de l'imprimerie leur consacre trois salles, avec deux cents captures de la célèbre erreur 404"
        " recueillies en vingt-cinq ans.</p><p>On y voit des phoques, des bateaux en papier, une page que vous"
        " cherchez et qui n'existe plus, tenue par un jardinier. La commissaire a écrit à chaque éditeur ; la moitié"
        " a répondu, l'autre a envoyé, elle aussi, une erreur.</p><p>Le plus bel objet est un cahier d'écolier où un"
        " développeur notait chaque adresse perdue de son journal. Il y en a onze mille, et la dernière date de"
        " la veille de sa retraite.</p>"
    )
    title = "Erreur 404 : les pages perdues entrent au musée"
    return "https://www.example.fr/culture/erreur-404-musee", page("fr", title, f"<h1>{title}</h1>{text}")


@case(Verdict.ARTICLE)
def under_a_large_consent_banner_it() -> tuple[str, str]:
    t = PROSE["it"]
    banner = (
        '<div id="cookie-banner" role="dialog"><h2>La tua privacy</h2><p>Noi e i nostri partner utilizziamo i cookie'
        " per archiviare informazioni sul tuo dispositivo e mostrarti pubblicità personalizzata. Puoi dare o negare il"
        " consenso, o gestire le preferenze in ogni momento dal fondo della pagina.</p><p>I nostri partner trattano"
        " i dati anche per interesse legittimo, al quale puoi opporti. L'informativa sulla privacy spiega come, e per"
        " quanto tempo i dati restano conservati.</p><button>Accetta tutti</button><button>Gestisci i cookie</button></div>"
    )
    return NEWS, page("it", t.titles[0], f"{banner}<article><h1>{t.titles[0]}</h1>{t.p(0, 3)}</article>")


@case(Verdict.ARTICLE)
def short_under_a_consent_banner_es() -> tuple[str, str]:
    t = PROSE["es"]
    banner = (
        "<div class=consent-overlay><p>Nosotros y nuestros socios utilizamos cookies para mostrar publicidad"
        " personalizada. Puede retirar su consentimiento cuando quiera en la política de cookies.</p>"
        "<button>Aceptar y continuar</button></div>"
    )
    return NEWS, page("es", t.titles[0], f"{banner}<h1>{t.titles[0]}</h1><p>{t.date}</p>{t.p(0, 2)}", stated("es"))


@case(Verdict.ARTICLE)
def with_fifteen_pictures_pl() -> tuple[str, str]:
    t = PROSE["pl"]
    pictures = "".join(
        f"<figure><img src=/i/{i}.jpg><figcaption>{t.titles[i % 8]}. Fot. {t.author}</figcaption></figure>"
        for i in range(15)
    )
    body = f"<article><h1>{t.titles[0]}</h1>{t.p()}<div class=gallery>{pictures}</div></article>"
    return NEWS, page("pl", t.titles[0], body)


@case(Verdict.ARTICLE)
def with_a_player_above_the_text_ru() -> tuple[str, str]:
    t = PROSE["ru"]
    body = f"<article><h1>{t.titles[0]}</h1><video src=/v.mp4 controls></video>{t.p()}</article>"
    return NEWS, page("ru", t.titles[0], body, stated("ru", video={"@type": "VideoObject", "name": t.titles[1]}))


@case(Verdict.ARTICLE)
def film_with_a_whole_transcript_en() -> tuple[str, str]:
    t = PROSE["en"]
    head = (
        ld(**{"@type": "VideoObject", "name": t.titles[0], "duration": "PT3M"})
        + '<meta property="og:type" content="video.other">'
    )
    body = f"<h1>{t.titles[0]}</h1><video controls src=/film.mp4></video><h2>Transcript</h2>{t.p()}"
    return "https://www.example.org/video/night-ferry", page("en", t.titles[0], body, head)


@case(Verdict.ARTICLE)
def recipe_en() -> tuple[str, str]:
    body = (
        "<h1>Smoked herring on rye, as they eat it on the islands</h1><p>My grandmother made this on the evenings when"
        " the ferry did not come, from what stood in the larder anyway, and she never once used a scale for it. I have"
        " written down what I saw her do.</p><h2>Ingredients</h2><ul><li>4 slices of rye bread</li><li>2 smoked herrings"
        "</li><li>1 apple, grated</li><li>3 spoons of sour cream</li><li>1 red onion</li></ul><h2>Method</h2><ol><li>Toast"
        " the bread in a dry pan until its edges curl, and let it cool on a rack.</li><li>Pull the fish from its bones"
        " with two forks and mix it with the apple and the cream.</li><li>Spread it thickly, cut the onion into rings and"
        " lay them on top.</li></ol><p>It keeps for a day in the cold, though it has never been asked to.</p>"
    )
    return "https://www.example.org/food/smoked-herring-on-rye", page(
        "en", "Smoked herring on rye | Tidewater Post", body
    )


@case(Verdict.ARTICLE)
def opinion_with_teasers_around_tr() -> tuple[str, str]:
    t = PROSE["tr"]
    around = teasers("tr", "<div><h4><a href='{url}'>{title}</a></h4><p>{text}</p></div>")
    body = f"<div class=col><h1>{t.titles[0]}</h1><p>{t.author}</p>{t.p()}</div><div class=col2>{around}</div>"
    return NEWS, page("tr", t.titles[0], body, stated("tr", "OpinionNewsArticle"))


@case(Verdict.ARTICLE)
def line_breaks_in_a_table_ar() -> tuple[str, str]:
    t = PROSE["ar"]
    text = "<br><br>".join(t.paragraphs)
    body = f"<table><tr><td><font size=5>{t.titles[0]}</font></td></tr><tr><td dir=rtl>{text}</td></tr></table>"
    return "http://www.example.org/show.asp?id=20931", page("ar", t.titles[0], body)


@case(Verdict.ARTICLE)
def with_boxes_to_subscribe_fr() -> tuple[str, str]:
    t = PROSE["fr"]
    box = "<div class=newsletter><p>Déjà abonné ? Recevez notre lettre du soir.</p><form><input name=mail></form></div>"
    body = f"<article><h1>{t.titles[0]}</h1><p>{t.author}</p>{t.p(0, 3)}{box}{t.p(3)}</article>"
    return NEWS, page("fr", t.titles[0], body, stated("fr"))


@case(Verdict.ARTICLE)
def metered_but_whole_de() -> tuple[str, str]:
    t = PROSE["de"]
    head = stated("de", isAccessibleForFree=False, wordCount=190,
                  hasPart={"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"})  # fmt: skip
    body = f"<article><h1>{t.titles[0]}</h1>{t.p(0, 1)}<div class=paywall>{t.p(1)}</div></article>"
    return NEWS, page("de", t.titles[0], body, head)


@case(Verdict.ARTICLE)
def chronicle_of_a_day_en() -> tuple[str, str]:
    t = PROSE["en"]
    head = f"<h1>A night on the pier</h1><p>By {t.author}</p>{t.p(0, 2)}"
    hours = "<p>3:00 a.m. The boat is late and nobody speaks.</p><p>4:15 a.m. It comes, without lights.</p>"
    return NEWS, page("en", "A night on the pier", f"<article>{head}{hours}{t.p(2)}</article>")


@case(Verdict.ARTICLE)
def on_a_page_with_a_captcha_form_ru() -> tuple[str, str]:
    t = PROSE["ru"]
    form = (
        "<form id=comment><textarea></textarea><div class=g-recaptcha>Я не робот</div><button>Ок</button></form>"
    )
    return NEWS, page("ru", t.titles[0], f"<article><h1>{t.titles[0]}</h1>{t.p(0, 2)}</article>{form}")


@case(Verdict.ARTICLE)
def without_blanks_between_words_th() -> tuple[str, str]:
    text = (
        "<p>เรือกลางคืนไปยังหมู่เกาะจะออกเดินทางอีกครั้งตั้งแต่วันเสาร์เป็นต้นไป หลังจากคณะกรรมการท่าเรือกับบริษัทเดินเรือ"
        "ยุติข้อพิพาทเรื่องท่าเทียบเรือด้านตะวันออกซึ่งทำให้เรือต้องจอดอยู่ในอู่มาตั้งแต่พายุเมื่อฤดูหนาวที่แล้ว</p><p>ตามข้อตกลง"
        "คณะกรรมการจะซ่อมเสาผูกเรือสองต้นที่พายุพัดหลุดไป และบริษัทจะจ่ายค่าใช้จ่ายหนึ่งในสามภายในสี่ปี ไม่มีใครยอมบอกว่า"
        "เป็นเงินเท่าใด แต่เสานั้นหล่อในต่างประเทศและต้องรอหลายเดือน</p><p>สำหรับคนสี่ร้อยคนที่อาศัยอยู่บนเกาะ เรือลำนี้เป็นมาก"
        "กว่าความสะดวกสบาย โรงเรียนต้องให้นักเรียนสองชั้นอยู่บนฝั่ง และหมอเพียงคนเดียวต้องนอนในคลินิกสัปดาห์ละสามคืน</p>"
    )
    title = "เรือกลางคืนไปเกาะกลับมาวิ่งอีกครั้ง"
    return NEWS, page("en", title, f"<h1>{title}</h1>{text}")


@case(Verdict.ARTICLE)
def poem_in_short_lines_de() -> tuple[str, str]:
    verses = "<br>".join(
        [
            "Der Kahn liegt fest am Pfahl",
            "und keiner fährt hinaus",
            "der Nebel steht im Saal",
            "des alten Zollhauses aus",
            "Die Möwe ruft nicht mehr",
            "das Tau hängt nass und schwer",
            "ein Licht geht überm Meer",
            "und kommt nicht wieder her",
            "Wir warten bis es tagt",
            "und keiner weiß wozu",
            "wer nach dem Kahne fragt",
            "dem fällt die Türe zu",
        ]
    )
    return "https://www.example.de/lyrik/der-kahn", page("de", "Der Kahn", f"<h1>Der Kahn</h1><div>{verses}</div>")


@case(Verdict.ARTICLE)
def list_with_linked_headings_en() -> tuple[str, str]:
    t = PROSE["en"]
    items = "".join(
        f"<h2><a href='/quay/{i}'>{i + 1}. The {name} quay</a></h2><p>{t.paragraphs[i]}</p><p>{t.paragraphs[(i + 1) % 5]}</p>"
        for i, name in enumerate(("northern", "eastern", "old", "coal", "herring"))
    )
    head = (
        '<meta property="og:type" content="article"><meta property="article:published_time" content="2026-10-12">'
    )
    url = "https://www.example.org/travel/five-quays-worth-a-detour"
    return url, page("en", "Five quays worth a detour", f"<h1>Five quays worth a detour</h1>{items}", head)


@case(Verdict.ARTICLE)
def questions_and_answers_es() -> tuple[str, str]:
    t = PROSE["es"]
    talk = "".join(f"<p><b>¿Y qué dice usted de eso?</b></p><p>{x}</p>" for x in t.paragraphs)
    return NEWS, page("es", t.titles[0], f"<div class=entry><h1>{t.titles[0]}</h1>{talk}</div>")


@case(Verdict.ARTICLE)
def item_in_short_about_an_error_en() -> tuple[str, str]:
    text = (
        "<p>Readers who looked for the tide tables on Monday found nothing but an error 404, the harbour board said. The"
        " page they were looking for had been moved by mistake when the new site went up, and was back by noon.</p>"
    )
    title = "Tide tables lost for a morning"
    return NEWS, page(
        "en", title, f"<article><h1>{title}</h1><p>By Oda Vestergaard, 12 October 2026</p>{text}</article>"
    )
