"""Counts of words per language and per publisher: the statistics of an epoch.

The score of two articles depends on these and on the statistics, never on what else is in the
window at the moment. The statistics are learned from the articles of the window when an epoch
begins, saved in the store and passed in from then on, so that a new article does not change the
scores of all others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from math import log2

from aggregator.merge.similarity.repeats import Repeats, learn_repeats
from aggregator.merge.similarity.words import Word, words
from aggregator.model import Article

_EPOCH = timedelta(days=1)
_WAIT = timedelta(seconds=36)
"""How long an epoch lasts at least per thousand articles, unless the window grows by half. To plan
these anew takes some 0.6 s (benchmarks/tick.py), so that new publishers, of which a search for news
brings some each hour, take at most a fiftieth of the time."""
_GROWTH = 1.5  # an epoch ends early when the window has grown by this factor
NEW_PUBLISHER = 3
"""An epoch ends early when the window has this number of articles of a publisher that it lacks."""
MAX_ARTICLES = 50_000
"""The most articles that an epoch is learned from, the latest; more would not change which words
are rare."""
_TITLE_CASE = 0.7
"""The share of capitalised long words above which a title is in title case. Does not matter from
0.5 to 0.9."""
_LONG = 3  # characters; words of up to this length are not capitalised in title case
_CAPITAL_PRIOR = 2.0  # weight of the prior in occurrences; does not matter from 1 to 4
_CAPITAL_RATE = 0.3  # prior: the share of the occurrences of a word that are capitalised
EXCERPT_WORDS = 60
"""Words of an excerpt that are compared. Does not matter from 40 to 100 (decision 4)."""


@dataclass(frozen=True, slots=True)
class LanguageStatistics:
    """A language: the number of articles, the mean number of different terms in them, how many
    articles have each term (`documents`; n articles of one publisher count as 1 + log2 n), and the
    share of each term's occurrences in running text that are capitalised (`names`, 0 to 1)."""

    articles: int = 0
    terms_per_article: float = 0.0
    documents: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PublisherStatistics:
    """A publisher: the number of articles, how many `titles` have each term (of those that at least
    two have), and what its titles and excerpts repeat."""

    articles: int = 0
    titles: Mapping[str, int] = field(default_factory=dict)
    repeats: Repeats = field(default_factory=Repeats)


NO_LANGUAGE = LanguageStatistics()
NO_PUBLISHER = PublisherStatistics()


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of an epoch: when it began (`learned_at`), from how many `articles` it was
    learned, its languages by code (ISO 639) and its publishers by name."""

    learned_at: datetime
    articles: int = 0
    languages: Mapping[str, LanguageStatistics] = field(default_factory=dict)
    publishers: Mapping[str, PublisherStatistics] = field(default_factory=dict)

    @classmethod
    def learned(
        cls, articles: Iterable[Article], now: datetime, simplified: Mapping[int, int]
    ) -> Statistics:
        """The statistics of the latest 50,000 of these articles, in any order.

        `simplified` maps traditional to simplified Chinese characters (``words.words``).
        """
        newest_first = sorted(articles, key=lambda a: (a.published, a.key), reverse=True)
        latest = newest_first[:MAX_ARTICLES]
        texts = [(words(a.title, simplified), words(a.excerpt, simplified)) for a in latest]
        by_publisher: defaultdict[str, list[int]] = defaultdict(list)
        by_language: defaultdict[str, list[int]] = defaultdict(list)
        for row, article in enumerate(latest):
            if article.publisher.name:
                by_publisher[article.publisher.name].append(row)
            by_language[language_of(article)].append(row)
        publishers = {
            name: _publisher([texts[row] for row in rows])
            for name, rows in sorted(by_publisher.items())
        }
        cut = [
            publishers.get(article.publisher.name, NO_PUBLISHER).repeats.cut(title, excerpt)
            for article, (title, excerpt) in zip(latest, texts, strict=True)
        ]
        languages = {
            code: _language(
                [(latest[row].publisher.name or latest[row].key, cut[row]) for row in rows]
            )
            for code, rows in sorted(by_language.items())
        }
        return cls(now, len(latest), languages, publishers)

    def is_outgrown(self, articles: int) -> bool:
        """Whether a window of so many articles has grown by half since the epoch began."""
        return min(articles, MAX_ARTICLES) > _GROWTH * self.articles

    def is_outdated(self, articles: Collection[Article], now: datetime) -> bool:
        """Whether a new epoch must begin: after a day, when the window has grown by half, or when
        it has three articles of a publisher whose repeats have not been learned yet."""
        unlearned = Counter(
            a.publisher.name for a in articles if a.publisher.name not in self.publishers
        )
        del unlearned[""]
        has_new_publisher = max(unlearned.values(), default=0) >= NEW_PUBLISHER
        return self.is_over(len(articles), has_new_publisher, now)

    def is_over(self, articles: int, has_new_publisher: bool, now: datetime) -> bool:
        """``is_outdated`` by the number of articles, and by whether a publisher without statistics
        has `NEW_PUBLISHER` of them."""
        is_current = self.learned_at <= now < self.learned_at + _EPOCH
        if not is_current or self.is_outgrown(articles):
            return True
        return has_new_publisher and now >= self.learned_at + articles // 1_000 * _WAIT


def language_of(article: Article) -> str:
    """The primary subtag of an article's language (BCP 47, RFC 5646 section 2.2.1) in lower case;
    "" where it is unknown."""
    return article.lang.partition("-")[0].lower()


Text = tuple[Sequence[Word], Sequence[Word]]
"""The words of a title and of an excerpt."""


def _publisher(texts: Sequence[Text]) -> PublisherStatistics:
    repeats = learn_repeats(texts)
    counts: Counter[str] = Counter()
    for title, excerpt in texts:
        counts.update({word.term for word in repeats.cut(title, excerpt)[0]})
    titles = {term: count for term, count in sorted(counts.items()) if count > 1}
    return PublisherStatistics(len(texts), titles, repeats)


def _language(texts: Sequence[tuple[str, Text]]) -> LanguageStatistics:
    by_publisher: defaultdict[str, Counter[str]] = defaultdict(Counter)
    capitals: Counter[str] = Counter()
    occurrences: Counter[str] = Counter()
    distinct = 0
    for publisher, (title, excerpt) in texts:
        terms = {word.term for word in title} | {word.term for word in excerpt[:EXCERPT_WORDS]}
        by_publisher[publisher].update(terms)
        distinct += len(terms)
        for word in _running_text(title, excerpt):
            occurrences[word.term] += 1
            capitals[word.term] += word.surface[0].isupper()
    documents: Counter[str] = Counter()
    for counts in by_publisher.values():
        for term, count in counts.items():
            documents[term] += min(count, 1 + log2(count))  # type: ignore[assignment]
    names = {
        term: (capitals[term] + _CAPITAL_PRIOR * _CAPITAL_RATE) / (count + _CAPITAL_PRIOR)
        for term, count in sorted(occurrences.items())
    }
    return LanguageStatistics(
        len(texts), distinct / len(texts), dict(sorted(documents.items())), names
    )


def _running_text(title: Sequence[Word], excerpt: Sequence[Word]) -> Iterator[Word]:
    """The words whose capital says that they are names: not the first word of a sentence, not words
    of a title in title case, no numbers, no pairs of unspaced characters."""
    long = [word for word in title if len(word.surface) > _LONG and not word.unspaced]
    in_title_case = sum(word.surface[0].isupper() for word in long) > _TITLE_CASE * len(long)
    for word in (*(() if in_title_case else title), *islice(excerpt, EXCERPT_WORDS)):
        if not (word.starts or word.unspaced or word.is_number):
            yield word


def name_rate(statistics: LanguageStatistics, term: str) -> float:
    """The probability that a term is a name: the share of its occurrences that are capitalised."""
    return 0.0 if term[0].isdigit() else statistics.names.get(term, _CAPITAL_RATE)
