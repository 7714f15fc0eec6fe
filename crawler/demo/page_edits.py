"""A named edit of a finished article page of the demo newspaper, and the hands that such edits share."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import html as markup
from lxml.html import HtmlElement

OLDER = -1  # the number of a page that was published before the change, and is asked for again
Edit = Callable[[HtmlElement, int], None]  # of a page, and which one it is after the change, from 0, or OLDER


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """`publisher`: whose pages have what is changed; `fields`: of which at least one must be named."""

    name: str
    publisher: str
    edit: Edit
    fields: tuple[str, ...] = ()

    def apply(self, page: bytes, number: int = 0) -> bytes:
        """The page (UTF-8) after the change; `number`: of those published after it, from 0, or OLDER."""
        root = markup.document_fromstring(page.decode())
        self.edit(root, number)
        changed: bytes = markup.tostring(root, encoding="utf-8", doctype="<!DOCTYPE html>")
        return changed


def elements(root: HtmlElement, name: str) -> list[HtmlElement]:
    """Elements of a class, or, without a dot, of a tag."""
    if name.startswith("."):
        return list(root.find_class(name[1:]))
    return list(root.iter(name))


def drop(root: HtmlElement, *names: str) -> None:
    for name in names:
        for element in elements(root, name):
            element.drop_tree()


def drop_meta(root: HtmlElement, *names: str) -> None:
    for meta in list(root.iter("meta")):
        if any((meta.get("property") or meta.get("name") or "").startswith(name) for name in names):
            meta.drop_tree()


def element_of(source: str) -> HtmlElement:
    made = markup.fragment_fromstring(source)
    assert isinstance(made, HtmlElement)
    return made


def rename(root: HtmlElement, name: str, other: str) -> None:
    for element in elements(root, name):
        element.set("class", other)


def change_json_ld(root: HtmlElement, change: Callable[[dict[str, Any]], None]) -> None:
    for script in root.xpath('//script[@type="application/ld+json"]'):
        data = json.loads(script.text)
        change(data)
        script.text = json.dumps(data, ensure_ascii=False)


def body_of(root: HtmlElement) -> HtmlElement:
    for name in ("article__body", "story-content", "entry-content"):
        if found := root.find_class(name):
            return found[0]
    raise ValueError("the page has no body")


def paragraphs(root: HtmlElement) -> list[HtmlElement]:
    return [child for child in body_of(root) if child.tag == "p"]


def insert(root: HtmlElement, source: str, every: int = 3) -> None:
    for number, paragraph in enumerate(paragraphs(root)):
        if number % every == 1:
            paragraph.addnext(element_of(source))
