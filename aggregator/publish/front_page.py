"""The front page: the first stories of all topics, the newest ones, and a section a topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from aggregator.model import Entry, Feed
from aggregator.publish.fragments import Fragments
from aggregator.publish.page_context import PageContext
from aggregator.publish.templating import render, rows_of

TOP = 11  # stories in the main column
JUST_IN = 11
SECTION = 4  # stories of a section at most
_IN_SECTIONS = 36  # in all: a page with many topics has fewer stories of each, but never one
SUBSECTION = 2
_OF_A_PUBLISHER = 2  # of the newest stories: one that publishes many at once is no news
_LEAD = 3  # publishers of the first story, without which it is a row like the others
_GAINING = 3  # stories
_GAINED = 2  # new articles in the last hour


@dataclass(frozen=True, slots=True)
class Section:
    """A topic of the front page with its stories, and the sections of the topics under it."""

    feed: Feed
    entries: Sequence[Entry]
    below: Sequence[Section] = ()


def front_page(context: PageContext, fragments: Fragments | None = None) -> bytes:
    """``index.html``. `fragments` are rows of stories that were rendered for this page before, with
    the same formats, root and kind, live or not."""
    everything = context.everything
    top = everything.entries[:TOP] if everything else ()
    if not everything:  # its feed is private: the first stories of the topics stand for it
        top = tuple(islice(_unique(feed.entries[:1] for feed in context.topics), TOP))
    sections = list(sections_of(context, top))
    newest = just_in(context)
    lead = top[0] if top and is_lead(context, top[0]) else None
    return render(
        "index.html",
        context,
        current="index",
        lead=lead,
        top=[entry for entry in top if entry is not lead],
        sections=sections,
        just_in=newest,
        gaining=gaining(context),
        digest=next(iter(context.digests), None),
        row=rows_of(context, fragments),
    )


def is_lead(context: PageContext, entry: Entry) -> bool:
    """Whether the first story opens the page over the whole column."""
    return entry.publishers >= _LEAD and context.picture(entry) is not None


def sections_of(context: PageContext, shown: Iterable[Entry]) -> Iterator[Section]:
    """The sections of all topics that have stories. No story is shown twice: not what is `shown`
    already, and a story of several topics where it ranks best."""
    places: dict[str, tuple[int, int]] = {}
    for number, feed in enumerate(context.topics):
        for position, entry in enumerate(feed.entries):
            places[entry.id] = min(places.get(entry.id, (position, number)), (position, number))
    used = {entry.id for entry in shown}

    def section(feed: Feed, number: int, most: int) -> Section:
        entries = [
            entry
            for entry in feed.entries
            if entry.id not in used and places[entry.id][1] == number
        ][:most]
        used.update(entry.id for entry in entries)
        below = [
            section(topic, numbers[topic.slug], SUBSECTION) for topic in context.below(feed.slug)
        ]
        return Section(feed, entries, [part for part in below if part.entries])

    numbers = {feed.slug: number for number, feed in enumerate(context.topics)}
    size = max(2, min(SECTION, _IN_SECTIONS // max(len(context.menu), 1)))
    for feed in context.menu:
        part = section(feed, numbers[feed.slug], size)
        if part.entries or part.below:
            yield part


def just_in(context: PageContext) -> list[Entry]:
    """The stories that were published last, at most two of a publisher."""
    feeds = [feed for feed in context.feeds if not feed.is_digest]
    entries = _unique(feed.entries for feed in feeds)
    newest = sorted(entries, key=lambda entry: (entry.published, entry.id), reverse=True)
    counts: Counter[str] = Counter()
    shown = []
    for entry in newest:
        counts[entry.publisher.name] += 1
        if counts[entry.publisher.name] <= _OF_A_PUBLISHER:
            shown.append(entry)
    return shown[:JUST_IN]


def gaining(context: PageContext) -> list[tuple[Entry, int]]:
    """The stories that got most articles in the last hour, with their number; none on a page that
    stays as it is."""
    if context.now is None:
        return []
    hour = context.now - timedelta(hours=1)
    feeds = [feed for feed in context.feeds if not feed.is_digest]
    counts = [
        (entry, sum(link.published > hour for link in entry.related))
        for entry in _unique(feed.entries for feed in feeds)
    ]
    grown = [(entry, number) for entry, number in counts if number >= _GAINED]
    return sorted(grown, key=lambda pair: (-pair[1], pair[0].id))[:_GAINING]


def _unique(parts: Iterable[Iterable[Entry]]) -> Iterator[Entry]:
    seen: set[str] = set()
    for entries in parts:
        for entry in entries:
            if entry.id not in seen:
                seen.add(entry.id)
                yield entry
