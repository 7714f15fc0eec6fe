"""Pages that list articles and are none, in the styles of news sites, and messages that are no articles either."""

from __future__ import annotations

from collections.abc import Callable

TITLES = (
    "Ferry line brings back the night boat from the weekend on",
    "Council votes on the new bridge after eleven hours of debate",
    "What the inspectors found below the northern quay",
    "Fog closes the airport for a second day in a row",
    "Schools on the islands ask for one more bus in the morning",
    "Orchestra moves into the old ice house by the harbour",
    "Herring are back, and nobody can quite say why they left",
    "A foundry abroad, two mooring posts and a very long winter",
    "Handball: Sandvik wins the derby with the last throw",
    "Rents in the old town have risen by a fifth since spring",
)
TEASER = (
    "The board had closed the berth after the storm. Now both sides have found a way to share it by day and by"
    " night, and the first boat leaves on Saturday at three in the morning, an hour that few had asked for."
)
NAV = "".join(f'<li><a href="/{x}">{x.title()}</a></li>' for x in ("news", "world", "sport", "culture", "weather"))
HEAD = f'<header><a href="/">Tidewater</a><nav><ul>{NAV}</ul></nav></header>'
FOOT = "<footer><a href='/about'>About us</a> <a href='/terms'>Terms of use</a> © Tidewater</footer>"


def _page(title: str, body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html lang=en><head><title>{title}</title>{head}</head><body>{HEAD}{body}{FOOT}</body></html>"  # noqa: E501


def _href(i: int) -> str:
    return f"/news/2026/10/story-{1000 + i}.html"


def front_long_teasers() -> tuple[str, str]:
    items = "".join(
        f'<article><h2><a href="{_href(i)}">{t}</a></h2><p>{TEASER}</p></article>' for i, t in enumerate(TITLES)
    )
    return "https://www.tidewater.example/", _page("Tidewater: news from the coast", f"<main>{items}</main>")


def front_cards() -> tuple[str, str]:
    items = "".join(
        f'<a class=card href="{_href(i)}"><img src=x.jpg><h3>{t}</h3><p>{TEASER}</p><span>12 Oct 2026</span></a>'
        for i, t in enumerate(TITLES)
    )
    head = '<meta property=og:type content=website><script type="application/ld+json">{"@type":"WebSite"}</script>'
    return "https://www.tidewater.example/", _page("Tidewater", f"<h1>Tidewater</h1><div>{items}</div>", head)


def section_with_read_more() -> tuple[str, str]:
    items = "".join(
        f'<div class=item><h2>{t}</h2><p>By Oda Vestergaard, 12 Oct 2026</p><p>{TEASER} <a href="{_href(i)}">Read more</a></p>'  # noqa: E501
        f'<p><a href="{_href(i)}">Continue reading this story</a></p></div>'
        for i, t in enumerate(TITLES)
    )
    return "https://www.tidewater.example/section/harbour", _page(
        "Harbour - Tidewater", f"<h1>Harbour</h1>{items}"
    )


def tag_with_description() -> tuple[str, str]:
    about = f"<p>{TEASER} {TEASER}</p>"
    items = "".join(
        f"<li><a href='{_href(i)}'>{t}</a> <time datetime=2026-10-12>12 Oct</time></li>"
        for i, t in enumerate(TITLES)
    )
    head = '<script type="application/ld+json">{"@type":"CollectionPage","name":"Ferries"}</script>'
    page = _page("Ferries | Tidewater", f"<h1>Ferries</h1>{about}<ul>{items}</ul>", head)
    return "https://www.tidewater.example/tag/ferries", page


def search_results() -> tuple[str, str]:
    items = "".join(f"<div><a href='{_href(i)}'>{t}</a><br>{TEASER[:120]} ...</div>" for i, t in enumerate(TITLES))
    page = _page("Search: quay - Tidewater", f"<h1>10 results for quay</h1><form><input name=q></form>{items}")
    return "https://www.tidewater.example/search?q=quay", page


def site_map() -> tuple[str, str]:
    items = "".join(f"<li><a href='{_href(i)}'>{t}</a></li>" for i, t in enumerate(TITLES * 6))
    page = _page("All articles of October 2026", f"<h1>October 2026</h1><ul>{items}</ul>")
    return "https://www.tidewater.example/archive/2026/10", page


def table_front() -> tuple[str, str]:
    rows = "".join(
        f"<tr><td><font size=4><a href='{_href(i)}'>{t}</a></font><br>{TEASER}</td></tr>"
        for i, t in enumerate(TITLES)
    )
    return "http://tidewater.example/index.html", _page("Tidewater", f"<table>{rows}</table>")


def author_page() -> tuple[str, str]:
    items = "".join(
        f"<article><h3><a href='{_href(i)}'>{t}</a></h3><p>12 Oct 2026</p></article>" for i, t in enumerate(TITLES)
    )
    page = _page(
        "Oda Vestergaard | Tidewater", f"<h1>Oda Vestergaard</h1><p>Reports on shipping and weather.</p>{items}"
    )
    return "https://www.tidewater.example/author/oda-vestergaard", page


LISTINGS: dict[str, Callable[[], tuple[str, str]]] = {
    f.__name__: f
    for f in (
        front_long_teasers, front_cards, section_with_read_more, tag_with_description, search_results, site_map,
        table_front, author_page,
    )
}  # fmt: skip

MESSAGES = {
    "captcha": "<title>Just a moment...</title><h1>www.tidewater.example</h1><p>Verify you are human by completing the"
    " action below.</p><div id=captcha-box></div>",
    "consent": "<title>Before you continue</title><div class=consent><h1>We value your privacy</h1><p>We and "
    "our partners"
    " store information on your device. You can accept all cookies or manage cookies.</p><button>Accept all</button></div>",  # noqa: E501
    "soft-404": f"<title>Page not found | Tidewater</title>{HEAD}<h1>Page not found</h1><p>The page you are looking for"
    " does not exist or has moved.</p>",
    "script-shell": "<title>Tidewater</title><div id=root></div><noscript>You need to enable JavaScript to run this"
    " app.</noscript>",
}
