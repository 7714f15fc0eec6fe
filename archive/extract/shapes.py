"""Live blogs, galleries and films: pages whose text is not one text that runs on."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from archive.extract.jsonld import Node, first_text, types
from archive.extract.marks import Marks
from archive.extract.outline import Around
from archive.extract.page import Page
from archive.extract.text import tidy, words
from archive.extract.weigh import Evidence, Reason, total

LIVE_ENOUGH, GALLERY_ENOUGH, VIDEO_ENOUGH = 4, 4, 4  # points
OWN = 100  # words of sentences beyond which a page with pictures or a film has a text of its own
OWN_STATED = 60  # the same for a page that states to be an article
MAX_NODES = 500  # of JSON-LD that are looked at
_LIVE_PATH = re.compile(
    r"(?i)live-?(?:blog|ticker|updates?|coverage)|[/-]live(?:[-/.]|$)|minuto-a-minuto|en-direct|diretta"
)
_GALLERY_PATH = re.compile(
    r"(?i)/(?:photos?|gallery|galleries|photo-?gallery|slide-?shows?|pictures|in-pictures|bilder|bildergalerien?"
    r"|fotostrecken?|fotos?|galer[ií]as?|fotogaler[ií]as?|diaporamas?|images|fotogallery|zdjecia|galerie|foto-?galeri"
    r"|bildspel|bildeserie)(?:/|-|$)|[/-](?:gallery|photos|fotostrecke|bildergalerie|diaporama|slideshow|fotogaleria)\b"
)
_VIDEO_PATH = re.compile(
    r"(?i)/(?:videos?|watch|mediathek|clips?|vidéos?|filmy?|wideo|tv|webtv|player|av)(?:/|-|\.|$)"
)
# "1/12", "3 of 20", "Bild 1 von 12": a number, at most a word before it, and how many there are.
_COUNTER = re.compile(
    r"(?i)^\W*(?:[^\W\d]{3,12}\W{0,2} )?(\d{1,3}) ?(?:/|／|of|von|de|sur|di|van|av|af|z|ze|из|dari|से|من)"
    r" ?(\d{1,3})(?!\d|/)"
)
_PICTURE_TYPES = frozenset(["ImageGallery", "MediaGallery"])


def live_blog(page: Page, marks: Marks, e: Evidence) -> list[Reason]:
    """Why this is a live blog; empty if it is none. Terms: schema.org LiveBlogPosting, liveBlogUpdate."""
    found: list[Reason] = []
    nodes = [node for node in page.graph.nodes[:MAX_NODES] if "LiveBlogPosting" in types(node)]
    node = next((n for n in nodes if n is page.article or _is_of(n, page)), nodes[0] if len(nodes) == 1 else None)
    if node is not None and (node is page.article or not page.article or _is_of(node, page)):
        updates = node.get("liveBlogUpdate")
        n = len(updates) if isinstance(updates, list) else 1 if isinstance(updates, dict) else 0
        says = f"it states LiveBlogPosting with {n} updates" if n else "it states LiveBlogPosting"
        found.append(Reason("json_ld", says, 4))
    if "LiveBlogPosting" in marks.item_types:
        found.append(Reason("microdata", "it states LiveBlogPosting", 4))
    said = [phrase for w in marks.headings[:3] for phrase in w.said("live-blog", "title", 1)]
    in_path = _LIVE_PATH.search(urlsplit(page.url).path)
    if said:
        found.append(Reason("title", f'its title says "{said[0]}"', 1))
    if in_path:
        found.append(Reason("url", f'its address says "{in_path[0].strip("/-.")}"', 1))
    if marks.live:
        found.append(
            Reason("page", f"{marks.live} of its elements are named after a live blog", 1 + (marks.live >= 2))
        )
    if marks.entries >= 2 and marks.ordered:
        named = bool(said or in_path) or (marks.live >= 3 and marks.bare_entries >= 2)
        enough = (marks.entries >= 3 and named) or marks.bare_entries >= 6
        points = 1 + 2 * enough + (marks.bare_entries >= 6)
        found.append(Reason("page", f"{marks.entries} entries begin with a clock", points))
    stated = any(r.points == 4 for r in found)
    if not stated and (marks.entries < 2 or not marks.ordered or e.listed > 0.7):
        return []
    enough_text = e.body >= 25
    return found if enough_text and total(found) >= LIVE_ENOUGH else []


def _is_of(node: Node, page: Page) -> bool:
    """Whether the headline of a node is the page's own."""
    stated = set(words(tidy(first_text(node.get("headline")) or first_text(node.get("name")) or "")))
    own = set(words(f"{page.h1} {page.og} {page.title}"))
    return bool(stated) and len(stated & own) >= 0.5 * len(stated)


def gallery(page: Page, marks: Marks, e: Evidence) -> list[Reason]:
    """Why this is a gallery with little text of its own; empty if it is none."""
    stated_article = bool(page.article) and not _PICTURE_TYPES & set(types(page.article))
    if e.own >= (OWN_STATED if stated_article else OWN):
        return []
    found: list[Reason] = []
    node = next((n for n in page.graph.nodes[:MAX_NODES] if _PICTURE_TYPES & set(types(n))), None)
    if node is not None:
        found.append(Reason("json_ld", f"it states {next(t for t in types(node) if t in _PICTURE_TYPES)}", 2))
    if stated := sorted(_PICTURE_TYPES & marks.item_types):
        found.append(Reason("microdata", f"it states {stated[0]}", 1))
    if "gallery" in page.first("og:type").lower():
        found.append(Reason("meta", f"og:type {page.first('og:type')}", 2))
    if said := [p for w in marks.headings[:3] for p in w.said("gallery", "title", 1)]:
        found.append(Reason("title", f'its title says "{said[0]}"', 1))
    if path := _GALLERY_PATH.search(urlsplit(page.url).path):
        found.append(Reason("url", f'its address says "{path[0].strip("/-")}"', 1))
    many = max(marks.pictures, marks.figures)
    if marks.figures >= 4:
        found.append(Reason("page", f"it has {marks.figures} pictures with captions", 1 + (marks.figures >= 6)))
    if marks.pictures >= 4:
        found.append(
            Reason("page", f"{marks.pictures} of its pictures stand in a gallery", 1 + (marks.pictures >= 6))
        )
    counted, last = _counters(page)
    if counted >= 2 or (counted and found):
        found.append(Reason("page", f'it counts its pictures ("1/{last}")', 2))
    if max(many, counted, last) < 4 or total(found) < GALLERY_ENOUGH:
        return []
    if 2 * _linked_captions(page) > marks.figures > 0:
        return []  # a list of galleries
    return [*found, Reason("page", f"it has {e.own} words of its own beside them", 0)]


def _linked_captions(page: Page) -> int:
    bits = Around.CAPTION | Around.FIGURE
    return sum(1 for x in page.outline.lines if x.around & bits and x.linked > 0.8 * x.chars)


def _counters(page: Page) -> tuple[int, int]:
    """How many lines begin with the number of a picture and how many there are, and that number."""
    found: dict[int, set[int]] = {}
    for line in page.outline.lines:
        match = _COUNTER.match(line.text[:40]) if not line.around & Around.NAV else None
        if match and 1 <= int(match[1]) <= int(match[2]) and 4 <= int(match[2]) <= 300:
            found.setdefault(int(match[2]), set()).add(int(match[1]))
    last = max(found, key=lambda n: len(found[n]), default=0)
    return len(found.get(last, ())), last


def video(page: Page, marks: Marks, e: Evidence) -> list[Reason]:
    """Why this is the page of a film with little text of its own; empty if it is none. Term: schema.org VideoObject."""
    stated_article = bool(page.article) and "VideoObject" not in types(page.article)
    if e.own >= (OWN_STATED if stated_article else OWN):
        return []
    found: list[Reason] = []
    films = [n for n in page.graph.nodes[:MAX_NODES] if "VideoObject" in types(n)]
    main = next((n for n in films if _is_of(n, page)), None)
    if main is not None and not stated_article:
        found.append(Reason("json_ld", "it states VideoObject under its own title", 3))
    elif films:
        found.append(Reason("json_ld", "it states a VideoObject", 1))
    if "VideoObject" in marks.item_types:
        found.append(Reason("microdata", "it states VideoObject", 1 + (not stated_article)))
    og = page.first("og:type").lower()
    if og.startswith("video"):
        found.append(Reason("meta", f"og:type {og}", 3))
    elif "ogvideo" in {name[:7] for name in page.meta_plain} or page.first("twitter:card").lower() == "player":
        found.append(Reason("meta", "it names a film for others to show", 1))
    if path := _VIDEO_PATH.search(urlsplit(page.url).path):
        found.append(Reason("url", f'its address says "{path[0].strip("/-.")}"', 1 + (not stated_article)))
    if marks.player:
        found.append(Reason("page", f"it has a player ({marks.player})", 1))
    surely = any(r.points == 3 for r in found)
    if not (surely or marks.player) or total(found) < VIDEO_ENOUGH:
        return []
    if not surely and e.titles >= 5 and e.listed > 0.5:
        return []  # a list of films
    return [*found, Reason("page", f"it has {e.own} words of its own beside it", 0)]
