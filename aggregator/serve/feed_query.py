"""The query string of a feed on demand: parsed, limited, and in one canonical form.

/feeds/space.atom?q=telescope -hubble&min_quality=90&since=2026-11-01&limit=20
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from aggregator.queries import SORTS, Selection
from aggregator.serve.http_errors import BadQuery

MAX_QUERY = 1_000  # characters of a query string
MAX_ENTRIES = 500  # ten times the default: bounds the time and size of one response
DEFAULT_ENTRIES = 50
MAX_QUALITY = 1_000
MAX_OFFSET = 100_000  # stories; each one before an answer costs a little time
_KEYS = ("q", "topic", "publisher", "min_quality", "since", "limit", "sort")


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """The stories that a request selects. `canonical` is the query string with its keys sorted and
    without empty values, so that equal selections share one cached response."""

    selection: Selection
    canonical: str

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], *, paged: bool = False) -> FeedQuery:
        """Parse the pairs of a query string; only a `paged` one has an offset. Raises BadQuery for
        a key that is unknown or duplicate, and for a value out of its range."""
        values: dict[str, str] = {}
        keys = (*_KEYS, "offset") if paged else _KEYS
        for key, value in pairs:
            if key not in keys:
                raise BadQuery(f"{key}: unknown parameter; must be one of {', '.join(keys)}")
            if key in values:
                raise BadQuery(f"{key}: must be given only once")
            if value.strip():
                values[key] = value.strip()
        since = _date(values["since"]) if "since" in values else None
        quality = values.get("min_quality")
        min_quality = None if quality is None else _number("min_quality", quality, MAX_QUALITY)
        limit = _number("limit", values.get("limit", str(DEFAULT_ENTRIES)), MAX_ENTRIES)
        sort = values.get("sort", "rank")
        if sort not in SORTS:
            raise BadQuery(f"sort: must be one of {', '.join(SORTS)}")
        selection = Selection(
            values.get("q", ""),
            min_quality,
            since,
            values.get("publisher", ""),
            limit,
            values.get("topic", ""),
            sort,
            _number("offset", values.get("offset", "0"), MAX_OFFSET),
        )
        return cls(selection, urlencode(sorted(values.items())))

    def at(self, offset: int) -> str:
        """The query string of the same selection from another `offset` on."""
        pairs = [(key, value) for key, value in parse_qsl(self.canonical) if key != "offset"]
        return urlencode(sorted([*pairs, ("offset", str(offset))]))


def _number(key: str, text: str, maximum: int) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > maximum:
        raise BadQuery(f"{key}: must be a whole number from 0 to {maximum}")
    return int(text)


def _date(text: str) -> datetime:
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise BadQuery("since: must be an ISO 8601 date or time, such as 2026-11-01") from None
    return since if since.tzinfo else since.replace(tzinfo=UTC)
