"""``/search``: the stories that match a query, and how to narrow it down and to subscribe to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape

from aggregator.model import Entry
from aggregator.publish.page_context import PageContext
from aggregator.publish.templating import render, rows_of

ORDERS = (("best", "search.best"), ("newest", "search.newest"), ("coverage", "topic.most_covered"))
"""The orders, with the keys of their names; the first one is the default."""
TIMES = (
    ("day", "search.day"),
    ("week", "search.week"),
    ("month", "search.month"),
    ("any", "search.any_time"),
)
"""The times, with the keys of their names; the last one is the default."""
_SHOWN_FACETS = 8  # publishers, and languages
Spans = Callable[[str], Sequence[tuple[int, int]]]
"""Where the words of a query are in a text: (start, end) in order, without overlaps."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked: the query `words`, the order `sort`, the time `when`, the page `number` from
    1."""

    words: str
    sort: str = "best"
    when: str = "any"
    number: int = 1

    def url(self, **changes: str | int) -> str:
        """The relative URL of the search with these changes; all but another page begin at the
        first one."""
        changed = replace(self, **{"number": 1, **changes})  # type: ignore[arg-type]
        values = {"q": changed.words}
        values |= {} if changed.sort == ORDERS[0][0] else {"sort": changed.sort}
        values |= {} if changed.when == TIMES[-1][0] else {"when": changed.when}
        values |= {} if changed.number == 1 else {"page": str(changed.number)}
        return f"?{urlencode(values)}"

    def narrowed(self, field: str, value: str) -> str:
        """The URL of the search with one term more, such as ``publisher:"The Times"``; empty for a
        term that it has, or that cannot be written."""
        term = f'{field}:"{value}"' if " " in value else f"{field}:{value}"
        if '"' in value or term.casefold() in self.words.casefold():
            return ""
        return self.url(words=f"{self.words} {term}")


@dataclass(frozen=True, slots=True)
class Found:
    """What is found: the `entries` of the page, the first of which is number `first` of `total`;
    `more`: others match less well. `publishers` and `languages` (codes) are those of what matches,
    with the number of their stories."""

    entries: Sequence[Entry] = ()
    first: int = 1
    total: int = 0
    more: bool = False
    publishers: Sequence[tuple[str, int]] = ()
    languages: Sequence[tuple[str, int]] = ()

    @property
    def last(self) -> int:
        """The number of the last story of the page."""
        return self.first + len(self.entries) - 1


def search_page(context: PageContext, search: Search, found: Found, spans: Spans) -> bytes:
    """The page; `spans` gives the words to mark. Without words it shows only how to ask."""
    feed = context.everything
    if feed is not None:
        feed = replace(feed, query=urlencode({"q": search.words}))
    return render(
        "search.html",
        context,
        query=search.words,
        search=search,
        found=found,
        entries=[_marked_entry(entry, spans) for entry in found.entries],
        feed=feed if search.words else None,
        orders=ORDERS,
        times=TIMES,
        facets=_facets(context, search, found),
        row=rows_of(context),
    )


def _facets(
    context: PageContext, search: Search, found: Found
) -> list[tuple[str, list[tuple[str, str, int, str]]]]:
    """What narrows the search down: keys of headings, each with (name, language, number, URL). One
    publisher or language that all stories have narrows nothing."""
    names = [(name, "", number, name) for name, number in found.publishers]
    languages = [
        (context.wording.language_name(code), code, number, code)
        for code, number in found.languages
    ]
    facets = []
    for heading, field, rows in (
        ("search.publisher", "publisher", names),
        ("search.language", "lang", languages),
    ):
        if len(rows) < 2:
            continue
        links = [
            (name, language, number, search.narrowed(field, value))
            for name, language, number, value in rows[:_SHOWN_FACETS]
        ]
        facets.append((heading, [link for link in links if link[-1]]))
    return facets


def _marked_entry(entry: Entry, spans: Spans) -> Entry:
    # Templates escape texts and leave HTML (Markup) as it is, so rows need not know of marks.
    html: dict[str, Any] = {
        "title": marked(entry.title, spans),
        "summary": marked(entry.summary, spans),
    }
    return replace(entry, **html)


def marked(text: str, spans: Spans) -> Markup:
    """The text as HTML, escaped, with the words of the query in ``mark``."""
    parts, end = [], 0
    for start, stop in spans(text):
        parts += [escape(text[end:start]), Markup("<mark>{}</mark>").format(text[start:stop])]
        end = stop
    return Markup("").join([*parts, escape(text[end:])])
