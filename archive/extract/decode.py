"""Bytes to text: which charset, and nothing in it that a parser chokes on."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from archive.extract import charsets

_META_CHARSET = re.compile(rb"""<meta[^<>]{0,200}?charset\s{0,4}=\s{0,4}["']?\s{0,4}([\w.:-]{2,40})""", re.I)
_XML_ENCODING = re.compile(rb"""^\s{0,20}<\?xml[^<>]{0,80}?encoding\s{0,4}=\s{0,4}["']([\w.:-]{2,40})""", re.I)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]{1,7})|0*([0-9]{1,8}))(?![0-9a-fA-F]);?")
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")
_BLANKS = bytes.maketrans(b"\x0c", b" ")
_CONTROLS = bytes((*range(9), 0x0B, *range(0x0E, 0x20), 0x7F))
_WIDE = {"utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}  # without a mark: RFC 2781
_HEAD = 16_384  # bytes in which a page must declare its charset (HTML standard: 1024)
_TRIED = 1_000_000  # bytes of a page in which a declared charset must hold
_MARKUP = re.compile(rb"(?i)<(?:!doctype html|html|head|body|article|main|div|p|h1|meta|title)[\s>]")
_ESCAPES = re.compile(rb"\x1b[$(][@BJIDO]")  # ISO-2022-JP
_ASCII = bytes(range(128))
_LATIN = ("cp1252", "iso8859-1", "iso8859-15", "latin-1")
_MARKED = "surrogateescape"  # a byte that is no UTF-8 becomes one of these
_WRONG = [chr(0xDC80 + i) for i in range(128)]
_REPAIRED = {0xDC80 + i: bytes([0x80 + i]).decode("cp1252", "ignore") or "\ufffd" for i in range(128)}

# Labels of the WHATWG Encoding Standard that mean another codec than Python's of the same name.
_LABELS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
}
_LABELS |= {
    "iso8859-1": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
}
_LABELS |= {
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "tis-620": "cp874",
}
_LABELS |= {"x-gbk": "gb18030", "windows-31j": "cp932", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page as UTF-8 bytes; `charset`: Python's name of the one it was in; `how` that was decided:
    mark | bytes | http | xml | meta | guessed | default."""

    data: bytes
    charset: str
    how: str


def decode(data: bytes, charset: str | None = None) -> tuple[bytes, str]:
    """A page as UTF-8 bytes, and the charset it was in; `charset` is that of the HTTP header. See `read`."""
    found = read(data, charset)
    return found.data, found.charset


def read(data: bytes, charset: str | None = None) -> Decoded:
    """A page decoded by the first that fits.

    A byte order mark; valid UTF-8, whatever is declared; the HTTP header, the XML declaration, the page's own meta
    element, as far as the bytes can be read so; what the bytes look like (`archive.extract.charsets`); Latin-1 (as
    cp1252, which the web means by it). Single wrong bytes within UTF-8 are read as cp1252. Never raises; bytes that
    the decided charset does not know become U+FFFD.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return Decoded(_recode(data[len(bom) :], name), name, "mark")
    if charset and charset.strip(" \"'").lower() in _WIDE:
        name = _WIDE[charset.strip(" \"'").lower()]
        text = data[:_HEAD].decode(name, "ignore")
        if "<" in text and ">" in text:  # otherwise the header lies
            return Decoded(_recode(data, name), name, "http")
    declared = _declared(data, charset)
    if data.isascii():
        # Of the charsets the web knows only this one says more than ASCII in seven bits.
        japanese = next(((n, how) for n, how in declared if n.startswith("iso2022_jp")), None)
        if japanese and _ESCAPES.search(data):
            return Decoded(_recode(data, japanese[0]), *japanese)
        return Decoded(data, "utf-8", "bytes")
    if (utf8 := _as_utf8(data, bool(declared) and declared[0][0] == "utf-8")) is not None:
        return utf8
    if wide := _utf16(data):
        return Decoded(_recode(data, wide), wide, "bytes")
    for name, how in declared:
        if name != "utf-8" and _fits(data, name):
            return Decoded(_recode(data, name), name, how)
    if guessed := charsets.guess(data):
        return Decoded(_recode(data, guessed), guessed, "guessed")
    name, how = next((x for x in declared if x[0] not in ("utf-8", *_LATIN)), ("cp1252", "default"))
    return Decoded(_recode(data, name), name, how)


def _declared(data: bytes, charset: str | None) -> list[tuple[str, str]]:
    """What is declared, in the order of its weight: Python's name and where."""
    head = data[:_HEAD]
    stated = [("http", charset)]
    for how, match in (("xml", _XML_ENCODING.search(head)), ("meta", _META_CHARSET.search(head))):
        stated.append((how, match[1].decode("ascii", "replace") if match else None))
    return [(name, how) for how, label in stated if (name := _codec(label))]


def _as_utf8(data: bytes, declared: bool) -> Decoded | None:
    """The page as UTF-8 if it is that but for few bytes: a piece in another charset, an end in the middle of a
    character. They may be as many as the right ones where UTF-8 is declared, else one in twenty."""
    try:
        data.decode("utf-8")
        return Decoded(data, "utf-8", "bytes")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3 and error.start > 0 and not data[: error.start].isascii():
            return Decoded(data[: error.start], "utf-8", "bytes")
    text = data.decode("utf-8", _MARKED)
    wrong = sum(map(text.count, _WRONG))
    right = len(text) - len(text.encode("ascii", "ignore")) - wrong
    if wrong > (right if declared else right / 20):
        return None
    return Decoded(text.translate(_REPAIRED).encode("utf-8", "replace"), "utf-8", "bytes")


def _fits(data: bytes, name: str) -> bool:
    """Whether the bytes can be read so: of those that are not ASCII hardly any is unknown to the charset."""
    if name in _LATIN and charsets.is_no_latin(data):
        return False  # a server's default
    text = data[:_TRIED].decode(name, "replace")
    high = len(data[:_TRIED].translate(None, _ASCII))
    return 20 * text.count("\ufffd") <= high + 20


def _recode(data: bytes, name: str) -> bytes:
    text = data.decode(name, "replace")
    if text.endswith("\ufffd"):  # an end in the middle of a character
        text = text.rstrip("\ufffd")
    return text.encode("utf-8", "replace")


def _codec(label: str | None) -> str | None:
    """Python's name for a charset label that stands for text; UTF-16 in a byte-oriented page is a lie."""
    if not label:
        return None
    name = label.strip(" \t\"'").lower()
    try:
        found = codecs.lookup(_LABELS.get(name, name))
    except (LookupError, ValueError):
        return None
    text = getattr(found, "_is_text_encoding", True)
    return (
        found.name
        if text and not found.name.startswith(("utf-16", "utf-32", "utf-7", "idna", "punycode"))
        else None
    )


def _utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: nearly every second byte of markup is zero."""
    sample = data[:512]
    if len(sample) < 16 or sample.count(0) < len(sample) // 3:
        return None
    return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"


def is_binary(markup: bytes) -> bool:
    """Whether the beginning of what was decoded is no text in any charset: one in twenty is a control character,
    and there is no markup."""
    if _MARKUP.search(markup[:_HEAD]):
        return False
    sample = markup[:_HEAD].replace(b"\x00", b"")  # some pages are padded with these
    return 20 * (len(sample) - len(sample.translate(None, _CONTROLS))) > len(sample) > 64


def without_controls(markup: bytes) -> bytes:
    """UTF-8 without control characters (other than white space) and non-characters, which XML does not allow."""
    markup = markup.translate(_BLANKS, _CONTROLS)
    return _NONCHARACTERS.sub(b"", markup) if b"\xef\xbf" in markup else markup


def legal_references(markup: bytes) -> bytes:
    """Numeric character references with only what XML allows: one to a control character loses a whole page.

    References to 128-159 mean Windows-1252, as the HTML standard says; those to nothing that can be seen go.
    """
    return _REFERENCE.sub(_legal, markup) if b"&#" in markup else markup


def _legal(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16) if match[1] else int(match[2])
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "ignore").encode("utf-8")
    if code == 0x0C:
        return b" "  # white space in HTML, and nothing in XML
    legal = (
        code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    )
    return match[0] if legal and code != 0x7F else b""
