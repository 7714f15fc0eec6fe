"""Every verdict on pages of our own writing: how many are told right, and that each can say why."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from archive.model import HELD, Extraction, Verdict
from tests.extract.conftest import Extract
from tests.extract.kinds import CASES, PROSE, Page
from tests.extract.kinds.said import SAID

SOURCES = {"json_ld", "meta", "microdata", "page", "title", "url"}
FLOOR = 0.9  # of the pages of each verdict that are told right
# In the frame of a site these say too little to be told from its frame.
BARE = {
    "one_moment_en",
    "nothing_but_a_script_fr",
    "scripts_alone_pl",
    "sent_on_es",
    "nothing_at_all_en",
    "gateway_en",
}


def furnished(html: str) -> str:
    """The same page in the frame of a site: a bar that asks for consent, a menu, the most read, a footer."""
    found = re.search(r'lang="(\w\w)"', html)
    t = PROSE[found[1] if found else "en"]
    words = [x.split(" ")[0][:8] if " " in x else x[:3] for x in t.titles]
    menu = "".join(f'<li><a href="/s/{i}">{words[i % 8]}</a></li>' for i in range(40))
    most = "".join(f'<li><a href="/n/{i}-story.html">{x}</a></li>' for i, x in enumerate(t.titles))
    foot = " ".join(f'<a href="/f/{i}">{words[-i % 8]}</a>' for i in range(20))
    top = (
        "<div id=cookie-notice class=cookie-bar><p>We use cookies.</p><button>Accept</button></div><div class=bar>"
        f'<a href="/abo">Subscribe</a> <a href="/in">Already a subscriber? Log in</a></div><ul class=menu>{menu}</ul>'
    )
    bottom = f"<aside><ol>{most}</ol></aside><form><input name=e><button>OK</button></form><footer>{foot}</footer>"
    html = re.sub(r"(<body[^>]*>)", lambda m: m[1] + top, html, count=1)
    return html.replace("</body>", bottom + "</body>")


def told(run: Extract, pages: list[tuple[Verdict, Page]], frame: bool) -> tuple[dict[str, float], list[str]]:
    """Share of each verdict's pages that are told right, and the others with what they were called."""
    of, right, wrong = Counter[Verdict](), Counter[Verdict](), []
    for verdict, page in pages:
        url, html = page()
        found = run(furnished(html) if frame else html, url=url)
        of[verdict] += 1
        right[verdict] += found.verdict is verdict
        if found.verdict is not verdict:
            wrong.append(f"{verdict.value} {page.__name__}: {found.verdict.value}, {why(found)}")
    return {verdict.value: right[verdict] / of[verdict] for verdict in of}, wrong


def why(found: Extraction) -> list[str]:
    return [f"{s.source}: {s.value}" for s in found.sources if s.field == "verdict" and s.chosen]


def test_there_are_enough_pages_and_languages() -> None:
    counts = Counter(verdict for verdict, _ in CASES)
    assert set(counts) == set(Verdict)
    assert min(counts.values()) >= 8
    for verdict in Verdict:
        names = [page.__name__ for each, page in CASES if each is verdict]
        assert len({name[-2:] for name in names}) >= 6, verdict
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("frame", [False, True], ids=["alone", "in a frame"])
def test_verdicts(run: Extract, frame: bool) -> None:
    pages = [(v, p) for v, p in CASES if not (frame and p.__name__ in BARE)]
    shares, wrong = told(run, pages, frame)
    assert min(shares.values()) >= FLOOR, (shares, wrong)


@pytest.mark.parametrize("frame", [False, True], ids=["alone", "in a frame"])
@pytest.mark.parametrize(
    "page", [p for v, p in CASES if v in HELD], ids=lambda p: f"{p.__module__.rpartition('.')[2]}-{p.__name__}"
)
def test_what_is_an_article_is_held(run: Extract, page: Page, frame: bool) -> None:
    url, html = page()
    found = run(furnished(html) if frame else html, url=url)
    assert found.verdict in HELD, why(found)
    assert found.article is not None and found.article.article_body.strip()


@pytest.mark.parametrize("page", [p for v, p in CASES if v is Verdict.ARTICLE], ids=lambda p: p.__name__)
def test_no_article_is_called_otherwise(run: Extract, page: Page) -> None:
    url, html = page()
    found = run(html, url=url)
    assert found.verdict is Verdict.ARTICLE, why(found)


def test_messages_in_many_languages(run: Extract) -> None:
    of, right, wrong = Counter[Verdict](), Counter[Verdict](), []
    for verdict, language, title, body in SAID:
        found = run(f"<html lang={language}><head><title>{title}</title></head><body>{body}</body></html>")
        of[verdict] += 1
        right[verdict] += found.verdict is verdict
        if found.verdict is not verdict:
            wrong.append(f"{verdict.value} {language} {title}: {found.verdict.value}, {why(found)}")
    assert min(right[verdict] / of[verdict] for verdict in of) >= FLOOR, wrong


def test_each_verdict_says_why(run: Extract) -> None:
    for _, page in CASES:
        url, html = page()
        rows = [s for s in run(html, url=url).sources if s.field == "verdict"]
        assert 1 <= len(rows) <= 6, page.__name__
        assert rows[0].chosen
        assert [s.chosen for s in rows] == sorted((s.chosen for s in rows), reverse=True)
        assert all(s.source in SOURCES and s.value.strip() == s.value and len(s.value) < 200 for s in rows), rows


def test_the_reasons_are_those_that_decided(run: Extract) -> None:
    by_name = {page.__name__: page for _, page in CASES}
    assert "json_ld: it states LiveBlogPosting with 2 updates" in why(run(by_name["of_two_entries_en"]()[1]))
    assert "page: it asks for consent and holds nothing else" in why(run(by_name["pay_or_consent_de"]()[1]))
    assert "page: its #root is empty: a program would fill it" in why(run(by_name["empty_root_en"]()[1]))
    assert "json_ld: it states isAccessibleForFree: false" in why(run(by_name["stated_and_short_en"]()[1]))


def test_a_page_behind_all_walls_at_once_has_one_verdict(run: Extract) -> None:
    found = run(
        "<title>404 Just a moment</title><h1>Page not found</h1><p>Verify you are human.</p><div id=root></div>"
    )
    assert found.verdict in (Verdict.CAPTCHA, Verdict.SOFT_404)
