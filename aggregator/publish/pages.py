"""The HTML pages, rendered from the templates by pure functions.

`index_page` and `topic_page` render files and live pages; the others are live pages only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlencode

from aggregator.model import Entry, Feed, Site, Source, SourceState, story_path
from aggregator.model.times import rfc3339
from aggregator.publish.compose import more_text, time_text
from aggregator.publish.fragments import Fragments
from aggregator.publish.picture_urls import NO_PICTURES, Pictures
from aggregator.publish.registry import FORMATS, Format

if TYPE_CHECKING:
    from jinja2 import Environment

T = TypeVar("T")
STORIES_PER_TOPIC = 5
"""The stories of each topic on the index page."""
# Languages of the Arabic, Hebrew, Syriac and Thaana scripts (their usual ones, by CLDR).
_RIGHT_TO_LEFT = frozenset(
    {"ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "syr", "ug", "ur", "yi"}
)
_SPARKLINE_HEIGHT = 20  # units of the SVG in `macros.html`


@dataclass(frozen=True, slots=True)
class PageContext:
    """What surrounds the content of every page. `feeds` are the topics of the menu. `root` is the
    relative URL of the folder of the index page. A `live` page is served by the program and has a
    search form, permanent links and news of changes; it does not link to the `hidden` parts (names
    as in ``http.disabled``). `pictures` are those that it may show; their paths follow `root`."""

    site: Site
    feeds: Sequence[Feed]
    root: str = ""
    live: bool = False
    hidden: Collection[str] = ()
    pictures: Pictures = NO_PICTURES


class StatusRow(Protocol):
    """A source on the status page: ``queries.SourceStatus``."""

    @property
    def source(self) -> Source:
        """The source, with its name and location."""
        ...

    @property
    def state(self) -> SourceState:
        """Its last success, next poll, and last error."""
        ...

    @property
    def failing(self) -> bool:
        """Whether the last reading failed."""
        ...

    @property
    def condition(self) -> str:
        """A short text, such as ``ok`` or ``failing``."""
        ...

    @property
    def todo(self) -> str:
        """What to do about the last error; empty: nothing."""
        ...

    @property
    def articles(self) -> int:
        """The number of its own articles in the store."""
        ...

    @property
    def days(self) -> Sequence[tuple[int, int]]:
        """(articles, failures) of each of the last days (UTC), oldest first."""
        ...


def index_page(
    context: PageContext, formats: Iterable[str], fragments: Fragments | None = None
) -> bytes:
    """``index.html``: the topics with their feeds and their first stories. `fragments` of this page
    (with the same formats, root and kind, live or not) are not rendered again."""
    chosen = _formats(formats)
    page = _render("index.html", context, formats=chosen, sections=_GAP)

    def section(feed: Feed) -> str:
        values = (chosen, STORIES_PER_TOPIC, context.root, context.live)
        return _macro("topic_section", feed, _GAP, *values)

    return _filled(page, context.feeds, section, fragments)


def topic_page(
    context: PageContext,
    feed: Feed,
    formats: Iterable[str],
    fragments: Fragments | None = None,
) -> bytes:
    """``<slug>.html``: the stories of a topic in rank order, each with its coverage. `fragments` of
    this page (with the same root and kind, live or not) are not rendered again."""
    page = _render("topic.html", context, feed=feed, stories=_GAP, formats=_formats(formats))

    def story(entry: Entry) -> str:
        return _macro("story", entry, _GAP, context.root, context.live) + "\n"

    return _filled(page, feed.entries, story, fragments)


def story_page(context: PageContext, entry: Entry) -> bytes:
    """``/stories/<uuid>``: a story with all of its coverage."""
    return _render("story.html", context, entry=entry)


def search_page(
    context: PageContext,
    query: str,
    entries: Sequence[Entry],
    formats: Iterable[str],
    *,
    more: bool,
) -> bytes:
    """``/search?q=``: the stories that match a query, with links to the same search as a feed. An
    empty query shows only the help. `more`: further stories match."""
    feed_query = urlencode({"q": query})
    subscribe = [
        (chosen, f"feeds/all.{chosen.ext}?{feed_query}") for chosen in _formats(formats) if query
    ]
    return _render(
        "search.html", context, query=query, entries=entries, more=more, subscribe=subscribe
    )


def status_page(
    context: PageContext, sources: Sequence[StatusRow], problem: str, stories: int, days: int
) -> bytes:
    """``/status``: every source, with a history of so many `days`. `problem` is what is wrong with
    the program itself (empty: nothing), `stories` the number of current stories."""
    failing = sum(source.failing for source in sources)
    return _render(
        "status.html",
        context,
        sources=sources,
        failing=failing,
        problem=problem,
        stories=stories,
        days=days,
    )


def admin_page(context: PageContext, csrf: str, notice: str = "", error: str = "") -> bytes:
    """``/admin``: the forms that change the configuration, or without a CSRF token the log-in
    form. `notice` is the result of the last change, `error` why it failed."""
    return _render("admin.html", context, csrf=csrf, notice=notice, error=error)


def message_page(context: PageContext, title: str, text: str) -> bytes:
    """A page with one message, such as that of an error."""
    return _render("message.html", context, title=title, text=text)


def _render(template: str, context: PageContext, **values: object) -> bytes:
    surroundings = {
        "site": context.site,
        "feeds": context.feeds,
        "root": context.root,
        "live": context.live,
        "hidden": context.hidden,
        "query": "",
    }
    return _environment().get_template(template).render(surroundings | values).encode()


class _Gap:
    """A value of a template whose place is found again in what is rendered: ``<>``, which no text
    can contain, because ``<`` is escaped."""

    text = b"<>"

    def __html__(self) -> str:
        return self.text.decode()


_GAP = _Gap()


def _macro(name: str, *values: object) -> str:
    """What a macro of ``macros.html`` gives for these values."""
    macro: Callable[..., str] = getattr(_environment().get_template("macros.html").module, name)
    return macro(*values)


def _filled(
    page: bytes,
    items: Sequence[T],
    render: Callable[[T], str],
    fragments: Fragments | None,
) -> bytes:
    """The page with the items (or nothing, if there are none) in its gap."""
    fragments = fragments or Fragments()
    new = (tuple(render(item).encode().split(_GAP.text)) for item in fragments.missing(items))
    head, _, tail = page.partition(_GAP.text)
    return head + b"".join(fragments.put_together(items, new)) + tail


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("aggregator.publish"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "bars": _bars,
        "direction": _direction,
        "history_summary": _history_summary,
        "hue": _hue,
        "letter": _letter,
        "more_text": more_text,
        "rfc3339": rfc3339,
        "story_path": story_path,
        "when": _when,
    }
    return environment


def _formats(extensions: Iterable[str]) -> list[Format]:
    return [FORMATS[ext] for ext in extensions]


def _when(moment: datetime) -> str:
    return f"{moment:%a} {time_text(moment)}"


def _hue(name: str) -> int:
    """The number of one of twelve colours (``.hue0`` to ``.hue11``), always the same for a name."""
    return sum(name.encode()) % 12


def _letter(name: str) -> str:
    """The letter that stands for a publisher instead of its icon."""
    return next((character for character in name if character.isalnum()), "?").upper()


def _direction(language: str) -> str:
    """The writing direction of a page in this language."""
    primary = language.partition("-")[0].lower()
    return "rtl" if primary in _RIGHT_TO_LEFT else "ltr"


def _bars(days: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The bars of a sparkline of (articles, failures) per day: position and height."""
    most = max((number for number, _ in days), default=0)
    return [
        (x, max(1, round(_SPARKLINE_HEIGHT * number / most)))
        for x, (number, _) in enumerate(days)
        if number
    ]


def _history_summary(days: Sequence[tuple[int, int]]) -> str:
    """The content of a sparkline in words, as its accessible name."""
    articles, failures = sum(number for number, _ in days), sum(failed for _, failed in days)
    return f"{articles} articles and {failures} failures in {len(days)} days"
