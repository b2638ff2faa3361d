"""The part of an XML document before its root element, read in one pass.

Servers put warnings, blank lines and byte order marks before it, and documents a declaration,
comments, processing instructions and a DOCTYPE, of which only entities with plain text are read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregator.errors import BadDocument

_SPACE = re.compile(rb"(?:[ \t\r\n\x0b\x0c\0]|\xef\xbb\xbf)+")
_DOCTYPE_SIGN = re.compile(rb"[\"'\[>]")
_INNER = re.compile(r"&[A-Za-z]")  # an entity in an entity
_MAX_PARTS = 10_000  # comments and instructions
_MAX_ENTITIES = 300  # declarations in a DOCTYPE
_MAX_VALUE = 1_000  # bytes of one entity
_MAX_LEADING_BYTES = 100_000  # bytes before the document that are searched for its start
_HTML = re.compile(rb"<(?:!doctype\s{1,20}html|html|head|body)\b", re.I)
_ROOT = re.compile(
    rb"<(?:\?xml\s|(?:[A-Za-z][\w.-]{0,40}:)?(?:rss|feed|rdf|channel|urlset|sitemapindex|opml)[\s/>])",
    re.I,
)
# The beginnings of the parts of an internal subset (XML 1.0, section 2.8).
_PART = re.compile(rb"<!--|<\?|<!ENTITY\s|<![A-Z]|\]", re.I)
_ENTITY = re.compile(rb"<!ENTITY\s{1,20}([A-Za-z_][A-Za-z0-9_.-]{0,40})\s{1,20}([\"'])", re.I)


@dataclass(frozen=True, slots=True)
class Prolog:
    """`root` is the position of the root element; `entities` are those whose text is plain."""

    root: int
    entities: Mapping[str, str] = field(default_factory=dict)


def prolog_of(body: bytes) -> Prolog:
    """The prolog of a document in UTF-8. Raises BadDocument for an HTML page, for a document
    without markup, and for entities made of entities."""
    position = _skip(body, 0)
    if _HTML.match(body, position):
        raise BadDocument("an HTML page, not a feed", kind="page")
    if not body[position : position + 1]:
        raise BadDocument("empty: no content at all, not a feed")
    start = _ROOT.search(body, position, position + _MAX_LEADING_BYTES)
    if start is None:
        if body[position : position + 1] != b"<":
            raise BadDocument("not a feed: neither XML nor JSON")
        start_at = position
    else:
        start_at = start.start() if not _is_doctype(body, position) else position
    return _prolog_at(body, start_at)


def _is_doctype(body: bytes, position: int) -> bool:
    return body[position : position + 9].upper() == b"<!DOCTYPE"


def _prolog_at(body: bytes, position: int) -> Prolog:
    entities: dict[str, str] = {}
    position = _skip(body, position)
    while _is_doctype(body, position):
        position = _skip(body, _doctype(body, position, entities))
    if _HTML.match(body, position):
        raise BadDocument("an HTML page, not a feed", kind="page")
    return Prolog(position, entities)


def _skip(body: bytes, position: int) -> int:
    """The position after white space, byte order marks, comments and instructions."""
    for _ in range(_MAX_PARTS):
        start = position
        if space := _SPACE.match(body, position):
            position = space.end()
        if body.startswith(b"<!--", position):
            position = _after(body, b"-->", position + 4)
        elif body.startswith(b"<?", position):
            position = _after(body, b"?>", position + 2)
        if position == start:
            return position
    raise BadDocument("too many comments before the document")


def _after(body: bytes, sign: bytes, position: int) -> int:
    end = body.find(sign, position)
    return len(body) if end < 0 else end + len(sign)


def _doctype(body: bytes, position: int, entities: dict[str, str]) -> int:
    """The position after a DOCTYPE; its plain entities are put into `entities`."""
    position += len(b"<!DOCTYPE")
    while sign := _DOCTYPE_SIGN.search(body, position):
        if sign[0] == b">":
            return sign.end()
        if sign[0] == b"[":
            position = _subset(body, sign.end(), entities)
        else:
            position = _after(body, sign[0], sign.end())
    return len(body)


def _subset(body: bytes, position: int, entities: dict[str, str]) -> int:
    """The position after an internal subset. Raises BadDocument for a bomb."""
    declared = 0
    while part := _PART.search(body, position):
        position = part.end()
        match part[0][:3].upper():
            case b"]":
                return position
            case b"<!-":
                position = _after(body, b"-->", position)
            case b"<?":
                position = _after(body, b"?>", position)
            case _:
                declared += 1
                if declared > _MAX_ENTITIES:
                    raise BadDocument("too many declarations in the DOCTYPE (an entity bomb?)")
                position = _declaration(body, part.start(), entities)
    return len(body)


def _declaration(body: bytes, start: int, entities: dict[str, str]) -> int:
    """The position after a declaration, which may hold ``>`` in quotes."""
    entity = _ENTITY.match(body, start)
    if entity is None:
        return _after_quoted(body, start + 2)
    quote = entity[2]
    end = body.find(quote, entity.end())
    if end < 0:
        return len(body)
    value = body[entity.end() : end]
    if value.count(b"&") - value.count(b"&#") > 3:
        raise BadDocument("entities made of entities are not expanded (an entity bomb?)")
    if len(value) <= _MAX_VALUE:
        text = html.unescape(value.decode("utf-8", "replace"))
        if not _INNER.search(text):
            entities.setdefault(entity[1].decode("ascii"), text)
    return _after(body, b">", end)


def _after_quoted(body: bytes, position: int) -> int:
    while sign := _DOCTYPE_SIGN.search(body, position):
        if sign[0] == b">":
            return sign.end()
        position = sign.end() if sign[0] == b"[" else _after(body, sign[0], sign.end())
    return len(body)
