"""Story files: YAML front matter between ``---`` lines, then a body that is mostly empty."""

from __future__ import annotations

import re
from dataclasses import replace

from aggregator.errors import BadDocument
from aggregator.model import Document, Item, Text, TextKind
from aggregator.read.kinds.base import Parsed
from aggregator.read.kinds.story_items import story_item
from aggregator.read.yamltext import load_yaml

_RULE = re.compile(r"^---[ \t]*$", re.MULTILINE)
_MAX_BODY = 20_000


def parse(document: Document) -> Parsed:
    """The story of a file with its related coverage. Raises BadDocument or BadItem with the
    line."""
    text = _decoded(document.body)
    opening = _RULE.match(text)
    if opening is None:
        raise BadDocument("no front matter: the first line must be ---", 1)
    closing = _RULE.search(text, opening.end())
    if closing is None:
        raise BadDocument("the front matter is not closed: a second line --- is missing", 1)
    loaded = load_yaml(text[opening.end() + 1 : closing.start()], first_line=2)
    if not isinstance(loaded.value, dict):
        raise BadDocument("the front matter is not a mapping of keys to values", 2)
    item = story_item(loaded.value, document.ref, loaded.line_of)
    if not item.summary:
        item = _with_summary(item, text[closing.end() :])
    return Parsed((item,))


def _decoded(body: bytes) -> str:
    if not body.strip():
        raise BadDocument("the file is empty (half saved?)")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise BadDocument(f"not UTF-8: byte 0x{body[error.start]:02x}", line) from None
    if (nul := text.find("\0")) >= 0:
        raise BadDocument("a NUL character", text.count("\n", 0, nul) + 1)
    return text.replace("\r\n", "\n") if "\r" in text else text


def _with_summary(item: Item, body: str) -> Item:
    text = body.strip()[:_MAX_BODY]
    if not text:
        return item
    return replace(item, summary=Text(text, TextKind.UNSTATED))
