"""A digest: a feed with one entry a day or week, holding what was on top of a topic then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from aggregator.model import Entry, Feed, Link, Publisher, Ranked, Site, clean_text
from aggregator.publish.compose import NEVER, direction
from aggregator.publish.escaping import safe, uri

_MAX_TITLE = 500  # characters


@dataclass(frozen=True, slots=True)
class Period:
    """A day or week that is over, from `start` to before `end`, with its stories, best first."""

    start: datetime
    end: datetime
    ranked: tuple[Ranked, ...]


def periods_before(now: datetime, every: str) -> list[tuple[datetime, datetime]]:
    """The last fourteen days (``daily``) or eight weeks from Monday (``weekly``) that are over, in
    UTC, the newest first."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    length = timedelta(days=1 if every == "daily" else 7)
    end = today if every == "daily" else today - timedelta(days=today.weekday())
    number = 14 if every == "daily" else 8
    return [(end - length * (n + 1), end - length * n) for n in range(number)]


def compose_digest(slug: str, name: str, every: str, site: Site, periods: Iterable[Period]) -> Feed:
    """The digest of the topic `name`, served under a slug of its own. The address of an entry is
    its place on the page of the digest."""
    page = f"{site.url}feeds/{quote(slug)}.html"
    entries = tuple(_entry(slug, name, page, site, period) for period in periods if period.ranked)
    return Feed(
        id=uuid5(NAMESPACE_URL, f"{site.url}feeds/{slug}").urn,
        slug=slug,
        title=f"{name}, {every}",
        site=site,
        updated=max((entry.updated for entry in entries), default=NEVER),
        entries=entries,
    )


def _entry(slug: str, name: str, page: str, site: Site, period: Period) -> Entry:
    stories = [ranked.story for ranked in period.ranked]
    links = tuple(
        Link(uri(story.lead.url), story.title, story.lead.publisher.name, story.published)
        for story in stories
    )
    number = len(stories)
    entry = Entry(
        id=uuid5(NAMESPACE_URL, f"{site.url}feeds/{slug}#{period.start:%Y-%m-%d}").urn,
        url=uri(f"{page}#{period.start:%Y-%m-%d}"),
        title=clean_text(f"{name}: {_span(period)}", _MAX_TITLE),
        published=period.end,
        updated=max(period.end, *(story.updated for story in stories)),
        author=site.title,
        publisher=Publisher(site.title),
        summary=clean_text(f"{number} stor{'y' if number == 1 else 'ies'}, the best first"),
        content=_content(period),
        anchor=f"{period.start:%Y-%m-%d}",
        related=links,
    )
    return safe(entry)


def _span(period: Period) -> str:
    last = period.end - timedelta(days=1)
    day = f"{last.day} {last:%B %Y}"
    if last == period.start:
        return day
    return f"{period.start.day} {period.start:%B} to {day}"


def _content(period: Period) -> str:
    rows = []
    for ranked in period.ranked:
        story, lead = ranked.story, ranked.story.lead
        more = f", and {len(story.coverage)} more" if story.coverage else ""
        excerpt = f"<br>{escape(lead.excerpt)}" if lead.excerpt else ""
        rows.append(
            f'<li{direction(story.title)}><a href="{escape(uri(lead.url))}">'
            f"{escape(story.title)}</a> – "
            f"{escape(lead.publisher.name)}{more}{excerpt}</li>"
        )
    return f"<ol>{''.join(rows)}</ol>"
