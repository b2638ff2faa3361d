"""The page for an address where there is none (404), or none any more (410)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from aggregator.model import Entry, Feed, clean_text
from aggregator.model.text import fold_text
from aggregator.publish.page_context import PageContext
from aggregator.publish.templating import render, rows_of

_MAX_PATH = 200  # characters that are shown
_MAX_WORDS = 8
_WORD = re.compile(r"[^\W\d_]{2,}")
_NO_WORDS = frozenset({"html", "htm", "php", "index", "feeds", "feed", "stories", "rss", "atom"})
_UUID = re.compile(r"[0-9a-f-]{20,}", re.IGNORECASE)
_SIMILAR = 0.7  # of difflib's ratio: "spcae" and "space" have 0.8, "sports" and "space" 0.36


def missing_page(
    context: PageContext,
    path: str,
    top: Sequence[Entry],
    *,
    prefix: str = "",
    gone: bool = False,
) -> bytes:
    """The page for an address with this decoded `path`: the topic that may be meant, a search for
    the words of the path, the stories at the `top`, and all topics. `prefix`: the path of
    the site, which people see before it. `gone`: something was there."""
    return render(
        "missing.html",
        context,
        path=clean_text(prefix + path, _MAX_PATH),
        gone=gone,
        meant=_near_miss(context, path),
        words=words_of_path(path),
        top=top,
        row=rows_of(context),
    )


def words_of_path(path: str) -> str:
    """The words of a path that say what was looked for, as a query."""
    words = _WORD.findall(_UUID.sub(" ", clean_text(path, _MAX_PATH)))
    return " ".join([word for word in words if word.lower() not in _NO_WORDS][:_MAX_WORDS])


def _near_miss(context: PageContext, path: str) -> Feed | None:
    """The topic whose slug or name is most like the last name of a path; None if none is."""
    name = clean_text(path, _MAX_PATH).rstrip("/").rpartition("/")[2].partition(".")[0]
    feeds: dict[str, Feed] = {}
    for feed in context.topics:
        feeds.setdefault(fold_text(feed.slug), feed)
        feeds.setdefault(fold_text(feed.title).replace(" ", "-"), feed)
    similar = get_close_matches(fold_text(name), feeds, n=1, cutoff=_SIMILAR)
    return feeds[similar[0]] if similar else None
