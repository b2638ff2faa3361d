"""The character encoding of a feed, converted to UTF-8.

The order is that of RFC 7303, section 3, adapted to the real web: a byte order mark wins;
bytes that are valid UTF-8, and said to be so by anyone or to be Latin-1, are UTF-8; then the
charset of the Content-Type, then that of the XML declaration, but Latin-1 after any other; what
is none of what it says is Windows-1252.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.I)
_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,200}")
_DECLARED = re.compile(rb"encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})[\"']")
_HEAD = 4_096  # bytes in which a declaration may stand: warnings of servers come before it
_UTF8 = ("utf-8", "utf8")
# What browsers take these names for (WHATWG Encoding Standard): the bytes 80 to 9F are letters.
_WHATWG = {
    "iso-8859-1": "windows-1252",
    "latin-1": "windows-1252",
    "us-ascii": "windows-1252",
    "ascii": "windows-1252",
    "latin1": "windows-1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-9": "windows-1254",
}


def to_utf8(body: bytes, content_type: str = "") -> bytes:
    """The document in UTF-8, without byte order marks; an XML declaration in it says nothing."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _without_bom(body, mark, name)
    names = _stated(body, content_type)
    # Servers say Latin-1 by default; what is valid UTF-8 all the same is not that by chance.
    is_default_charset = all(_WHATWG.get(name, name) == "windows-1252" for name in names)
    if (is_default_charset or any(name in _UTF8 for name in names)) and _is_utf8(body):
        return body
    names = [name for name in names if name not in _UTF8] + _guessed_utf16(body)
    return _decoded(body, names).lstrip("\ufeff").encode("utf-8", "replace")


def _without_bom(body: bytes, mark: bytes, name: str) -> bytes:
    """The text after a byte order mark, or several: files are glued together."""
    if name == "utf-8":
        while body.startswith(mark):
            body = body[len(mark) :]
        return body if _is_utf8(body) else _decoded(body, []).encode("utf-8", "replace")
    text = body[len(mark) :].decode(name, "replace")
    return text.lstrip("\ufeff").encode("utf-8", "replace")


def _stated(body: bytes, content_type: str) -> list[str]:
    """What the header and the document say, in the order in which they are believed: a header
    that says Latin-1, which servers do by default, is believed last."""
    header = _CHARSET.search(content_type)
    declaration = _DECLARATION.search(body[:_HEAD])
    document = _DECLARED.search(declaration[0]) if declaration else None
    names = [header[1].lower()] if header else []
    names += [document[1].decode("ascii").lower()] if document else []
    return sorted(names, key=lambda name: _WHATWG.get(name, name) == "windows-1252")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return not body.startswith((b"\0<", b"<\0"))


def _guessed_utf16(body: bytes) -> list[str]:
    """UTF-16 and UTF-32 that forgot their byte order mark show it by where their zeros are."""
    starts = {
        b"<\0\0\0": "utf-32-le",
        b"\0\0\0<": "utf-32-be",
        b"<\0": "utf-16-le",
        b"\0<": "utf-16-be",
    }
    return [name for start, name in starts.items() if body.startswith(start)][:1]


# Python's names for what is no encoding of documents, or one that hides markup from everybody else.
_NOT_CHARSETS = frozenset({"utf_7", "unicode_escape", "raw_unicode_escape", "idna", "punycode"})


def _decoded(body: bytes, names: list[str]) -> str:
    for name in names:
        try:
            codec = codecs.lookup(_WHATWG.get(name, name)).name
            if codec.replace("-", "_") not in _NOT_CHARSETS:
                return body.decode(codec)
        except (LookupError, UnicodeDecodeError):
            continue
    text = body.decode("utf-8", "replace")
    # A stray byte in a document of UTF-8 costs that character; many mean another encoding.
    if text.count("\ufffd") * 50 < sum(1 for c in text if c > "\x7f"):
        return text
    return body.decode("windows-1252", "replace")
