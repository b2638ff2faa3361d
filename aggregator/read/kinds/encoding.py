"""The character encoding of a feed, converted to UTF-8.

The order is that of RFC 7303, section 3, adapted to real documents. A byte order mark decides.
Bytes that are valid UTF-8 are UTF-8 where any declaration says so, or all say Latin-1 or nothing.
Then the charset of the Content-Type is tried, then that of the XML declaration, with Latin-1 last.
Bytes that fit none of these are Windows-1252.
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
_HEAD = 4_096  # bytes in which a declaration is searched: servers print warnings before it
_UTF8 = ("utf-8", "utf8")
# What these names mean to browsers (WHATWG Encoding Standard): bytes 80 to 9F are letters.
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
    """The document in UTF-8 without byte order marks. Its XML declaration may name another encoding
    and must be ignored. Never raises."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _without_bom(body, mark, name)
    names = _declared_charsets(body, content_type)
    # Servers declare Latin-1 by default; text is not valid UTF-8 by chance.
    is_default_charset = all(_WHATWG.get(name, name) == "windows-1252" for name in names)
    if (is_default_charset or any(name in _UTF8 for name in names)) and _is_utf8(body):
        return body
    names = [name for name in names if name not in _UTF8] + _guessed_utf16(body)
    return _decoded(body, names).lstrip("\ufeff").encode("utf-8", "replace")


def _without_bom(body: bytes, mark: bytes, name: str) -> bytes:
    """The text after the byte order marks; concatenated files have several."""
    if name == "utf-8":
        while body.startswith(mark):
            body = body[len(mark) :]
        return body if _is_utf8(body) else _decoded(body, []).encode("utf-8", "replace")
    text = body[len(mark) :].decode(name, "replace")
    return text.lstrip("\ufeff").encode("utf-8", "replace")


def _declared_charsets(body: bytes, content_type: str) -> list[str]:
    """The charsets that the header and the document declare, in the order in which they are tried:
    Latin-1, which servers declare by default, is tried last."""
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
    """UTF-16 or UTF-32 without a byte order mark, by the zero bytes around the first ``<``."""
    starts = {
        b"<\0\0\0": "utf-32-le",
        b"\0\0\0<": "utf-32-be",
        b"<\0": "utf-16-le",
        b"\0<": "utf-16-be",
    }
    return [name for start, name in starts.items() if body.startswith(start)][:1]


# Python's codecs that are no encodings of documents, or that hide markup from other programs.
_NOT_CHARSETS = frozenset(
    {"utf_7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"}
)


def _decoded(body: bytes, names: list[str]) -> str:
    for name in names:
        try:
            codec = codecs.lookup(_WHATWG.get(name, name)).name
            if codec.replace("-", "_") not in _NOT_CHARSETS:
                return body.decode(codec)
        except (LookupError, UnicodeDecodeError):
            continue
    text = body.decode("utf-8", "replace")
    # A few invalid bytes are errors in UTF-8; many mean another encoding.
    if text.count("\ufffd") * 50 < sum(1 for c in text if c > "\x7f"):
        return text
    return body.decode("windows-1252", "replace")
