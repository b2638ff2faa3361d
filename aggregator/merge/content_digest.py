"""The digest of what a subscriber sees of a story: where it changes, the story was updated."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from aggregator.model import Article, Story, shown_coverage


def content_digest(story: Story) -> str:
    """The digest of the words of an entry: title, excerpt, full text, and the coverage that is
    shown, in any order. A changed address, and the number of articles that are not shown, are
    no update."""
    return _digest(story, shown_coverage(story).articles)


def is_earlier_digest(story: Story, digest: str) -> bool:
    """Whether an earlier version would have stored this digest for the same story: an upgrade alone
    must not update stories."""
    if digest == _digest(story, story.coverage):  # when an entry listed all the coverage
        return True
    lead = story.lead
    parts = [lead.key, story.title, lead.excerpt, lead.publisher.name]
    for article in sorted(story.coverage, key=lambda article: article.key):
        parts += [article.key, article.title, article.publisher.name]
    return digest == _digest_of(parts)  # 0.1.0: with the addresses


def _digest(story: Story, coverage: Iterable[Article]) -> str:
    parts: list[str] = [story.title, story.lead.excerpt, story.lead.publisher.name]
    for words in sorted((article.title, article.publisher.name) for article in coverage):
        parts += words
    if story.lead.content:
        parts.append(story.lead.content.digest)
    return _digest_of(parts)


def _digest_of(parts: Iterable[str]) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()
