"""The digest of what a subscriber sees of a story: where it changes, the story was updated."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from aggregator.model import Article, Publisher, Story, StoryRecord, shown_coverage

_VERSION = "2:"  # earlier digests have no such prefix


def content_digest(story: Story) -> str:
    """The digest of the words of an entry: title, excerpt, full text, and the coverage that is
    shown, in any order. A changed address, another name of a publisher, and the number of articles
    that are not shown, are no update."""
    parts: list[str] = [story.title, story.lead.excerpt, _site(story.lead.publisher)]
    shown = shown_coverage(story).articles
    for words in sorted((article.title, _site(article.publisher)) for article in shown):
        parts += words
    if story.lead.content:
        parts.append(story.lead.content.digest)
    return _VERSION + _digest_of(parts)


def is_earlier_digest(story: Story, record: StoryRecord, reworded: frozenset[str]) -> bool:
    """Whether an earlier version may have stored the digest of this record for the same story: an
    upgrade alone must not update stories. It may name publishers better: so a story without new
    articles, and without any that is `reworded` (keys), counts as the same."""
    digest = record.content_digest
    if digest.startswith(_VERSION):
        return False
    shown = shown_coverage(story)
    if digest in (_named(story, shown.articles), _named(story, story.coverage), _first(story)):
        return True
    keys = {story.lead.key, *(article.key for article in shown.articles)}
    return keys <= record.members - reworded


def _site(publisher: Publisher) -> str:
    return publisher.domain or publisher.name


def _named(story: Story, coverage: Iterable[Article]) -> str:
    """The digest with the names of publishers; at first of all the coverage, not of what is
    shown."""
    parts: list[str] = [story.title, story.lead.excerpt, story.lead.publisher.name]
    for words in sorted((article.title, article.publisher.name) for article in coverage):
        parts += words
    return _digest_of(parts)


def _first(story: Story) -> str:
    """The digest of 0.1.0, with the addresses."""
    lead = story.lead
    parts: list[str] = [lead.key, story.title, lead.excerpt, lead.publisher.name]
    for article in sorted(story.coverage, key=lambda article: article.key):
        parts += [article.key, article.title, article.publisher.name]
    return _digest_of(parts)


def _digest_of(parts: Iterable[str]) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()
