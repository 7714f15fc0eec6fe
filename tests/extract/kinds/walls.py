"""Articles cut by a paywall, and requests for consent that hold nothing else."""

from __future__ import annotations

from archive.model import Verdict
from tests.extract.kinds import PROSE, case, ld, page

NEWS = "https://www.example.org/2026/10/night-ferry-sails-again-4711.html"


def locked(language: str, **more: object) -> str:
    t = PROSE[language]
    return ld(
        **{"@type": "NewsArticle", "headline": t.titles[0], "datePublished": "2026-10-12T08:00:00+01:00", **more}
    )


@case(Verdict.PAYWALL)
def stated_and_short_en() -> tuple[str, str]:
    t = PROSE["en"]
    body = f"<article><h1>{t.titles[0]}</h1><p>{t.author}</p>{t.p(0, 1)}</article>"
    return NEWS, page("en", t.titles[0], body, locked("en", isAccessibleForFree=False))


@case(Verdict.PAYWALL)
def part_is_locked_de() -> tuple[str, str]:
    t = PROSE["de"]
    part = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".abo-inhalt"}
    wall = "<div class=abo-wall><h3>Jetzt weiterlesen</h3><p>Bereits Abonnent? Anmelden</p></div>"
    body = f"<article><h1>{t.titles[0]}</h1>{t.p(0, 1)}<p>{t.paragraphs[1][:90]} …</p>{wall}</article>"
    return NEWS, page("de", t.titles[0], body, locked("de", isAccessibleForFree="False", hasPart=part))


@case(Verdict.PAYWALL)
def says_so_behind_the_text_fr() -> tuple[str, str]:
    t = PROSE["fr"]
    wall = "<section><p>Cet article est réservé aux abonnés. Il vous reste 80 % à découvrir.</p><a href=/abo>Je m'abonne</a></section>"
    body = f"<article><h1>{t.titles[0]}</h1>{t.p(0, 1)}<p>{t.paragraphs[1][:100]}…</p></article>{wall}"
    return NEWS, page("fr", t.titles[0], body)


@case(Verdict.PAYWALL)
def content_tier_es() -> tuple[str, str]:
    t = PROSE["es"]
    head = '<meta property="og:type" content="article"><meta property="article:content_tier" content="locked">'
    body = f"<article><h1>{t.titles[0]}</h1>{t.p(0, 1)}<div class=paywall>Contenido exclusivo para suscriptores</div></article>"
    return NEWS, page("es", t.titles[0], body, head)


@case(Verdict.PAYWALL)
def named_elements_it() -> tuple[str, str]:
    t = PROSE["it"]
    wall = "<div id=paywall-box><strong>Contenuto riservato agli abbonati</strong><p>Sei già abbonato? Accedi</p></div>"
    return NEWS, page("it", t.titles[0], f"<h1>{t.titles[0]}</h1><p>{t.date}</p>{t.p(0, 1)}{wall}")


@case(Verdict.PAYWALL)
def fewer_words_than_stated_pl() -> tuple[str, str]:
    t = PROSE["pl"]
    wall = (
        "<div class=article-gate><p>Aby czytać dalej, wykup dostęp. Masz już prenumeratę? Zaloguj się.</p></div>"
    )
    body = f"<article><h1>{t.titles[0]}</h1>{t.p()}<p>{t.paragraphs[1][:80]}…</p>{wall}</article>"
    return NEWS, page("pl", t.titles[0], body, locked("pl", isAccessibleForFree=False, wordCount=1450))


@case(Verdict.PAYWALL)
def for_subscribers_ru() -> tuple[str, str]:
    t = PROSE["ru"]
    wall = "<div class=subscription-box>Статья доступна только для подписчиков. Уже есть подписка? Войти</div>"
    return NEWS, page("ru", t.titles[0], f"<h1>{t.titles[0]}</h1>{t.p(0, 1)}{wall}", locked("ru"))


@case(Verdict.PAYWALL)
def members_only_ja() -> tuple[str, str]:
    t = PROSE["ja"]
    wall = "<div class=lock><p>この記事は有料会員限定です。続きを読むには会員登録が必要です。残り812文字</p></div>"
    body = f"<article><h1>{t.titles[0]}</h1><p>{t.date}</p>{t.p(0, 1)}{wall}</article>"
    return NEWS, page("ja", t.titles[0], body, locked("ja", isAccessibleForFree=False))


@case(Verdict.PAYWALL)
def subscribers_only_ar() -> tuple[str, str]:
    t = PROSE["ar"]
    wall = "<div class=paywall><p>هذا المحتوى للمشتركين فقط. مشترك بالفعل؟ سجل الدخول</p></div>"
    return NEWS, page("ar", t.titles[0], f"<h1>{t.titles[0]}</h1>{t.p(0, 1)}{wall}", locked("ar"))


@case(Verdict.PAYWALL)
def subscribers_only_tr() -> tuple[str, str]:
    t = PROSE["tr"]
    wall = (
        "<aside class=premium-wall><p>Bu haber abonelere özel. Okumaya devam etmek için giriş yapın.</p></aside>"
    )
    return NEWS, page("tr", t.titles[0], f"<h1>{t.titles[0]}</h1>{t.p(0, 1)}{wall}", locked("tr"))


@case(Verdict.CONSENT)
def before_you_continue_en() -> tuple[str, str]:
    body = (
        "<main><h1>Before you continue</h1><p>We and our 214 partners use cookies to keep the service running and to show"
        " personalised ads. You may accept, refuse or choose.</p><button>Accept all</button><button>Reject all</button>"
        "<a href=/privacy>Privacy policy</a></main>"
    )
    return "https://consent.example.org/ml?continue=x", page(
        "en", "Before you continue to Tidewater", body, bare=True
    )


@case(Verdict.CONSENT)
def pay_or_consent_de() -> tuple[str, str]:
    body = (
        "<div class=cmpbox><h2>Nutzung mit Werbung</h2><p>Besuchen Sie unsere Seiten wie gewohnt mit Werbung und Tracking."
        " Ihre Einwilligung können Sie jederzeit widerrufen.</p><button>Zustimmen und weiter</button></div><div><h2>Pur-Abo"
        "</h2><p>Nutzen Sie unser Angebot ganz ohne Tracking und externe Banner für 3,99 Euro im Monat.</p><a href=/pur>Zum"
        " Pur-Abo</a><p>Bereits Pur-Abonnent? Hier anmelden.</p></div>"
    )
    return "https://www.example.de/zustimmung?url=/lokales/4711", page("de", "Sielhafener Bote", body, bare=True)


@case(Verdict.CONSENT)
def continue_without_accepting_fr() -> tuple[str, str]:
    body = (
        "<div id=didomi-host><p>Avec nos partenaires, nous utilisons des cookies pour mesurer l'audience et afficher des"
        " publicités personnalisées selon votre profil.</p><button>Tout accepter</button><button>Paramétrer mes choix</button>"
        "<button>Continuer sans accepter</button></div>"
    )
    return "https://www.example.fr/2026/10/12/bateau-4711.html", page("fr", "Votre vie privée", body)


@case(Verdict.CONSENT)
def with_its_purposes_es() -> tuple[str, str]:
    purposes = "".join(
        f"<li><h3>{x}</h3><p>Nuestros socios pueden tratar sus datos para esta finalidad con su consentimiento.</p></li>"
        for x in (
            "Almacenar información",
            "Anuncios personalizados",
            "Medir el contenido",
            "Mejorar los servicios",
        )
    )
    body = (
        "<div class=consent-layer><h1>Valoramos tu privacidad</h1><p>Nosotros y nuestros socios utilizamos cookies y"
        f" tratamos datos personales como la dirección IP.</p><ul>{purposes}</ul><button>Aceptar todo</button>"
        "<button>Rechazar todo</button></div>"
    )
    return "https://www.example.es/economia/4711", page("es", "Valoramos tu privacidad", body, bare=True)


@case(Verdict.CONSENT)
def wall_under_a_navigation_it() -> tuple[str, str]:
    body = (
        "<div class=privacy-wall><h2>Rispettiamo la tua privacy</h2><p>Per leggere gratis accetta i cookie: noi e i nostri"
        " partner li usiamo per la pubblicità personalizzata. Il consenso si può ritirare.</p><button>Accetta e continua"
        "</button><a href=/abbonati>Rifiuta e abbonati</a></div>"
    )
    return "https://www.example.it/cronaca/4711", page("it", PROSE["it"].site, body)


@case(Verdict.CONSENT)
def as_a_form_pl() -> tuple[str, str]:
    body = (
        "<form method=post><h1>Twoja prywatność</h1><p>My i nasi partnerzy używamy plików cookie, aby wyświetlać"
        " spersonalizowane reklamy. Klikając przycisk, możesz wyrazić zgodę.</p><input type=submit value=Akceptuję>"
        "<button>Przejdź do serwisu</button><a href=/prywatnosc>Polityka prywatności</a></form>"
    )
    return "https://www.example.pl/wiadomosci/4711", page("pl", "Zanim przejdziesz do serwisu", body, bare=True)


@case(Verdict.CONSENT)
def in_a_dialogue_ru() -> tuple[str, str]:
    body = (
        "<div role=dialog><h2>Ваша конфиденциальность</h2><p>Мы и наши партнёры используем файлы cookie для"
        " персонализированной рекламы. Вы можете управлять настройками.</p><button>Принять все</button>"
        "<button>Отклонить все</button></div>"
    )
    return "https://www.example.ru/4711", page("ru", "Настройки файлов cookie", body)


@case(Verdict.CONSENT)
def consent_ja() -> tuple[str, str]:
    body = (
        "<div id=cookie-consent><h1>プライバシー設定</h1><p>当社とパートナーは、広告の表示と利用状況の分析のためにCookieを使用"
        "します。パーソナライズされた広告を望まない場合は設定を管理してください。</p><button>同意する</button>"
        "<button>設定を管理</button></div>"
    )
    return "https://www.example.jp/articles/4711", page("ja", "プライバシー設定", body, bare=True)


@case(Verdict.CONSENT)
def consent_tr() -> tuple[str, str]:
    body = (
        "<section class=gdpr><h2>Gizliliğinize önem veriyoruz</h2><p>Biz ve iş ortaklarımız kişiselleştirilmiş reklam için"
        " çerezleri kullanıyoruz; onayınız her zaman geri alınabilir.</p><button>Tümünü kabul et</button>"
        "<a href=/p>Çerez politikası</a></section>"
    )
    return "https://www.example.com.tr/haber/4711", page("tr", PROSE["tr"].site, body)
