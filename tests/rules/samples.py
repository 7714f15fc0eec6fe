"""A page of our own that the general extraction gets wrong, and short ways to rules and extractions."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.extract import extract
from archive.model import Extraction
from archive.rules import Rules, SiteRules
from archive.rules.read import Mistake, read

URL = "https://www.tidewater.example/news/bridge"
CAPTURED = datetime(2024, 6, 1, 12, tzinfo=UTC)

FIRST = "The council met on Tuesday evening and agreed, after two hours of debate, to mend the old bridge."
SECOND = "Work is to begin in autumn and will cost a third more than was said in spring, the engineer told us."
THIRD = "Nobody voted against it, although the ferry line had asked for another year."
ASIDE = "A new harbour quarter is rising where the cannery stood, and the first flats can be seen this weekend."

PAGE = f"""<!doctype html>
<html lang="en"><head>
<title>Tidewater: news from the coast</title>
<meta property="og:title" content="Tidewater: news from the coast">
<meta name="author" content="Tidewater Desk Service">
<meta name="lead" content="The bridge will be mended after all.">
<script type="application/ld+json">{{"@type":"NewsArticle","headline":"Tidewater: news from the coast",
"datePublished":"2024-05-30T06:00:00Z","author":{{"@type":"Person","name":"Clara Wrongly"}}}}</script>
</head><body>
<h1>Tidewater</h1>
<div class="c-kicker"><a href="/town">Town</a></div>
<div class="c-title">Old bridge to be mended<br>after all</div>
<div class="c-who">By <b>Ann Example</b> and <b>Bert Sample</b></div>
<div class="c-when">Posted on 3/5/2024 at 2.05 PM</div>
<div class="c-text">
<p>{FIRST}</p>
<div class="c-more">Read more: <a href="/news/ferry">the ferry is late again</a></div>
<p>{SECOND}</p>
<p>{THIRD}</p>
</div>
<div class="c-offer"><p>{ASIDE}</p><p>{ASIDE}</p><p>{ASIDE}</p></div>
</body></html>
"""

RULE = """
[[rule]]
host = "tidewater.example"
keep = "div.c-text"
drop = ".c-more"
headline = ".c-title"
byline = ".c-who"
date_published = { select = ".c-when", format = "%d/%m/%Y at %I.%M %p", timezone = "Europe/London" }
description = "meta[name=lead]"
section = ".c-kicker a"
"""


def rules_of(text: str, *more: str) -> Rules:
    """The rules of these files, which have no mistake but what is advice."""
    rules, mistakes = mistakes_of(text, *more)
    assert [m for m in mistakes if not m.advice] == [], mistakes
    return rules


def mistakes_of(text: str, *more: str) -> tuple[Rules, list[Mistake]]:
    return read([(f"file{n}.toml" if n else "file.toml", each) for n, each in enumerate((text, *more))])


def effect_of(words: str) -> SiteRules:
    """What one rule for the sample's host does, by the words that it holds."""
    (rule,) = rules_of(f'[[rule]]\nhost = "tidewater.example"\n{words}').rules
    return rule.effect


def extracted(
    words: str | SiteRules | None = RULE,
    page: str | bytes = PAGE,
    *,
    url: str = URL,
    captured_at: datetime = CAPTURED,
) -> Extraction:
    """The extraction of a page by whole rules, by the words of one rule, or without any."""
    if isinstance(words, str):
        words = rules_of(words).choose(url, captured_at) if "[[rule]]" in words else effect_of(words)
    html = page.encode() if isinstance(page, str) else page
    return extract(html, url=url, captured_at=captured_at, rules=words)
