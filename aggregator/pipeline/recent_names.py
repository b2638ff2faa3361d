"""The names of topics that the stories of the window give, whatever else is loaded.

Without configured topics the most common names become topics. An old story that is read again is
loaded with the window, and stays in the memory of a daemon for a day; if it counted, feeds would
come and go with the articles that happen to be edited. So only stories with an article since
``load_since`` count, as in the store (``ShownReader.topic_names``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush

from aggregator.classify import TopicNames
from aggregator.model import Story


def names_since(stories: Iterable[Story], since: datetime | None) -> TopicNames:
    """The names that the stories with an article since then give (None: all stories)."""
    return TopicNames.of(s for s in stories if since is None or _newest(s) >= since)


class RecentNames:
    """The same for stories that come and go, at the cost of these."""

    def __init__(self) -> None:
        self._names = TopicNames()
        self._counted: dict[str, Story] = {}
        self._oldest_first: list[tuple[datetime, str]] = []  # a heap; replaced stories are in it

    def replace(self, old: Iterable[Story], new: Iterable[Story]) -> None:
        """The `old` stories are no longer shown as they were; the `new` ones are shown."""
        for story in old:
            self._forget(story.id)
        for story in new:
            self._counted[story.id] = story
            self._names.add(story)
            heappush(self._oldest_first, (_newest(story), story.id))

    def since(self, since: datetime | None) -> TopicNames:
        """See ``names_since``. The time must not be before that of the last call."""
        heap = self._oldest_first
        while since is not None and heap and heap[0][0] < since:
            _, story_id = heappop(heap)
            story = self._counted.get(story_id)
            if story is not None and _newest(story) < since:
                self._forget(story_id)
        return self._names

    def _forget(self, story_id: str) -> None:
        story = self._counted.pop(story_id, None)
        if story is not None:
            self._names.remove(story)


def _newest(story: Story) -> datetime:
    return max(article.published for article in story.articles)
