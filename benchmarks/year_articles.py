"""The made-up articles of a simulated year, and what each source lists of them at a time.

Of twenty sources seventeen list their latest thirty items; one lists everything with dates, one
everything without a date; one is a folder whose files are read once, and all again every sixty
days. Articles tell made-up events; those of one event declare the first of them as related.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aggregator.model import Article, CleanText, Publisher, Reading, Source, SourceState

START = datetime(2026, 1, 1, 3, tzinfo=UTC)  # 3:00 is the hour in which a daemon merges its index
DAY = timedelta(days=1)
TOPICS = 5
_LATEST = 30  # items of a usual feed
_WORDS = 30_000


class MadeArticles:
    """Articles of `source_count` sources, published one by one. The same calls give the same."""

    def __init__(self, source_count: int) -> None:
        self.sources = tuple(
            Source(f"source {n}", "feed", f"https://p{n}.example/feed") for n in range(source_count)
        )
        self.article_count = self.event_count = 0
        self._items: dict[str, list[Article]] = {source.name: [] for source in self.sources}
        self._random = random.Random(1)
        self._words = ["".join(self._random.choices("aeioulnrst", k=7)) for _ in range(_WORDS)]
        self._first_of: dict[int, str] = {}

    def publish(self, now: datetime, hours: int) -> None:
        """A new item of a source, so many hours old at most, of a new event or of one of the last
        three hundred."""
        randomly = self._random
        number = randomly.randrange(len(self.sources))
        source = self.sources[number]
        event = self._next_event()
        self.article_count += 1
        key = f"https://p.example/{event}/{self.article_count}"
        first = self._first_of.setdefault(event, key)
        self._items[source.name].append(
            Article(
                source=source.name,
                ref=CleanText(f"item {self.article_count}"),
                key=CleanText(key),
                url=CleanText(key),
                title=CleanText(self._title(event)),
                published=now - timedelta(seconds=randomly.randrange(3600 * hours)),
                publisher=Publisher(CleanText(f"p{number % 500}")),
                excerpt=CleanText(" ".join(randomly.choices(self._words, k=30))),
                lang=CleanText("en"),
                quality=randomly.randint(60, 120),
                topics=(CleanText(f"Topic {event % TOPICS}"),),
                related=() if first == key else (CleanText(first),),
            )
        )

    def _next_event(self) -> int:
        """A new event, or one of the last ones."""
        if self.event_count and self._random.random() < 0.3:
            return max(0, self.event_count - int(self._random.expovariate(1 / 300)) - 1)
        self.event_count += 1
        return self.event_count - 1

    def _title(self, event: int) -> str:
        """Four of the six words of the event, and four others."""
        words = random.Random(event).sample(self._words, 6)
        return " ".join([*self._random.sample(words, 4), *self._random.choices(self._words, k=4)])

    def readings(self, now: datetime) -> list[Reading]:
        """What all sources list, as the reader gives it."""
        return [
            Reading(
                source,
                SourceState(source.name, source.location, checked=now, changed=now),
                tuple(self._listed(number, self._items[source.name], now)),
            )
            for number, source in enumerate(self.sources)
        ]

    def _listed(self, number: int, items: list[Article], now: datetime) -> Iterable[Article]:
        kind = number % 20
        if kind == 0:
            return items
        if kind == 1:
            return [replace(item, dated=False, published=now) for item in items]
        if kind == 2 and (now - START).days % 60:
            return [item for item in items if now - item.published <= DAY]
        return items if kind == 2 else items[-_LATEST:]


def event_of(article: Article) -> int:
    """The event that an article tells."""
    return int(article.key.split("/")[3])
