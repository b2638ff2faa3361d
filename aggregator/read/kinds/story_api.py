"""The story API: pages of JSON, ``{"page": 1, "value": [story, ...]}``, keys as in story files."""

from __future__ import annotations

from aggregator.errors import BadDocument, BadItem
from aggregator.model import Document, Json
from aggregator.read.kinds.base import Parsed
from aggregator.read.kinds.jsontext import load_json
from aggregator.read.kinds.story_items import story_item

_NEXT = ("next", "nextPage", "nextLink", "@odata.nextLink", "next_url")


def parse(document: Document) -> Parsed:
    """The stories of one page. Raises BadDocument where it has no list ``value``."""
    page = load_json(document.body)
    stories = page.get("value") if isinstance(page, dict) else None
    if not isinstance(page, dict) or not isinstance(stories, list):
        raise BadDocument('not a page of stories: no list "value"')
    items, bad = [], []
    for number, fields in enumerate(stories, 1):
        try:
            if not isinstance(fields, dict):
                raise BadItem("not a JSON object")
            items.append(story_item(fields, _ref(fields)))
        except BadItem as error:
            bad.append(BadItem(f"story {number} of the page: {error.reason}"))
    return Parsed(tuple(items), bad=tuple(bad), next_page=_next(page))


def _ref(fields: dict[str, Json]) -> str:
    names = ("_id", "id", "originalUrl", "webUrl")
    return next((str(fields[name]) for name in names if fields.get(name)), "")


def _next(page: dict[str, Json]) -> str:
    values = (page.get(name) for name in _NEXT)
    return next((value for value in values if isinstance(value, str)), "")
