"""One article of a fixed outline in the markups that news sites use: each gives a whole page as bytes.

The outline is that of a plain extractor's output: headline, standfirst, author, date line, caption, a stray X,
paragraphs, the author's name (twice), two lines of biography, "Next Story".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

PARAGRAPHS = 10


@dataclass(frozen=True)
class Text:
    headline: str
    standfirst: str
    author: str
    date_line: str
    iso: str
    caption: str
    paragraphs: tuple[str, ...]
    biography: tuple[str, ...]
    next_story: str

    @property
    def date(self) -> str:
        return self.date_line.partition(": ")[2]


def read(text: str, iso: str) -> Text:
    """`text`: the plain lines in the order of the outline; `iso`: what its date line means."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    body = 6 + PARAGRAPHS
    assert lines[5] == "X" and lines[body] == lines[body + 1] == lines[2], "not of this outline"
    return Text(lines[0], lines[1], lines[2], lines[3], iso, lines[4], tuple(lines[6:body]),
                tuple(lines[body + 2 : body + 4]), lines[body + 4])  # fmt: skip


def _p(lines: tuple[str, ...]) -> str:
    return "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)


def _page(head: str, body: str, lang: str = ' lang="en"') -> bytes:
    return f"<!DOCTYPE html>\n<html{lang}><head><meta charset=utf-8>{head}</head>\n<body>{body}</body></html>".encode()


def _everything(t: Text) -> tuple[str, ...]:
    return (t.headline, t.standfirst, t.author, t.date_line, t.caption, "X", *t.paragraphs, t.author, t.author,
            *t.biography, t.next_story)  # fmt: skip


def _ld(t: Text, **more: object) -> str:
    node = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": t.headline, "description": t.standfirst,  # noqa: E501
            "datePublished": t.iso, "author": {"@type": "Person", "name": t.author},
            "publisher": {"@type": "Organization", "name": "Tidewater"}, **more}  # fmt: skip
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


NAV = ('<header class="site-header"><a href="/">Tidewater</a><nav><ul><li><a href="/world">World</a></li><li>'
       '<a href="/sport">Sport</a></li><li><a href="/weather">Weather</a></li></ul></nav></header>')  # fmt: skip
FOOTER = ('<footer><ul><li><a href="/about">About us</a></li><li><a href="/terms">Terms of use</a></li></ul>'
          "<p>© Tidewater Media. All rights reserved.</p></footer>")  # fmt: skip
RELATED = ('<div class="related"><h3>Related Stories</h3><ul><li><a href="/a1">Council votes on the new bridge after all'  # noqa: E501
           '</a></li><li><a href="/a2">Storm of the century leaves a bill of millions</a></li></ul></div>')  # fmt: skip


def cms(t: Text) -> bytes:
    """A news CMS: classes, JSON-LD, author box inside the article, button for the pop-up, related stories."""
    return _page(
        f"<title>{t.headline} | Tidewater</title>{_ld(t)}<meta property=og:title content='{escape(t.headline)}'>",
        f"""{NAV}<main><article class="story"><h1 class="story__headline">{t.headline}</h1>
<h2 class="story__standfirst">{t.standfirst}</h2>
<div class="byline"><a rel="author" href="/author/one">{t.author}</a></div>
<div class="story__date">{t.date_line}</div>
<figure><img src="/i.jpg" alt="x"><figcaption>{t.caption}</figcaption></figure>
<button class="close">X</button>
<div class="story__body">{_p(t.paragraphs)}</div>
<div class="author-box"><h4>{t.author}</h4><p class="name">{t.author}</p>{_p(t.biography)}</div>
</article><div class="next-story"><a href="/next">{t.next_story}</a></div>{RELATED}</main>{FOOTER}""",
    )


def bare_paragraphs(t: Text) -> bytes:
    """Nothing but p: no class, no heading, no title, no language."""
    return _page("", _p(_everything(t)), lang="")


def bare_with_title(t: Text) -> bytes:
    return _page(f"<title>{t.headline}</title>", _p(_everything(t)), lang="")


def nested_div_span(t: Text) -> bytes:
    rows = "".join(f"<div><div><span>{escape(x, quote=False)}</span></div></div>\n" for x in _everything(t))
    return _page(
        f"<title>{t.headline} - Tidewater</title>", f"{NAV}<div><div><div>{rows}</div></div></div>{FOOTER}"
    )


def deep_spans(t: Text) -> bytes:
    rows = "".join(f"<div><span><span>{escape(x, quote=False)}</span></span></div>" for x in t.paragraphs)
    end = f"<div><span>{t.author}</span></div>" * 2 + "".join(f"<div><span>{x}</span></div>" for x in t.biography)
    return _page(
        f"<title>{t.headline}</title>",
        f"""<div><div><span><h1>{t.headline}</h1></span><div><span>{t.standfirst}</span></div>
<div><span>By <span>{t.author}</span></span> <span>{t.date_line}</span></div><div><span>{t.caption}</span></div>
<div><span>X</span></div><div>{rows}{end}</div><div><span>{t.next_story}</span></div></div></div>""",
    )


def br_broken(t: Text) -> bytes:
    """One div, lines broken by two br."""
    text = "<br><br>\n".join(escape(x, quote=False) for x in _everything(t))
    return _page(f"<title>{t.headline}</title>", f"<div>{text}</div>")


def br_in_article(t: Text) -> bytes:
    text = "<br/><br/>".join(escape(x, quote=False) for x in t.paragraphs)
    bio = "<br>".join((t.author, t.author, *t.biography))
    return _page(
        f"<title>{t.headline}</title>",
        f"""{NAV}<h1>{t.headline}</h1><p><b>{t.standfirst}</b></p><p>{t.author}<br>{t.date_line}</p>
<div class="img"><img src="a.jpg"><br>{t.caption}</div>X<br><div id="content">{text}</div><div>{bio}</div>
<h3>{t.next_story}</h3>{FOOTER}""",
    )


def byline_link(t: Text) -> bytes:
    return _page(
        f"<title>{t.headline}</title><meta name=description content='{escape(t.standfirst)}'>",
        f"""{NAV}<article><h1>{t.headline}</h1><p>{t.standfirst}</p><p>By <a href="/author/7">{t.author}</a></p>
<p>{t.date_line}</p><p>{t.caption}</p><span>X</span>{_p(t.paragraphs)}</article>
<div><p><a href="/author/7">{t.author}</a></p><p>{t.author}</p>{_p(t.biography)}</div><p>{t.next_story}</p>{FOOTER}""",
    )


def byline_plain(t: Text) -> bytes:
    return _page(
        f"<title>{t.headline} :: Tidewater News</title><meta property='og:site_name' content='Tidewater News'>",
        f"""<div id=main><h1>{t.headline}</h1><div>{t.standfirst}</div><div>{t.author}</div><div>{t.date_line}</div>
<div>{t.caption}</div><div>X</div>{_p(t.paragraphs)}<div>{t.author}</div><div>{t.author}</div>
<div>{t.biography[0]}</div><div>{t.biography[1]}</div><div>{t.next_story}</div></div>""",
    )


def time_element(t: Text) -> bytes:
    return _page(
        f"<title>{t.headline}</title>",
        f"""{NAV}<main><header><h1>{t.headline}</h1><p class="lead">{t.standfirst}</p>
<address>{t.author}</address><time datetime="{t.iso}">{t.date}</time></header>
<figure><img src=a.jpg><figcaption><p>{t.caption}</p></figcaption></figure><a href="#" class=close>X</a>
<section>{_p(t.paragraphs)}</section><aside><h5>{t.author}</h5><h6>{t.author}</h6>{_p(t.biography)}</aside></main>
<a href="/next"><h3>{t.next_story}</h3></a>""",
    )


def meta_tags(t: Text) -> bytes:
    return _page(
        f"""<title>{t.headline} | Tidewater</title><meta property="og:title" content="{escape(t.headline)}">
<meta property="og:type" content="article"><meta property="og:site_name" content="Tidewater">
<meta name="description" content="{escape(t.standfirst)}"><meta name="author" content="{t.author}">
<meta property="article:published_time" content="{t.iso}">""",
        f"""{NAV}<div class="c1"><h1>{t.headline}</h1><div class="c2">{t.standfirst}</div>
<div class="c3">{t.author}</div>
<div class="c4">{t.date_line}</div><div class="c5"><img src=x.jpg><div class="c6">{t.caption}</div></div><div>X</div>
<div class="c7">{_p(t.paragraphs)}</div><div class="c8"><div>{t.author}</div>
<div>{t.author}</div>{_p(t.biography)}</div>
<div class="c9"><a href="/n">{t.next_story}</a></div></div>{FOOTER}""",
    )


def preformatted(t: Text) -> bytes:
    return _page("", "<pre>" + escape("\n\n".join(_everything(t)), quote=False) + "</pre>", lang="")


def table_layout(t: Text) -> bytes:
    rows = "".join(f"<tr><td>{escape(x, quote=False)}</td></tr>\n" for x in _everything(t))
    return _page(
        f"<title>{t.headline}</title>",
        f"<table><tr><td width=150><a href='/'>Home</a><br><a href='/w'>World</a></td><td><table>{rows}</table></td></tr></table>",  # noqa: E501
    )


def table_one_cell(t: Text) -> bytes:
    return _page(
        f"<title>Tidewater - {t.headline}</title>",
        f"<center><table width=600><tr><td><font size=5><b>{t.headline}</b></font>{_p(_everything(t)[1:])}</td></tr></table>",  # noqa: E501
    )


def microdata(t: Text) -> bytes:
    return _page(
        f"<title>{t.headline}</title>",
        f"""{NAV}<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">{t.headline}</h1>
<h2 itemprop="description">{t.standfirst}</h2><span itemprop="author" itemscope>
<span itemprop="name">{t.author}</span></span>
<span itemprop="datePublished" content="{t.iso}">{t.date}</span><div class="wp-caption"><img src=a.png>
<p class="wp-caption-text">{t.caption}</p></div><div class="popup">X</div>
<div itemprop="articleBody">{_p(t.paragraphs)}</div>
</div><section class="about"><h4>{t.author}</h4><strong>{t.author}</strong>{_p(t.biography)}</section>
<div><a href="/n">{t.next_story}</a></div>{FOOTER}""",
    )


def tags_and_share(t: Text) -> bytes:
    """Author box outside the article, tags, share buttons, newsletter prompt within the text."""
    first, rest = t.paragraphs[:4], t.paragraphs[4:]
    return _page(
        f"<title>{t.headline}</title>{_ld(t)}",
        f"""{NAV}<article><header><h1>{t.headline}</h1><p class="subtitle">{t.standfirst}</p><div class="meta">
<span>{t.author}</span>
<span>{t.date_line}</span></div><div class="share"><a href="https://x.example/share">X</a><a href="https://f.example">Facebook</a>
</div></header><div><img src=a.jpg><p>{t.caption}</p></div>{_p(first)}<p>Sign up for our morning newsletter</p>
<p>Also Read: <a href="/b">Fog closes the airport for a second day</a></p>{_p(rest)}
<ul class="tags"><li><a href="/t/1">Harbour</a></li><li><a href="/t/2">Ferries</a></li></ul></article>
<div class="bio"><div>{t.author}</div><div>{t.author}</div>{_p(t.biography)}</div>
<h4>{t.next_story}</h4>{RELATED}{FOOTER}""",
    )


def author_box_of_divs(t: Text) -> bytes:
    return _page(
        f"<title>{t.headline}</title>{_ld(t, author=[{'@type': 'Person', 'name': t.author}])}",
        f"""<div class=wrap><h1>{t.headline}</h1><h3>{t.standfirst}</h3><div><div><span>{t.author}</span></div><div>
<span>{t.date_line}</span></div></div><div><div><img src=a.jpg></div><div>{t.caption}</div></div><div>
<span>X</span></div>
<div>{"".join(f"<div>{escape(x, quote=False)}</div>" for x in t.paragraphs)}</div>
<div><div><span>{t.author}</span></div><div><div>{t.author}</div><div>{t.biography[0]}</div><div>{t.biography[1]}</div></div></div>
<div>{t.next_story}</div></div>""",
    )


def standfirst_in_meta_only(t: Text) -> bytes:
    return _page(
        f"<title>{t.headline}</title>{_ld(t)}<meta name=description content='{escape(t.standfirst)}'>",
        f"""{NAV}<h1>{t.headline}</h1><p>By {t.author}</p><p>{t.date_line}</p><figure><img src=a.jpg></figure>
<div>{_p(t.paragraphs)}</div><hr><p><strong>{t.author}</strong></p>{_p(t.biography)}<p>{t.next_story}</p>{FOOTER}""",
    )


def date_before_author(t: Text) -> bytes:
    return _page(
        f"<title>{t.headline}</title>",
        f"""<h1>{t.headline}</h1><p>{t.date_line}</p><p>{t.author}</p><p>{t.standfirst}</p><p>{t.caption}</p><p>×</p>
{_p(t.paragraphs)}<p>{t.author}</p>{_p(t.biography)}<p>{t.next_story}</p>""",
    )


def one_line_byline(t: Text) -> bytes:
    return _page(
        f"<title>{t.headline}</title>",
        f"""{NAV}<article><h1>{t.headline}</h1><p class=intro>{t.standfirst}</p>
<p class=info>By {t.author} | {t.date_line}</p>
<figure><img src=a.jpg><div>{t.caption}</div></figure>{_p(t.paragraphs)}<footer>
<p>{t.author}</p>{_p(t.biography)}</footer>
</article><h3><a href="/n">{t.next_story}</a></h3>{FOOTER}""",
    )


def upper_html(t: Text) -> bytes:
    """Without head, body, quotes or closing tags."""
    lines = "\n<P>".join(escape(x, quote=False) for x in _everything(t)[1:])
    return f"<HTML><TITLE>{t.headline}</TITLE><H1>{t.headline}</H1>\n<P>{lines}".encode()


def single_page_app(t: Text) -> bytes:
    rows = "".join(
        f'<div class="css-1x{i} e1z0"><p class="css-9k">{escape(x, quote=False)}</p></div>'
        for i, x in enumerate(t.paragraphs)
    )
    return _page(
        f"<title>{t.headline} | Tidewater</title>{_ld(t)}<style>.a{{}}</style>",
        f"""<div id="__next">{NAV}<div class="css-1a"><div class="css-2b"><h1 class="css-3c">{t.headline}</h1>
<p class="css-4d">{t.standfirst}</p>
<div class="css-5e"><a href="/profile/1" class="css-6f">{t.author}</a><span class="css-7g">{t.date_line}</span></div>
<div class="css-8h"><picture><img src=x></picture><span>{t.caption}</span></div><div role="button">X</div>
<div>{rows}</div>
<div class="css-0j"><div><a href="/profile/1">{t.author}</a></div><p>{t.author}</p>{_p(t.biography)}</div></div></div>
<div><span>{t.next_story}</span></div>{FOOTER}</div><script>window.__DATA__={{"a":1}}</script>""",
    )


MARKUPS: dict[str, Callable[[Text], bytes]] = {
    f.__name__: f
    for f in (
        cms, bare_paragraphs, bare_with_title, nested_div_span, deep_spans, br_broken, br_in_article, byline_link,
        byline_plain, time_element, meta_tags, preformatted, table_layout, table_one_cell, microdata, tags_and_share,
        author_box_of_divs, standfirst_in_meta_only, date_before_author, one_line_byline, upper_html, single_page_app,
    )
}  # fmt: skip
