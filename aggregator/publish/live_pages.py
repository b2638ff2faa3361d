"""The pages that only the program can serve: a story of its own, search, status, admin.

`hidden` names the parts that are not served (`http.disabled`): no page leads to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from urllib.parse import urlencode

from aggregator.model import Entry, Feed, Site
from aggregator.publish.html_pages import page
from aggregator.publish.registry import FORMATS


def story_page(
    entry: Entry, site: Site, feeds: Sequence[Feed], hidden: Collection[str] = ()
) -> bytes:
    """``/stories/<uuid>``: a story with all of its coverage."""
    return page("story.html", "../", live=True, hidden=hidden, entry=entry, site=site, feeds=feeds)


def search_page(
    asked: str,
    entries: Sequence[Entry],
    site: Site,
    feeds: Sequence[Feed],
    formats: Iterable[str],
    *,
    more: bool,
    hidden: Collection[str] = (),
) -> bytes:
    """``/search?q=``: what was found, and the same as a feed."""
    query = urlencode({"q": asked})
    subscribe = [(FORMATS[ext], f"feeds/all.{ext}?{query}") for ext in formats] if asked else []
    return page(
        "search.html", live=True, asked=asked, entries=entries, more=more, subscribe=subscribe,
        site=site, feeds=feeds, hidden=hidden,
    )  # fmt: skip


def status_page(
    sources: Sequence[object],
    failing: int,
    wrong: str,
    stories: int,
    days: int,
    site: Site,
    feeds: Sequence[Feed],
    hidden: Collection[str] = (),
) -> bytes:
    """``/status``: every source, as ``pipeline.SourceStatus`` tells; so many of them fail."""
    return page(
        "status.html", live=True, sources=sources, wrong=wrong, stories=stories, days=days,
        failing=failing, site=site, feeds=feeds, hidden=hidden,
    )  # fmt: skip


def admin_page(
    site: Site,
    feeds: Sequence[Feed],
    csrf: str,
    said: str = "",
    error: str = "",
    hidden: Collection[str] = (),
) -> bytes:
    """``/admin``: the log-in form, or with a CSRF token the forms that change something."""
    return page(
        "admin.html",
        "",
        live=True,
        csrf=csrf,
        said=said,
        error=error,
        site=site,
        feeds=feeds,
        hidden=hidden,
    )


def message_page(
    title: str,
    text: str,
    site: Site,
    feeds: Sequence[Feed],
    root: str,
    hidden: Collection[str] = (),
) -> bytes:
    """A page that says one thing."""
    return page(
        "message.html",
        root,
        live=True,
        title=title,
        text=text,
        site=site,
        feeds=feeds,
        hidden=hidden,
    )
