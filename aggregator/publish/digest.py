"""Composes digests: feeds with one entry per day or week, which lists the best stories of a topic
in that time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape

from aggregator.model import MAX_TITLE, Entry, Feed, Link, Publisher, Ranked, Site, clean_text
from aggregator.publish.compose import NEVER, direction, feed_id
from aggregator.publish.escaping import safe, uri


@dataclass(frozen=True, slots=True)
class Period:
    """A day or week that has ended, from `start` (inclusive) to `end` (exclusive). Its stories are
    in rank order."""

    start: datetime
    end: datetime
    ranked: tuple[Ranked, ...]


def periods_before(now: datetime, interval: str) -> list[tuple[datetime, datetime]]:
    """The start (inclusive) and end (exclusive) of the last fourteen days (`interval` ``daily``) or
    of the last eight weeks from Monday (``weekly``) that have ended, in UTC, newest first."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    length = timedelta(days=1 if interval == "daily" else 7)
    end = today if interval == "daily" else today - timedelta(days=today.weekday())
    count = 14 if interval == "daily" else 8
    return [(end - length * (n + 1), end - length * n) for n in range(count)]


def compose_digest(
    slug: str, name: str, interval: str, site: Site, periods: Iterable[Period]
) -> Feed:
    """The digest (``daily`` or ``weekly``) of the topic `name`, under a slug of its own. The URL of
    an entry is that of the digest's page with the first day of the period as its fragment. Periods
    without stories have no entry."""
    feed = Feed(feed_id(site, slug), slug, f"{name}, {interval}", site, updated=NEVER)
    entries = tuple(_entry(feed, name, period) for period in periods if period.ranked)
    if not entries:
        return feed
    return replace(feed, entries=entries, updated=max(entry.updated for entry in entries))


def _entry(feed: Feed, name: str, period: Period) -> Entry:
    stories = [ranked.story for ranked in period.ranked]
    first_day = f"{period.start:%Y-%m-%d}"
    links = tuple(
        Link(uri(story.lead.url), story.title, story.lead.publisher.name, story.published)
        for story in stories
    )
    count = len(stories)
    articles = [article for story in stories for article in story.articles]
    entry = Entry(
        id=feed_id(feed.site, f"{feed.slug}#{first_day}"),
        url=uri(f"{feed.page_url}#{first_day}"),
        title=clean_text(f"{name}: {_span(period)}", MAX_TITLE),
        published=period.end,
        updated=max(period.end, *(story.updated for story in stories)),
        author=feed.site.title,
        publisher=Publisher(feed.site.title),
        summary=clean_text(f"{count} stor{'y' if count == 1 else 'ies'}, best first"),
        content=_content(period),
        anchor=first_day,
        related=links,
        publishers=len({article.publisher.name for article in articles}),
        articles=len(articles),
    )
    return safe(entry)


def _span(period: Period) -> str:
    """The period in words: ``5 November 2026`` or ``2 November to 8 November 2026``."""
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
