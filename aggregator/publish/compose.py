"""Stories to entries: what a subscriber sees of a story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType
from uuid import NAMESPACE_URL, uuid5

from aggregator.model import (
    Article,
    Category,
    Enclosure,
    Entry,
    Feed,
    Image,
    Link,
    Site,
    Story,
    Tombstone,
)
from aggregator.publish.escaping import is_right_to_left, safe, uri

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was updated, until somebody who knows better says it."""


def compose_feed(
    slug: str,
    title: str,
    site: Site,
    stories: Iterable[Story],
    names: Mapping[str, str],
    ended: Iterable[Tombstone] = (),
    promoted: Mapping[str, datetime] = MappingProxyType({}),
) -> Feed:
    """The feed of a topic. `stories` are in rank order, `names` gives topics' names by slug
    (others are not mentioned),
    `promoted` the times at which entries are dated instead of their publication, by id.

    Its `updated` is its newest entry's: a feed of which nothing changed says so.
    """
    entries = tuple(_dated(compose_entry(story, names), promoted) for story in stories)
    return Feed(
        id=uuid5(NAMESPACE_URL, f"{site.url}feeds/{slug}").urn,
        slug=slug,
        title=title,
        site=site,
        updated=max((entry.updated for entry in entries), default=NEVER),
        entries=entries,
        ended=tuple(ended),
    )


def _dated(entry: Entry, promoted: Mapping[str, datetime]) -> Entry:
    when = promoted.get(entry.id)
    if when is None:
        return entry
    return replace(entry, published=when, updated=max(when, entry.updated))


def compose_entry(story: Story, names: Mapping[str, str]) -> Entry:
    """A story as subscribers see it; `names` are those of the topics that may be mentioned."""
    lead = story.lead
    entry = Entry(
        id=story.id,
        url=uri(lead.url),
        title=story.title or lead.url,
        published=story.published,
        updated=story.updated,
        author=lead.author or lead.publisher.name,
        publisher=lead.publisher,
        summary=lead.excerpt,
        content=_content(story),
        lang=lead.lang,
        video=lead.video,
        categories=tuple(Category(slug, names[slug]) for slug in story.topics if slug in names),
        image=_image(lead.image),
        related=tuple(_link(article, story) for article in _shown(story)),
        also=_also(lead, story),
        enclosure=_enclosure(lead.enclosure),
        why=tuple(_why(story)),
    )
    return safe(entry)


def direction(text: str) -> str:
    """The HTML attribute of an element that holds this text, where it is written from right to
    left."""
    return ' dir="rtl"' if is_right_to_left(text) else ""


def _image(image: Image | None) -> Image | None:
    return replace(image, url=uri(image.url)) if image else None


def _enclosure(enclosure: Enclosure | None) -> Enclosure | None:
    return replace(enclosure, url=uri(enclosure.url)) if enclosure else None


def _why(story: Story) -> Iterator[tuple[str, str]]:
    """The facts behind the terms of the score, whose values fall with time."""
    lead = story.lead
    yield "Quality", f"{lead.quality} for the article of {lead.publisher.name}"
    if not story.coverage:
        return
    names = {article.publisher.name for article in story.coverage} - {lead.publisher.name}
    number = len(story.coverage)
    articles = "1 more article" if number == 1 else f"{number} more articles"
    publishers = {0: "the same publisher", 1: "1 other publisher"}
    yield (
        "Coverage",
        f"{articles} by {publishers.get(len(names), f'{len(names)} other publishers')}",
    )
    newest = max(article.published for article in story.coverage)
    yield "Freshness", f"the newest of them is of {newest.day} {newest:%b %Y, %H:%M} UTC"


def _shown(story: Story) -> list[Article]:
    """The coverage without copies of what is shown: they stand with their original."""
    if not story.copies:
        return list(story.coverage)
    hidden = {key for key, _ in story.copies if key != story.lead.key}
    hidden |= {original for key, original in story.copies if key == story.lead.key}
    return [article for article in story.coverage if article.key not in hidden]


def _link(article: Article, story: Story) -> Link:
    also = _also(article, story)
    url = uri(article.url)
    return Link(url, article.title, article.publisher.name, article.published, also)


def _also(article: Article, story: Story) -> tuple[Link, ...]:
    """The same words at other publishers: the copies, and the original where a copy leads."""
    if not story.copies:
        return ()
    original = dict(story.copies).get(article.key, article.key)
    keys = {key for key, its in story.copies if its == original} | {original}
    return tuple(
        Link(uri(copy.url), copy.title, copy.publisher.name, copy.published)
        for copy in story.coverage
        if copy.key in keys and copy.key != article.key
    )


def _content(story: Story) -> str:
    """HTML: excerpt, image, where to read it, then the other coverage. No client shows related
    links, so this is what people see."""
    lead = story.lead
    parts = []
    if lead.excerpt:
        parts.append(f"<p{direction(lead.excerpt)}>{escape(lead.excerpt)}</p>")
    if lead.image:
        parts.append(f'<p><img src="{escape(uri(lead.image.url))}" alt=""{_size(lead)}></p>')
    verb = "Watch" if lead.video else "Read"
    read = f'{verb} at <a href="{escape(uri(lead.url))}">{escape(lead.publisher.name)}</a>'
    parts.append(f"<p>{read}{_elsewhere(_also(lead, story))}</p>")
    if shown := _shown(story):
        rows = "".join(_row(_link(article, story)) for article in shown)
        parts.append(f"<p><strong>More coverage</strong></p><ul>{rows}</ul>")
    return "".join(parts)


def _size(article: Article) -> str:
    image = article.image
    if image is None or not (image.width and image.height):
        return ""
    return f' width="{image.width}" height="{image.height}"'


def _row(link: Link) -> str:
    when = link.published
    return (
        f'<li{direction(link.title)}><a href="{escape(link.url)}">{escape(link.title)}</a> – '
        f'{escape(link.publisher)}, <time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">'
        f"{when.day} {when:%b %Y, %H:%M} UTC</time>{_elsewhere(link.also)}</li>"
    )


def _elsewhere(also: Iterable[Link]) -> str:
    """Where the same text stands too."""
    names = [f'<a href="{escape(link.url)}">{escape(link.publisher)}</a>' for link in also]
    return f"; also at {', '.join(names)}" if names else ""
