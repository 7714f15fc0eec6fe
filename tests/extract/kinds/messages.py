"""Pages that hold nothing but a message: challenges, things not found, programs that would draw a page, errors."""

from __future__ import annotations

from archive.model import Verdict
from tests.extract.kinds import PROSE, case, page, teasers

DEEP = "https://www.example.org/2026/10/night-ferry-sails-again-4711.html"
SCRIPTS = "<script src=/static/runtime.js></script><script src=/static/main.js></script>"


@case(Verdict.CAPTCHA)
def one_moment_en() -> tuple[str, str]:
    body = (
        "<h1>www.example.org</h1><p>Verify you are human by completing the action below.</p><div id=box></div>"
        "<p>www.example.org needs to review the security of your connection before proceeding.</p>"
        "<script>window._cf_chl_opt={cType:'managed'}</script>"
    )
    return DEEP, page("en", "Just a moment...", body, bare=True)


@case(Verdict.CAPTCHA)
def nothing_but_a_script_fr() -> tuple[str, str]:
    body = "<script>var dd={'rt':'c','host':'geo.captcha-delivery.com'}</script><script src=https://ct.captcha-delivery.com/c.js></script>"
    return DEEP, page(
        "fr", "example.fr", f'<p id="cmsg">Activez JS et désactivez tout bloqueur</p>{body}', bare=True
    )


@case(Verdict.CAPTCHA)
def press_and_hold_en() -> tuple[str, str]:
    body = "<div id=px-captcha></div><h1>Access to this page has been denied</h1><p>Press & Hold to confirm you are a human and not a bot.</p>"
    return DEEP, page("en", "Access to this page has been denied", body, bare=True)


@case(Verdict.CAPTCHA)
def unusual_traffic_de() -> tuple[str, str]:
    body = (
        "<h1>Sind Sie ein Roboter?</h1><p>Wir haben ungewöhnlichen Datenverkehr aus Ihrem Netz bemerkt. Bitte bestätigen"
        " Sie, dass Sie ein Mensch sind.</p><form><div class=h-captcha></div><button>Weiter</button></form>"
    )
    return DEEP, page("de", "Sicherheitsüberprüfung", body, bare=True)


@case(Verdict.CAPTCHA)
def not_a_robot_es() -> tuple[str, str]:
    body = "<h2>Verificación de seguridad</h2><p>Confirma que no eres un robot para seguir.</p><div class=g-recaptcha></div>"
    return DEEP, page("es", "Un momento", body, bare=True)


@case(Verdict.CAPTCHA)
def under_a_navigation_it() -> tuple[str, str]:
    body = "<main><h1>Verifica di sicurezza</h1><p>Dimostra di non essere un programma: risolvi il captcha. Conferma che non sei un robot.</p></main>"
    return DEEP, page("it", "Controllo di sicurezza", body)


@case(Verdict.CAPTCHA)
def signs_of_a_picture_ru() -> tuple[str, str]:
    body = (
        "<div class=captcha><h1>Подтвердите, что вы не робот</h1><p>Введите символы с картинки. Запросы с вашего адреса"
        " похожи на автоматические.</p><img src=/captcha.png><input name=rep></div>"
    )
    return DEEP, page("ru", "Вы не робот?", body, bare=True)


@case(Verdict.CAPTCHA)
def human_ja() -> tuple[str, str]:
    body = "<h1>しばらくお待ちください</h1><p>人間であることを確認しています。ブラウザを確認しています。</p><div class=cf-turnstile></div>"
    return DEEP, page("ja", "しばらくお待ちください", body, bare=True)


@case(Verdict.CAPTCHA)
def robot_tr() -> tuple[str, str]:
    body = "<h1>Güvenlik kontrolü</h1><p>Devam etmek için robot olmadığınızı doğrulayın.</p><p>Ray ID: 84af</p>"
    return DEEP, page("tr", "Bir dakika lütfen", body, bare=True)


@case(Verdict.CAPTCHA)
def denied_with_a_reference_en() -> tuple[str, str]:
    body = "<h1>Access Denied</h1><p>You don't have permission to access this page on this server.</p><p>Reference #18.2f4</p>"
    return DEEP, page("en", "Access Denied", body, bare=True)


def lost(language: str, heading: str, text: str, title: str = "", more: str = "") -> tuple[str, str]:
    return DEEP, page(language, title or heading, f"<main><h1>{heading}</h1><p>{text}</p>{more}</main>")


@case(Verdict.SOFT_404)
def with_the_latest_below_en() -> tuple[str, str]:
    more = teasers("en", "<div><h3><a href='{url}'>{title}</a></h3><p>{text}</p></div>")
    return lost("en", "Page not found", "The page you are looking for has moved or no longer exists.", more=more)


@case(Verdict.SOFT_404)
def not_found_de() -> tuple[str, str]:
    return lost(
        "de", "Seite nicht gefunden", "Die gewünschte Seite existiert leider nicht mehr.", "404 | Sielhafener Bote"
    )


@case(Verdict.SOFT_404)
def not_found_fr() -> tuple[str, str]:
    form = "<form action=/recherche><input name=q></form>"
    return lost("fr", "Oups !", "La page que vous cherchez n'existe plus ou a été déplacée.", "Erreur 404", form)


@case(Verdict.SOFT_404)
def expired_es() -> tuple[str, str]:
    return lost("es", "Este contenido ya no está disponible", "El artículo ha sido eliminado por la redacción.")


@case(Verdict.SOFT_404)
def not_found_it() -> tuple[str, str]:
    return lost(
        "it", "Pagina non trovata", "La pagina che stai cercando è stata rimossa o spostata.", "La Lanterna"
    )


@case(Verdict.SOFT_404)
def not_found_pl() -> tuple[str, str]:
    return lost("pl", "Błąd 404", "Strona, której szukasz, nie istnieje lub została przeniesiona.", "Głos Zatoki")


@case(Verdict.SOFT_404)
def not_found_ru() -> tuple[str, str]:
    return lost("ru", "Страница не найдена", "Возможно, она была удалена или вы ошиблись в адресе.")


@case(Verdict.SOFT_404)
def ended_ja() -> tuple[str, str]:
    return lost("ja", "お探しのページは見つかりません", "記事の掲載期間が終了したか、削除された可能性があります。")


@case(Verdict.SOFT_404)
def not_found_ar() -> tuple[str, str]:
    return lost("ar", "الصفحة غير موجودة", "لم يتم العثور على الصفحة التي تبحث عنها، ربما تم حذفها.")


@case(Verdict.SOFT_404)
def not_found_tr() -> tuple[str, str]:
    return lost("tr", "Sayfa bulunamadı", "Aradığınız sayfa kaldırılmış ya da taşınmış olabilir.")


@case(Verdict.SOFT_404)
def front_page_instead_de() -> tuple[str, str]:
    items = teasers("de", "<article><h2><a href='{url}'>{title}</a></h2><p>{text}</p></article>")
    head = '<link rel="canonical" href="https://www.example.de/"><meta property="og:type" content="website">'
    return "https://www.example.de/lokales/faehre-4711.html", page("de", PROSE["de"].site, items, head)


@case(Verdict.SCRIPT_SHELL)
def empty_root_en() -> tuple[str, str]:
    body = f"<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>{SCRIPTS}"
    return DEEP, page("en", "Tidewater Post", body, bare=True)


@case(Verdict.SCRIPT_SHELL)
def with_metadata_of_an_article_de() -> tuple[str, str]:
    t = PROSE["de"]
    head = (
        f'<meta property="og:type" content="article"><meta property="og:title" content="{t.titles[0]}">'
        f'<meta property="og:description" content="{t.paragraphs[0]}">'
        '<meta property="article:published_time" content="2026-10-12T08:00:00+02:00">'
    )
    return DEEP, page("de", t.titles[0], f'<div id="__next"></div>{SCRIPTS}', head, bare=True)


@case(Verdict.SCRIPT_SHELL)
def own_element_fr() -> tuple[str, str]:
    return DEEP, page("fr", "Le Courrier", f"<app-root>Chargement…</app-root>{SCRIPTS}", bare=True)


@case(Verdict.SCRIPT_SHELL)
def asks_for_scripts_es() -> tuple[str, str]:
    body = f"<div id=app></div><p>Para ver esta página habilite JavaScript en su navegador.</p>{SCRIPTS}"
    return DEEP, page("es", "El Faro", body, bare=True)


@case(Verdict.SCRIPT_SHELL)
def frame_of_a_page_it() -> tuple[str, str]:
    return DEEP, page("it", "La Lanterna", f"<main id=main-app><div class=skeleton></div></main>{SCRIPTS}")


@case(Verdict.SCRIPT_SHELL)
def loading_ru() -> tuple[str, str]:
    return DEEP, page("ru", "Вестник", f"<div id=app><div class=spinner>Загрузка…</div></div>{SCRIPTS}", bare=True)


@case(Verdict.SCRIPT_SHELL)
def noscript_ja() -> tuple[str, str]:
    body = f"<noscript>このサイトではJavaScriptを有効にしてください。</noscript><div id=__nuxt></div>{SCRIPTS}"
    return DEEP, page("ja", "みなと日報", body, bare=True)


@case(Verdict.SCRIPT_SHELL)
def scripts_alone_pl() -> tuple[str, str]:
    return DEEP, page("pl", "Głos Zatoki", f"<body class=js>{SCRIPTS * 3}", bare=True)


@case(Verdict.ERROR)
def server_error_en() -> tuple[str, str]:
    body = "<h1>Internal Server Error</h1><p>The server encountered an error. Please try again later.</p>"
    return DEEP, page("en", "500 Internal Server Error", body, bare=True)


@case(Verdict.ERROR)
def gateway_en() -> tuple[str, str]:
    return DEEP, page(
        "en", "502 Bad Gateway", "<center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>", bare=True
    )


@case(Verdict.ERROR)
def database_en() -> tuple[str, str]:
    return DEEP, page("en", "Database Error", "<h1>Error establishing a database connection</h1>", bare=True)


@case(Verdict.ERROR)
def maintenance_de() -> tuple[str, str]:
    body = "<h1>Wartungsarbeiten</h1><p>Unsere Seiten sind in Kürze wieder für Sie da. Bitte versuchen Sie es später.</p>"
    return DEEP, page("de", "Wartungsarbeiten", body, bare=True)


@case(Verdict.ERROR)
def went_wrong_fr() -> tuple[str, str]:
    body = "<h1>Une erreur est survenue</h1><p>Veuillez réessayer dans quelques instants. Nos équipes sont prévenues.</p>"
    return DEEP, page("fr", "Erreur du serveur", body)


@case(Verdict.ERROR)
def technical_work_ru() -> tuple[str, str]:
    body = "<h1>Технические работы</h1><p>Мы скоро вернёмся. Приносим извинения за неудобства.</p>"
    return DEEP, page("ru", "Технические работы", body, bare=True)


@case(Verdict.ERROR)
def maintenance_ja() -> tuple[str, str]:
    body = "<h1>メンテナンス中です</h1><p>ご迷惑をおかけします。しばらくしてから再度アクセスしてください。</p>"
    return DEEP, page("ja", "メンテナンス", body, bare=True)


@case(Verdict.ERROR)
def not_in_this_region_en() -> tuple[str, str]:
    body = (
        "<h1>Not available in your region</h1><p>We recognise that you are in the European Economic Area, and so cannot"
        " show you this page for legal reasons.</p>"
    )
    return DEEP, page("en", "Not available in your region", body, bare=True)


@case(Verdict.ERROR)
def sent_on_es() -> tuple[str, str]:
    head = '<meta http-equiv="refresh" content="0; url=/nuevo/4711">'
    return DEEP, page(
        "es", "Redirección", "<p>Si no avanza, <a href=/nuevo/4711>pulse aquí</a>.</p>", head, bare=True
    )


@case(Verdict.ERROR)
def nothing_at_all_en() -> tuple[str, str]:
    return DEEP, "<html><head><title></title></head><body></body></html>"
