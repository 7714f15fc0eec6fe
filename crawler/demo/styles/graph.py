"""The same CMS at another house: JSON-LD as one @graph with references, and an older template without any.

The old template states the date as an epoch number in an attribute, beside the readable form.
"""

from __future__ import annotations

from typing import Any

from crawler.demo.layout import Page, author_path, joined, link, pieces, section_path, text
from crawler.demo.styles import cms

shell = cms.shell


def article(page: Page) -> str:
    if page.unsigned:
        return _unsigned(page)
    return _old(page) if page.old_template else _current(page)


def _current(page: Page) -> str:
    card = page.card
    dach = f'<span class="headline__kicker">{text(page.article.place)}</span> '
    main = f"""<article class="story story-{card.kind}">
<p class="breadcrumb"><a href="/">{text(page.labels["home"])}</a> ›
<a href="{section_path(page.house.publisher, card.section)}">{text(page.section)}</a></p>
<div class="headline">{dach}<h1 class="headline__title">{text(card.headline)}</h1></div>
<p class="story__intro lead">{text(card.description)}</p>
<p class="story__meta"><span class="author">{cms.byline(page)}</span> · <span class="date">\
{page.house.when(card.published)}</span>{cms.updated(page)} · {text(page.minutes)}</p>
{cms.lead_image(page)}<div class="story__text">
{"".join(cms.render(page, piece) for piece in pieces(page))}{cms.paywall(page)}</div>
{cms.after(page)}</article>
{cms.below(page)}"""
    return shell(page.house, card.headline, cms.head_of(page, _graph(page)), main)


def _unsigned(page: Page) -> str:
    """A new template, in which a script fetches the names of authors: the page itself does not have them."""
    card, data = page.card, cms.json_ld(page)
    del data["author"]
    main = f"""<article class="beitrag" data-beitrag="{card.publisher.number + card.index}">
<h1 class="beitrag__titel">{text(card.headline)}</h1>
<p class="beitrag__vorspann">{text(card.description)}</p>
<div class="beitrag__zeile"><span class="js-autor" data-quelle="/autor.json"></span> <time datetime="{page.published}">\
{page.house.when(card.published)}</time>{cms.updated(page)}</div>
{cms.lead_image(page)}<div class="beitrag__text">
{"".join(cms.render(page, piece) for piece in pieces(page))}{cms.paywall(page)}</div>
</article>
{cms.below(page)}"""
    return shell(page.house, card.headline, cms.head_of(page, data), main)


def _graph(page: Page) -> dict[str, Any]:
    home = page.house.url("/")
    data = cms.json_ld(page)
    del data["@context"]
    people = [
        {"@type": "Person", "@id": page.house.url(author_path(author)) + "#person", "name": author.name}
        for author in page.article.authors
    ]
    data["@id"] = page.url + "#article"
    data["author"] = [{"@id": person["@id"]} for person in people] or data["author"]
    data["publisher"] = {"@id": home + "#organization"}
    data["isPartOf"] = {"@id": page.url + "#webpage"}
    title = page.house.publisher.title
    return {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "NewsMediaOrganization", "@id": home + "#organization", "name": title, "url": home},
            {"@type": "WebSite", "@id": home + "#website", "name": title, "url": home},
            {"@type": "WebPage", "@id": page.url + "#webpage", "name": f"{page.card.headline} | {title}"},
            *people,
            data,
        ],
    }


def _old(page: Page) -> str:
    card, stamp = page.card, int(page.card.published.timestamp())
    names = joined([text(name) for name in page.names], text(page.labels["and"]))
    body = "".join(cms.render(page, piece) for piece in pieces(page))
    more = "".join(f"<li>{link(each)}</li>" for each in page.related)
    main = f"""<div class="artikel">
<h1>{text(card.headline)}</h1>
<div class="artikel-vorspann"><b>{text(card.description)}</b></div>
<div class="artikel-info"><span class="artikel-datum" data-timestamp="{stamp}">{page.house.when(card.published)}</span>
| <span class="artikel-autor">{text(page.labels["by"])} {names}</span></div>
{cms.lead_image(page)}<div class="artikel-text">
{body}</div>
</div>
<div class="artikel-mehr"><h4>{text(page.labels["related"])}</h4><ul>{more}</ul></div>"""
    return shell(page.house, card.headline, cms.head_of(page, None), main)
