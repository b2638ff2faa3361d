"""The HTML pages, rendered from the templates by pure functions; the front page and the page of a
story have modules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aggregator.model import Entry, Feed
from aggregator.publish.fragments import Fragments
from aggregator.publish.page_context import PageContext
from aggregator.publish.templating import render, rows_of

PAGE_SIZE = 30
"""The stories of a page of a topic."""
SORTS = (
    ("rank", "topic.top"),
    ("newest", "topic.latest"),
    ("coverage", "topic.most_covered"),
)
"""The orders of a live page of a topic, with the keys of their names."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a topic a page shows: page `number` (from 1) in the order `sort`; `more`: there
    is a further one. A page of a static output has no `sorts` and shows what its feed has."""

    sort: str = "rank"
    number: int = 1
    more: bool = False
    sorts: Sequence[tuple[str, str]] = ()

    @property
    def first(self) -> int:
        """The number of the first story of the page."""
        return (self.number - 1) * PAGE_SIZE + 1

    def url(self, sort: str, number: int) -> str:
        """The relative URL of another order or page."""
        values = {"sort": sort, "page": number}
        defaults = {"sort": "rank", "page": 1}
        query = urlencode({name: v for name, v in values.items() if v != defaults[name]})
        return f"?{query}"


def topic_page(
    context: PageContext,
    feed: Feed,
    entries: Sequence[Entry],
    paging: Paging,
    covered: Sequence[Entry] = (),
    fragments: Fragments | None = None,
) -> bytes:
    """``<slug>.html``: stories of a topic, each with its coverage; `covered` are those that most
    publishers covered in the last week. `fragments` of this page (with the same root and kind, live
    or not) are not rendered again."""
    return render(
        "topic.html",
        context,
        current=feed.slug,
        feed=feed,
        entries=entries,
        paging=paging,
        covered=covered,
        row=rows_of(context, fragments),
    )


def admin_page(context: PageContext, csrf: str, notice: str = "", error: str = "") -> bytes:
    """``/admin``: the forms that change the configuration, or without a CSRF token the log-in
    form. `notice` is the result of the last change, `error` why it failed."""
    return render("admin.html", context, csrf=csrf, notice=notice, error=error)
