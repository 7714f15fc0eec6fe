"""What stands before the root element of an XML document (XML 1.0, section 2.8), read in one pass over its bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_ENTITY = 1000  # characters that an entity of a feed may stand for
_BLANKS = b" \t\r\n"
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")
_SUBSET_END = re.compile(rb"\]\s*>")
_ENTITY = re.compile(rb"<!ENTITY\s+(%\s+)?[^\s\"'>]{1,200}\s+(SYSTEM\b|PUBLIC\b|[\"'])", re.IGNORECASE)
_REFERENCE = re.compile(rb"%|&(?!#|(?:amp|lt|gt|quot|apos);)")


@dataclass(frozen=True, slots=True)
class Prolog:
    """`root`: the name of the root element without its prefix, in lower case; empty if there is none in sight.

    `subset`: the declarations within the document type, if there are any.
    """

    root: bytes = b""
    subset: bytes = b""


def prolog(head: bytes) -> Prolog:
    """The prolog of a document that begins with `head`. Takes time in proportion to its length, whatever it is."""
    at, subset = 0, b""
    while True:
        while at < len(head) and head[at] in _BLANKS:
            at += 1
        if head.startswith(b"<?", at):
            end = head.find(b">", at)
        elif head.startswith(b"<!--", at):
            end = head.find(b"-->", at + 4)
            end = end + 2 if end >= 0 else end
        elif head[at : at + 9].upper() == b"<!DOCTYPE":
            end = head.find(b">", at)
            opening = head.find(b"[", at, end)
            if opening >= 0:
                closing = _SUBSET_END.search(head, opening)
                end = closing.end() - 1 if closing else -1
                subset = head[opening + 1 : closing.start()] if closing else b""
        else:
            found = _ROOT.match(head, at)
            return Prolog(found[1].lower() if found else b"", subset)
        if end < 0:
            return Prolog()
        at = end + 1


def has_hostile_entities(subset: bytes) -> bool:
    """Whether it declares entities that stand for others, for files, or for much text; feeds need none of these.

    Parameter entities (the character names of HTML, in old RSS) are never read, and so no harm.
    """
    for found in _ENTITY.finditer(subset):
        if found[1]:
            continue
        if len(found[2]) > 1:
            return True
        end = subset.find(found[2], found.end())
        value = subset[found.end() : end if end >= 0 else len(subset)]
        if len(value) > MAX_ENTITY or _REFERENCE.search(value):
            return True
    return False
