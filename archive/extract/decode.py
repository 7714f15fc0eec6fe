"""Bytes to text: which charset, and nothing in it that a parser chokes on."""

from __future__ import annotations

import codecs
import re

_META_CHARSET = re.compile(rb"""<meta[^<>]{0,200}?charset\s{0,4}=\s{0,4}["']?\s{0,4}([\w.:-]{2,40})""", re.I)
_XML_ENCODING = re.compile(rb"""^\s{0,20}<\?xml[^<>]{0,80}?encoding\s{0,4}=\s{0,4}["']([\w.:-]{2,40})""", re.I)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]{1,7})|0*([0-9]{1,8}))(?![0-9a-fA-F]);?")
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")
_CONTROLS = bytes((*range(9), 0x0B, *range(0x0E, 0x20), 0x7F))
_WIDE = {"utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}  # without a mark: RFC 2781
_HEAD = 4096  # bytes in which a page must declare its charset (HTML standard: 1024)

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


def decode(data: bytes, charset: str | None = None) -> tuple[bytes, str]:
    """A page as UTF-8 bytes, and the charset it was in; `charset` is that of the HTTP header.

    Valid UTF-8 is UTF-8 whatever is declared; then a byte order mark, the HTTP header, the page's own
    declaration, Latin-1 (as cp1252, which the web means by it) last. Never raises; bytes that the decided
    charset does not know become U+FFFD.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return _recode(data[len(bom) :], name), name
    if charset and charset.strip(" \"'").lower() in _WIDE:
        name = _WIDE[charset.strip(" \"'").lower()]
        text = data[:_HEAD].decode(name, "ignore")
        if "<" in text and ">" in text:  # otherwise the header lies
            return _recode(data, name), name
    try:
        data.decode("utf-8")
        return data, "utf-8"
    except UnicodeDecodeError as error:
        # A page cut in the middle of its last character is still UTF-8.
        if error.start >= len(data) - 3 and error.start > 0 and not data[: error.start].isascii():
            return data[: error.start], "utf-8"
    if wide := _utf16(data):
        return _recode(data, wide), wide
    head = data[:_HEAD]
    for found in (charset, _XML_ENCODING.search(head), _META_CHARSET.search(head)):
        label = found if isinstance(found, str) or found is None else found[1].decode("ascii", "replace")
        if known := _codec(label):
            return _recode(data, known), known
    return _recode(data, "cp1252"), "cp1252"


def _recode(data: bytes, name: str) -> bytes:
    return data.decode(name, "replace").encode("utf-8", "replace")


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
    """Whether the beginning of what was decoded is no text in any charset: one in twenty is a control character."""
    sample = markup[:_HEAD].replace(b"\x00", b"")  # some pages are padded with these
    return 20 * (len(sample) - len(sample.translate(None, _CONTROLS))) > len(sample) > 64


def without_controls(markup: bytes) -> bytes:
    """UTF-8 without control characters (other than white space) and non-characters, which XML does not allow."""
    markup = markup.translate(None, _CONTROLS)
    return _NONCHARACTERS.sub(b"", markup) if b"\xef\xbf" in markup else markup


def legal_references(markup: bytes) -> bytes:
    """Numeric character references with only what XML allows: one to a control character loses a whole page.

    References to 128-159 mean Windows-1252, as the HTML standard says; those to nothing become a blank.
    """
    return _REFERENCE.sub(_legal, markup) if b"&#" in markup else markup


def _legal(match: re.Match[bytes]) -> bytes:
    code = int(match[1], 16) if match[1] else int(match[2])
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "replace").encode("utf-8")
    if code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF:
        return match[0] if code != 0x7F else b" "
    return b" "
