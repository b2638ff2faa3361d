"""JSON lines: one article per line, with at least ``url`` and ``title``."""

from __future__ import annotations

from aggregator.errors import BadDocument, BadItem
from aggregator.model import Document, Item, Json
from aggregator.read.kinds.base import Parsed
from aggregator.read.kinds.jsontext import load_json
from aggregator.read.kinds.story_items import story_item

_MAX_LINE = 1_000_000  # bytes
_MAX_LINES = 200_000
_MAX_BAD = 1_000


def parse(document: Document) -> Parsed:
    """The articles of the readable lines; the others are in `bad`, with their line numbers. Raises
    BadDocument where no line can be read.

    Reading stops after 1,000 bad lines, since the file then has another format, or 200,000 lines.
    """
    items: list[Item] = []
    bad: list[BadItem] = []
    for number, line in enumerate(document.body.splitlines(), 1):
        if not line.strip():
            continue
        if number > _MAX_LINES or len(bad) >= _MAX_BAD:
            bad.append(BadItem("the lines from here on are not read: too many", number))
            break
        try:
            items.append(_item(line, number))
        except BadItem as error:
            bad.append(error)
    if bad and not items:
        raise BadDocument(f"no line can be read: {bad[0].reason}", bad[0].line)
    return Parsed(tuple(items), bad=tuple(bad))


def _item(line: bytes, number: int) -> Item:
    if len(line) > _MAX_LINE:
        raise BadItem(f"longer than {_MAX_LINE:,} bytes", number)
    try:
        fields = load_json(line)
    except BadDocument as error:
        raise BadItem(error.reason, number) from None
    if not isinstance(fields, dict):
        raise BadItem("not a JSON object", number)
    fields["related"] = _related(fields.get("related"))
    ref = str(fields.get("id") or fields.get("url") or "")
    return story_item(fields, ref, lambda _path: number)


def _related(value: Json) -> list[Json]:
    """Related coverage: objects like the line itself, or mere addresses, which are also the
    titles."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [{"url": v, "title": v} if isinstance(v, str) else v for v in values]
