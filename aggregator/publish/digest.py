"""Composes digests: feeds with one entry per day or week, which lists the best stories of a topic
in that time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aggregator.model import (
    EVERYTHING,
    MAX_TITLE,
    Entry,
    Feed,
    Image,
    Link,
    Publisher,
    Ranked,
    Site,
    Story,
    clean_text,
)
from aggregator.publish.compose import NEVER, direction, feed_id
from aggregator.publish.escaping import link_uri, safe, uri
from aggregator.publish.wording import Wording

MAX_PICTURES = 6
"""The pictures of one entry: those of its first stories that have one."""
MAX_NAMES = 4
"""The publishers that are named beside that of the lead; of the others only their number is."""
_PICTURE_WIDTH = 320  # pixels


@dataclass(frozen=True, slots=True)
class Period:
    """A day or week that has ended, from `start` (inclusive) to `end` (exclusive). Its stories are
    in rank order."""

    start: datetime
    end: datetime
    ranked: tuple[Ranked, ...]


def periods_before(
    now: datetime, interval: str, zone: str = "UTC"
) -> list[tuple[datetime, datetime]]:
    """The start (inclusive) and end (exclusive) of the last fourteen days (`interval` ``daily``) or
    of the last eight weeks from Monday (``weekly``) that have ended in a time `zone` (IANA), newest
    first. A day of that zone may have 23 or 25 hours."""
    today = now.astimezone(ZoneInfo(zone)).date()
    end = today if interval == "daily" else today - timedelta(days=today.weekday())
    days, count = (1, 14) if interval == "daily" else (7, 8)
    firsts = (end - timedelta(days=days * (number + 1)) for number in range(count))
    return [period_from(first, interval, zone) for first in firsts]


def period_from(first: date, interval: str, zone: str) -> tuple[datetime, datetime]:
    """The start (inclusive) and end (exclusive), in UTC, of the day (``daily``) or of the seven
    days (``weekly``) that begin with the day `first` of a time `zone` (IANA)."""
    after = first + timedelta(days=1 if interval == "daily" else 7)
    start, end = (
        datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for day in (first, after)
    )
    return start, end


def period_path(first: date, interval: str, topic: str = EVERYTHING) -> str:
    """The path of the page of a day or a week, relative to the URL of the site: ``2026/11/24`` or
    ``2026/w48`` (of ISO 8601), with the query ``topic`` for the stories of one topic (slug)."""
    if interval == "daily":
        path = f"{first:%Y/%m/%d}"
    else:
        year, week, _ = first.isocalendar()
        path = f"{year:04}/w{week:02}"
    return path if topic == EVERYTHING else f"{path}?{urlencode({'topic': topic})}"


def period_name(first: date, interval: str, words: Wording) -> str:
    """A day or week in words: ``Tuesday, 24 November 2026``, ``Week of Monday, …``."""
    day = words.full_day(first)
    return day if interval == "daily" else words("digest.week", date=day)


def compose_digest(
    slug: str,
    name: str,
    interval: str,
    site: Site,
    periods: Iterable[Period],
    topic: str = EVERYTHING,
) -> Feed:
    """The digest (``daily`` or ``weekly``) of the topic `name`, under a slug of its own. The URL of
    an entry is that of the page of its day or week with the stories of the `topic` (slug); where
    the site has no such pages, it is that of the digest's page with the first day of the period as
    its fragment. Periods without stories have no entry."""
    words = Wording.of(site)
    title = words(f"digest.{interval}", topic=name)
    feed = Feed(feed_id(site, slug), slug, title, site, NEVER, interval=interval)
    digest = _Digest(feed, name, interval, topic, words)
    entries = tuple(digest.entry(period) for period in periods if period.ranked)
    if not entries:
        return feed
    return replace(feed, entries=entries, updated=max(entry.updated for entry in entries))


@dataclass(frozen=True, slots=True)
class _Digest:
    """What all entries of a digest have in common."""

    feed: Feed
    name: str
    interval: str
    topic: str
    words: Wording

    def entry(self, period: Period) -> Entry:
        """The entry of a period."""
        feed, words = self.feed, self.words
        stories = [as_of(ranked.story, period.end) for ranked in period.ranked]
        first = words.date_of(period.start)
        anchor = f"{first:%Y-%m-%d}"
        when = period_name(first, self.interval, words)
        path = period_path(first, self.interval, self.topic)
        page = f"{feed.site.url}{path}" if feed.site.story_pages else f"{feed.page_url}#{anchor}"
        articles = [article for story in stories for article in story.articles]
        entry = Entry(
            id=feed_id(feed.site, f"{feed.slug}#{anchor}"),
            url=uri(page),
            title=clean_text(f"{self.name}: {when}", MAX_TITLE),
            published=period.end,
            updated=_updated(period, stories),
            author=feed.site.title,
            publisher=Publisher(feed.site.title),
            summary=clean_text(summary_of(stories, words), MAX_TITLE),
            content=_content(stories, feed.site, words),
            anchor=anchor,
            image=_first_image(stories),
            related=tuple(map(_link, stories)),
            publishers=len({article.publisher.name for article in articles}),
            articles=len(articles),
        )
        return safe(entry)


def _updated(period: Period, stories: Iterable[Story]) -> datetime:
    """When an entry changed: `stories` are those of the period as of its end. One that has got
    articles since then is shown as it was, so its update is none of the entry."""
    pairs = zip((ranked.story for ranked in period.ranked), stories, strict=True)
    return max(period.end, *(story.updated for story, shown in pairs if story is shown), period.end)


def summary_of(stories: Iterable[Story], words: Wording) -> str:
    """How much it is to read: ``10 stories from 40 articles by 20 publishers; …``."""
    stories = list(stories)
    articles = [article for story in stories for article in story.articles]
    publishers = {article.publisher.name for article in articles}
    minutes = max(1, round(len(stories) / 2))  # half a minute for a headline and an excerpt
    return words(
        "digest.summary",
        stories=words("digest.stories", len(stories)),
        articles=words("story.articles", len(articles)),
        publishers=words("story.publishers", len(publishers)),
        minutes=words("digest.minutes", minutes),
    )


def other_publishers(story: Story) -> list[tuple[str, str]]:
    """The publishers that cover a story besides that of its lead, each once: the name, and the URL
    of the best article."""
    urls: dict[str, str] = {}
    for article in story.coverage:
        if article.publisher.name != story.lead.publisher.name:
            urls.setdefault(article.publisher.name, link_uri(article.url))
    return list(urls.items())


def as_of(story: Story, end: datetime) -> Story:
    """The story with the articles that were published before `end`."""
    early = [article for article in story.articles if article.published < end]
    if not early or len(early) == len(story.articles):
        return story
    lead, *coverage = early
    title = story.title if lead is story.lead else lead.title
    return replace(story, title=title, lead=lead, coverage=tuple(coverage))


def _first_image(stories: Iterable[Story]) -> Image | None:
    images = (story.lead.image for story in stories if story.lead.image)
    image = next(images, None)
    return replace(image, url=uri(image.url)) if image else None


def _link(story: Story) -> Link:
    lead, url = story.lead, link_uri(story.lead.url)
    return Link(url, story.title, lead.publisher.name, story.published, (), lead.lang)


def _content(stories: Iterable[Story], site: Site, words: Wording) -> str:
    rows, pictures = [], 0
    for story in stories:
        has_picture = story.lead.image is not None and pictures < MAX_PICTURES
        pictures += has_picture
        rows.append(_row(story, site, words, has_picture=has_picture))
    return f"<ol>{''.join(rows)}</ol>"


def _row(story: Story, site: Site, words: Wording, *, has_picture: bool) -> str:
    lead = story.lead
    language = f' lang="{escape(lead.lang)}"' if lead.lang else ""
    parts = [
        f'<p><strong><a href="{escape(link_uri(lead.url))}"{language}>'
        f"{escape(story.title or lead.url)}</a></strong></p>"
    ]
    if has_picture and lead.image:
        parts.append(
            f'<p><img src="{escape(uri(lead.image.url))}" alt="" width="{_PICTURE_WIDTH}"'
            ' style="max-width:100%;height:auto"></p>'
        )
    if lead.excerpt:
        parts.append(f"<p{language}>{escape(lead.excerpt)}</p>")
    parts.append(f"<p><small>{_coverage(story, site, words)}</small></p>")
    return f"<li{direction(story.title)}>{''.join(parts)}</li>"


def _coverage(story: Story, site: Site, words: Wording) -> str:
    """The publishers, the first ones with their articles, and the number of the others."""
    others = other_publishers(story)
    names = [f"<b>{escape(story.lead.publisher.name)}</b>"]
    names += [f'<a href="{escape(url)}">{escape(name)}</a>' for name, url in others[:MAX_NAMES]]
    text, page = ", ".join(names), site.story_page(story.id)
    if len(others) > MAX_NAMES:
        more = escape(words("entry.and_more", len(others) - MAX_NAMES))
        return f'{text} <a href="{escape(page)}">{more}</a>' if page else f"{text} {more}"
    whole = escape(words("entry.whole_story"))
    return f'{text} · <a href="{escape(page)}">{whole}</a>' if page else text
