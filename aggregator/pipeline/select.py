"""A feed on demand: some of the ranked stories, by what someone asks for now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from aggregator.model import Ranked, Story


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for. `query`: every word stands in the title or excerpt of one article;
    `since`: the lead was published at that time or later; `publisher`: a name or domain."""

    query: str = ""
    min_quality: int | None = None
    since: datetime | None = None
    publisher: str = ""
    limit: int | None = None

    def of(self, ranked: Iterable[Ranked]) -> Iterator[Ranked]:
        """The stories that match, in their order, at most `limit`."""
        return islice((one for one in ranked if self._matches(one.story)), self.limit)

    def _matches(self, story: Story) -> bool:
        if self.min_quality is not None and (story.lead.quality or 0) < self.min_quality:
            return False
        if self.since is not None and story.lead.published < self.since:
            return False
        if self.publisher and not self._by_publisher(story):
            return False
        words = self.query.casefold().split()
        texts = (f"{a.title} {a.excerpt}".casefold() for a in story.articles)
        return not words or any(all(word in text for word in words) for text in texts)

    def _by_publisher(self, story: Story) -> bool:
        wanted = self.publisher.casefold()
        publishers = (article.publisher for article in story.articles)
        return any(wanted in (p.name.casefold(), p.domain.casefold()) for p in publishers)
