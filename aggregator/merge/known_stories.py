"""Stories that need not be made again: most do not change from one merge, or round, to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from aggregator.model import Article, Story, StoryRecord


class KnownStories:
    """Stories with their records, by the record that each continues and the keys of its articles.

    At first these are the `shown` stories of an earlier merge, as far as their articles and records
    are still the same. The articles must stay as they are.
    """

    def __init__(
        self,
        shown: Iterable[Story],
        records_by_id: Mapping[str, StoryRecord],
        articles: Mapping[str, Article],
    ) -> None:
        self._known: dict[_Key, tuple[Story, StoryRecord]] = {}
        for story in shown:
            record = records_by_id.get(story.id)
            if record is not None and _is_unchanged(story, record, articles):
                keys = frozenset(article.key for article in story.articles)
                self._known[_key(record, keys)] = (story, record)

    def of(
        self,
        previous: StoryRecord,
        keys: frozenset[str],
        make: Callable[[], tuple[Story, StoryRecord]],
    ) -> tuple[Story, StoryRecord]:
        """The story of the articles with these keys that continues `previous`, and its record: made
        by `make` if they are not known."""
        key = _key(previous, keys)
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]


_Key = tuple[str, str, str, datetime, frozenset[str]]


def _key(previous: StoryRecord, keys: frozenset[str]) -> _Key:
    return (previous.id, previous.lead, previous.content_digest, previous.updated, keys)


def _is_unchanged(story: Story, record: StoryRecord, articles: Mapping[str, Article]) -> bool:
    of_story = (story.lead.key, story.title, story.updated)
    return (record.lead, record.title, record.updated) == of_story and all(
        articles.get(article.key) == article for article in story.articles
    )
