"""The page of one story: who says what, since when, and why it is where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from aggregator.model import Entry, Feed, Link
from aggregator.model.times import rfc3339
from aggregator.publish.page_context import PageContext
from aggregator.publish.templating import render

SHOWN = 40  # articles of a timeline that are shown at once; the rest of each day is folded
_ONE_A_DAY = 100  # in a larger story, a publisher has one article a day
_STRIPES = 48  # of the pulse, at most
_HEIGHT = 40  # units of the SVG of the pulse


@dataclass(frozen=True, slots=True)
class Why:
    """Why a story is at its `place` among `number` stories: its score in `points`, and the `terms`
    of the score as (name, points, explanation). `evidence` is the key of the words for what its
    articles share."""

    place: int = 0
    number: int = 0
    points: float = 0
    terms: Sequence[tuple[str, float, str]] = ()
    evidence: str = "whole_story.names_places_time"

    def share(self, points: float) -> int:
        """The part of the largest term that these points are, in percent."""
        largest = max((abs(value) for _, value, _ in self.terms), default=0)
        return round(100 * max(points, 0) / largest) if largest else 0


@dataclass(frozen=True, slots=True)
class Day:
    """The articles of a day that are shown, and the others, which are folded."""

    day: date
    number: int
    shown: Sequence[Link]
    folded: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Pulse:
    """The numbers of articles in equal lengths of time, as bars (x, height) of an SVG of `width`
    units, from `first` to `last`; `most` in one of them."""

    first: datetime
    last: datetime
    most: int
    bars: Sequence[tuple[int, int]]
    width: int = _STRIPES * 5
    height: int = _HEIGHT


@dataclass(frozen=True, slots=True)
class StoryView:
    """What the page of a story shows beside the story itself. `topic` is the first of its topics
    with a feed, `sort` ``newest`` or ``oldest``."""

    topic: Feed | None = None
    related: Sequence[Entry] = ()
    why: Why = field(default_factory=Why)
    sort: str = "newest"


def story_page(context: PageContext, entry: Entry, view: StoryView) -> bytes:
    """``/stories/<uuid>``: a story (an entry with all of its coverage)."""
    articles = timeline(entry)
    topics = {feed.slug: feed for feed in context.feeds}
    return render(
        "story.html",
        context,
        entry=entry,
        view=view,
        first=min(articles, key=lambda link: (link.published, link.url)),
        days=list(days_of(context, articles, newest_first=view.sort == "newest")),
        pulse=pulse_of(articles),
        topics=[topics[c.term] for c in entry.categories if c.term in topics],
        data=structured_data(context, entry, articles),
    )


def timeline(entry: Entry) -> list[Link]:
    """All articles of a story, the lead among them, the oldest first."""
    lead = Link(
        entry.url,
        entry.title,
        entry.publisher.name,
        entry.lead_published or entry.published,
        entry.copies,
        lang=entry.lang,
        video=entry.video,
    )
    articles = [lead, *entry.related]
    return sorted(articles, key=lambda link: (link.published, link.url))


def days_of(context: PageContext, articles: Sequence[Link], *, newest_first: bool) -> Iterator[Day]:
    """The articles by the day of the site's time zone."""
    ordered = list(reversed(articles)) if newest_first else list(articles)
    left = SHOWN
    for day, links in groupby(ordered, key=lambda link: context.wording.date_of(link.published)):
        of_day = list(links)
        number = len(of_day)
        if len(articles) > _ONE_A_DAY:
            of_day = list({link.publisher: link for link in reversed(of_day)}.values())[::-1]
        shown = of_day[:left]
        left -= len(shown)
        yield Day(day, number, shown, of_day[len(shown) :])


def pulse_of(articles: Sequence[Link]) -> Pulse | None:
    """How many articles there were at which time; None for a single article."""
    first, last = articles[0].published, articles[-1].published
    if len(articles) < 3 or last - first < timedelta(minutes=1):
        return None
    length = (last - first) / (_STRIPES - 1)
    counts = [0] * _STRIPES
    for link in articles:
        counts[int((link.published - first) / length)] += 1
    most = max(counts)
    bars = [
        (number * 5, max(2, round(_HEIGHT * count / most)))
        for number, count in enumerate(counts)
        if count
    ]
    return Pulse(first, last, most, bars)


def structured_data(
    context: PageContext, entry: Entry, articles: Sequence[Link]
) -> Mapping[str, object]:
    """The story for search engines (schema.org): a page that lists articles of others. It is no
    ``NewsArticle`` itself, since it is not ours."""
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "item": {
                "@type": "NewsArticle",
                "headline": link.title,
                "url": link.url,
                "datePublished": rfc3339(link.published),
                "publisher": {"@type": "Organization", "name": link.publisher},
                **({"inLanguage": link.lang} if link.lang else {}),
            },
        }
        for position, link in enumerate(reversed(articles[-SHOWN:]), 1)
    ]
    site = context.site
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": entry.title,
        "description": entry.summary,
        "url": f"{site.url}{context.story_path(entry)}",
        "dateModified": rfc3339(entry.updated),
        "isPartOf": {"@type": "WebSite", "name": site.title, "url": site.url},
        "mainEntity": {
            "@type": "ItemList",
            "numberOfItems": entry.articles,
            "itemListElement": items,
        },
    }
