"""Which characters the bytes of a feed mean: to UTF-8, whatever the server and the document say.

The order is that of RFC 7303, section 3, with what the real web asks for: a byte order mark wins;
bytes that are valid UTF-8, and said to be so by anyone or to be Latin-1, are UTF-8; then the
charset of the Content-Type, then that of the XML declaration; what is none of what it says is
Windows-1252.
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
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.I)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}?\?>")
# What browsers take these names for (WHATWG Encoding Standard): the bytes 80 to 9F are letters.
_MEANT = {"iso-8859-1": "windows-1252", "latin-1": "windows-1252", "us-ascii": "windows-1252",
          "ascii": "windows-1252", "latin1": "windows-1252", "gb2312": "gb18030",
          "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
          "shift_jis": "cp932", "x-sjis": "cp932", "iso-8859-9": "windows-1254"}  # fmt: skip


def to_utf8(body: bytes, content_type: str = "") -> bytes:
    """The document in UTF-8, without a byte order mark and with a declaration that is true."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _declared_utf8(body[len(mark) :].decode(name, "replace"))
    charset = _CHARSET.search(content_type)
    declared = _DECLARED.match(body)
    names = [charset[1].lower()] if charset else []
    names += [declared[1].decode("ascii").lower()] if declared else []
    # Servers say Latin-1 by default; what is valid UTF-8 all the same is not that by chance.
    if any(name in ("utf-8", "utf8") for name in names) or all(
        _MEANT.get(name, name) == "windows-1252" for name in names
    ):
        if _is_utf8(body):
            true = all(name in ("utf-8", "utf8") for name in names)
            return body if true else _declared_utf8(body.decode())
        names = [name for name in names if name not in ("utf-8", "utf8")]
    names += _without_mark(body)
    return _declared_utf8(_decoded(body, names))


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return not body.startswith((b"\0<", b"<\0"))


def _without_mark(body: bytes) -> list[str]:
    """UTF-16 and UTF-32 that forgot their byte order mark show it by where their zeros are."""
    starts = {b"<\0\0\0": "utf-32-le", b"\0\0\0<": "utf-32-be", b"<\0": "utf-16-le",
              b"\0<": "utf-16-be"}  # fmt: skip
    return [name for start, name in starts.items() if body.startswith(start)][:1]


# Python's names for what is no encoding of documents, or one that hides markup from everybody else.
_NOT_CHARSETS = frozenset({"utf_7", "unicode_escape", "raw_unicode_escape", "idna", "punycode"})


def _decoded(body: bytes, names: list[str]) -> str:
    for name in names:
        try:
            found = codecs.lookup(_MEANT.get(name, name)).name
            if found.replace("-", "_") not in _NOT_CHARSETS:
                return body.decode(found)
        except (LookupError, UnicodeDecodeError):
            continue
    text = body.decode("utf-8", "replace")
    # A stray byte in a document of UTF-8 costs that character; many mean another encoding.
    if text.count("\ufffd") * 50 < sum(1 for c in text if c > "\x7f"):
        return text
    return body.decode("windows-1252", "replace")


def _declared_utf8(text: str) -> bytes:
    text = _DECLARATION.sub('<?xml version="1.0" encoding="utf-8"?>', text, count=1)
    return text.encode("utf-8", "replace")
