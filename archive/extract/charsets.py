"""The charset of bytes that are no UTF-8 and declare none: charset-normalizer's judgement on a sample of their text."""

from __future__ import annotations

import codecs
import logging
import re

from charset_normalizer import from_bytes

SAMPLE = 16_384  # bytes of text that are judged
SCANNED = 2_000_000  # bytes of a page in which they are looked for
RUN = 1.4  # mean length of a run of bytes beyond ASCII; in Latin scripts they stand alone, in others together
VALID = 0.9  # share of the pieces of text that can be read in a charset of several bytes, if the page is in it
FEW = 10  # bytes beyond ASCII that are too few to judge by
_PIECE = re.compile(rb"[^<>\x80-\xff]{0,400}[\x80-\xff][^<>]{0,4000}")
_HIGH = re.compile(rb"[\x80-\xff]+")
_SAFE = re.compile(rb"[\n -/:-?]")  # no second byte in any charset
_BLIND = re.compile(rb"(?is)<(script|style)\b.{0,200000}?</\1")
_LANG = re.compile(rb"(?i)<html[^<>]{0,300}?\slang\s{0,3}=\s{0,3}[\"']?([a-z]{2})")
_SEVERAL = ("cp932", "euc_jp", "cp949", "gb18030", "big5")
_SINGLE = ("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874")
_CENTRAL = ("cp1250", "iso8859_2")
_BY_LANGUAGE = {
    **dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "sl", "hr", "bs"), _CENTRAL),
    "tr": ("cp1254",),
    **dict.fromkeys(("lt", "lv", "et"), ("cp1257",)),
}
_TURKISH = (b"\xf0", b"\xfe", b"\xfd", b"\xdd", b"\xde", b"\xd0")  # letters that only Icelandic has in Latin-1
logging.getLogger("charset_normalizer").setLevel(logging.CRITICAL)


def guess(data: bytes) -> str | None:
    """Python's name of the charset, or None where Latin-1 is as good a guess as any. The same bytes give the same
    answer; time is bounded by the sample."""
    pieces = _pieces(data)
    sample = b"\n".join(pieces)
    runs = [len(run) for run in _HIGH.findall(sample)]
    if not runs:
        return None
    if sum(runs) < RUN * len(runs):
        return _latin(data, sample)
    if sum(runs) < FEW:
        return None
    several = [name for name in _SEVERAL if _share(pieces, name) >= VALID]
    whole = [piece for piece in (_trimmed(p, several) for p in pieces) if piece]
    latin = ("cp1252",) if sum(runs) < 2 * len(runs) else ()
    best = _best(b"\n".join(whole), (*several, *_SINGLE, *latin))
    return None if best in latin else best


def is_no_latin(data: bytes) -> bool:
    """Whether bytes beyond ASCII stand together as they do in no text of Latin letters, whatever it declares."""
    runs = [len(run) for run in _HIGH.findall(b"\n".join(_pieces(data)))]
    return sum(runs) >= 40 and sum(runs) > 2 * RUN * len(runs)


def _pieces(data: bytes) -> list[bytes]:
    """Pieces of text that hold bytes beyond ASCII, together no longer than the sample. None begins in the middle of
    a character: it stands behind a tag, or behind a byte that is no second byte in any charset."""
    data = _BLIND.sub(b"", data[:SCANNED])
    found: list[bytes] = []
    size = 0
    for match in _PIECE.finditer(data):
        piece, start = match[0], match.start()
        if start and data[start - 1] not in b"<>":
            piece = piece[safe.end() :] if (safe := _SAFE.search(piece)) else b""
        piece = piece[: SAMPLE - size]
        found.append(piece)
        size += len(piece)
        if size >= SAMPLE:
            break
    return [piece for piece in found if _HIGH.search(piece)]


def _trimmed(piece: bytes, several: list[str]) -> bytes:
    """A piece without the beginning of a character at its end; empty if it cannot be read in all these charsets."""
    for end in range(len(piece), max(0, len(piece) - 4), -1):
        if all(_reads(piece[:end], name, True) for name in several):
            return piece[:end]
    return b""


def _reads(piece: bytes, name: str, final: bool) -> bool:
    """Whether a charset knows all of it; unless `final`, its last character may be cut."""
    try:
        codecs.getincrementaldecoder(name)().decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def _share(pieces: list[bytes], name: str) -> float:
    return sum(_reads(piece, name, False) for piece in pieces) / max(1, len(pieces))


def _latin(data: bytes, sample: bytes) -> str | None:
    """Which of the Latin charsets, by the language: that stated, or that of the words."""
    from archive.extract.fields import guess_language  # late: fields need the tree, and the tree these bytes

    stated = _LANG.search(data[:8192])
    language = stated[1].decode("ascii").lower() if stated else guess_language(sample.decode("cp1252", "replace"))
    names = _BY_LANGUAGE.get(language or "", ())
    high = b"".join(_HIGH.findall(sample))
    if language is None and 3 * sum(map(high.count, _TURKISH)) >= len(high):
        return "cp1254" if _best(sample, ("cp1252", "cp1254")) == "cp1254" else None
    return names[0] if len(names) == 1 else _best(sample, names) or names[0] if names else None


def _best(sample: bytes, names: tuple[str, ...]) -> str | None:
    found = from_bytes(sample, cp_isolation=list(names), threshold=0.5, preemptive_behaviour=False).best()
    return found.encoding if found is not None and found.encoding in names else None
