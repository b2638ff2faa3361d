"""Composes entries from stories: what a subscriber sees of a story."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import NAMESPACE_URL, uuid5

from aggregator.model import (
    NO_WORDS,
    Article,
    Category,
    CleanText,
    Enclosure,
    Entry,
    Feed,
    Image,
    Link,
    MoreCoverage,
    ShownCoverage,
    Site,
    Story,
    Tombstone,
    shown_coverage,
)
from aggregator.model.text import fold_text
from aggregator.publish.entry_html import entry_html
from aggregator.publish.escaping import is_right_to_left, link_uri, safe, safe_text, uri
from aggregator.publish.wording import Wording

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The `updated` of a feed without entries: RFC 4287 requires one."""


def compose_feed(
    slug: str,
    title: str,
    site: Site,
    stories: Iterable[Story],
    names: Mapping[str, str],
    ended: Iterable[Tombstone] = (),
    promoted: Mapping[str, datetime] = MappingProxyType({}),
    cache: EntryCache | None = None,
    pages: Collection[str] = frozenset(),
) -> Feed:
    """The feed of a topic. `stories` are in rank order; `names` are the names of the topics that
    may be mentioned, by slug; `promoted` are the times, by story id, that replace the time of
    publication; `cache` has the entries of the last time; `pages` are the topics (slugs) that have
    a public page.

    The feed's `updated` is that of its newest entry, so that it stays the same if nothing changes.
    """
    entries = tuple((cache or EntryCache()).entries(stories, names, site, promoted, pages))
    return Feed(
        id=feed_id(site, slug),
        slug=slug,
        title=title,
        site=site,
        updated=max((entry.updated for entry in entries), default=NEVER),
        entries=entries,
        ended=tuple(ended),
    )


class EntryCache:
    """The entries of a feed, from one time that it is composed to the next."""

    def __init__(self) -> None:
        self._context: tuple[Mapping[str, str], Site, Collection[str]] | None = None
        self._entries: dict[str, tuple[Story, datetime | None, Entry]] = {}

    def entries(
        self,
        stories: Iterable[Story],
        names: Mapping[str, str],
        site: Site,
        promoted: Mapping[str, datetime],
        pages: Collection[str] = frozenset(),
    ) -> list[Entry]:
        """The entries of these stories: the same objects as the last time where nothing has
        changed."""
        last = self._entries if (names, site, pages) == self._context else {}
        self._context, self._entries = (names, site, pages), {}
        for story in stories:
            cached, when = last.get(story.id), promoted.get(story.id)
            if cached is None or cached[0] != story or cached[1] != when:
                entry = compose_entry(story, names, site, pages=pages, full_text=True)
                cached = (story, when, _dated(entry, when))
            self._entries[story.id] = cached
        return [entry for _, _, entry in self._entries.values()]


def feed_id(site: Site, slug: str) -> str:
    """The id of a feed (RFC 4287, section 4.2.6): a URN from the site's URL and the slug."""
    return uuid5(NAMESPACE_URL, f"{site.url}feeds/{slug}").urn


def feed_description(feed: Feed) -> str:
    """The description of a feed, in every format."""
    return Wording.of(feed.site)("topic.description", topic=feed.title)


def _dated(entry: Entry, when: datetime | None) -> Entry:
    if when is None:
        return entry
    return replace(entry, published=when, updated=max(when, entry.updated))


def compose_entry(
    story: Story,
    names: Mapping[str, str],
    site: Site,
    *,
    pages: Collection[str] = frozenset(),
    whole: bool = False,
    full_text: bool = False,
) -> Entry:
    """The entry of a story. `names` are the names of the topics that may be mentioned, by slug,
    `pages` those that have a public page. With `whole` it shows all the coverage, with `full_text`
    its content has the full text of the lead, if that is stored. Its texts can be written in every
    format, its URLs are ASCII, and its links do not count their readers. Raises StoreError."""
    lead = story.lead
    shown = shown_coverage(story, None, None) if whole else shown_coverage(story)
    entry = Entry(
        id=story.id,
        url=link_uri(lead.url),
        title=story.title or lead.url,
        published=story.published,
        updated=story.updated,
        author=lead.author or lead.publisher.name,
        publisher=lead.publisher,
        summary=_excerpt(lead),
        content="",
        lang=lead.lang,
        video=lead.video,
        categories=tuple(Category(slug, names[slug]) for slug in story.topics if slug in names),
        image=_image(lead.image),
        related=tuple(_link(row.article, row.copies) for row in shown.listed),
        copies=tuple(map(_link, shown.lead_copies)),
        more=_more(shown, lead, uri(site.story_page(story.id))),
        enclosure=_enclosure(lead.enclosure),
        publishers=len({article.publisher.name for article in story.articles}),
        articles=len(story.articles),
        lead_published=lead.published,
    )
    entry = safe(entry)
    text = safe_text(lead.content.html) if full_text and lead.content else ""
    return replace(entry, content=entry_html(entry, site, pages, text))


def _excerpt(article: Article) -> CleanText:
    """The excerpt, unless it only repeats the title."""
    excerpt = fold_text(article.excerpt.rstrip(" .…"))
    title = fold_text(article.title.rstrip(" ."))
    return NO_WORDS if title.startswith(excerpt) else article.excerpt


def direction(text: str) -> str:
    """The ``dir`` attribute, with a leading space, for an HTML element with this text; empty if
    the text is written from left to right."""
    return ' dir="rtl"' if is_right_to_left(text) else ""


def _image(image: Image | None) -> Image | None:
    return replace(image, url=uri(image.url)) if image else None


def _enclosure(enclosure: Enclosure | None) -> Enclosure | None:
    return replace(enclosure, url=uri(enclosure.url)) if enclosure else None


def _link(article: Article, copies: Iterable[Article] = ()) -> Link:
    return Link(
        link_uri(article.url),
        article.title,
        article.publisher.name,
        article.published,
        tuple(map(_link, copies)),
        article.lang,
        article.excerpt,
        article.video,
    )


def _more(shown: ShownCoverage, lead: Article, page: str) -> MoreCoverage:
    if not shown.rest:
        return MoreCoverage()
    shown_names = {article.publisher.name for article in (lead, *shown.articles)}
    names = dict.fromkeys(article.publisher.name for article in shown.rest)
    new_first = sorted(names, key=lambda name: name in shown_names)
    return MoreCoverage(len(shown.rest), tuple(new_first), page)
