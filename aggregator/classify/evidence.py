"""The evidence in an article's texts that it belongs to a topic."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from aggregator.classify.phrases import PhraseIndex
from aggregator.classify.query import Query
from aggregator.model import Article, Topic

_NOT_WORD = re.compile(r"[^\w]+")
_SEPARATOR = "\0"
# So many subtopics of one topic in an excerpt are a list. In benchmarks/classifying.py 2 and 3
# differ by 0.01 in precision on diablo4 and power-apps; from 4 on it is 0.04 lower on diablo4.
_MIN_LISTED = 3
_MAX_KEPT = 16_384  # articles whose evidence is kept: the stories of a day or two, some 8 MB


class TopicEvidence:
    """Finds topics in the texts of articles: in the title, the excerpt, the URL, the publisher's
    name and the categories of the feed.

    If the title names a subtopic, other subtopics of the same parent do not count in the excerpt.
    If the excerpt lists three or more subtopics of one parent, none of them counts.
    """

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._rules = {topic.slug: _Rules.of(topic) for topic in topics}
        self._index = PhraseIndex(pair for topic in topics for pair in _phrases(topic))
        plain_names = [(topic.name, topic.slug) for topic in topics if _is_plain_word(topic.name)]
        self._names = PhraseIndex(plain_names)
        self._parent = {topic.slug: topic.parent for topic in topics}
        self._always = [slug for slug, rules in self._rules.items() if rules.without_phrases]

        self.of = lru_cache(maxsize=_MAX_KEPT)(self._of)
        """``_of``, which is kept: a story that grows is classified with all its articles again."""

    def _of(self, article: Article) -> Mapping[str, str]:
        """The topics that the article's texts support: slug -> reason in words."""
        in_title = self._index.find(article.title)
        in_excerpt = self._index.find(article.excerpt) if article.excerpt else {}
        elsewhere = self._index.find(_address(article)) | self._names.find(_sections(article))
        for name in article.topics:
            elsewhere = self._index.find(name) | self._names.find(name) | elsewhere
        if not (in_title or in_excerpt or elsewhere or self._always):
            return {}
        reasons: dict[str, str] = {}
        in_text = in_excerpt | in_title
        passing_mentions = (
            self._passing_mentions(in_title, in_excerpt) - in_title.keys() - elsewhere.keys()
        )
        for slug in {*in_text, *elsewhere, *self._always} & self._rules.keys():
            rules = self._rules[slug]
            if slug in passing_mentions or not rules.allow(article, in_text, slug):
                continue
            if slug in in_title:
                reasons[slug] = f"the title says “{in_title[slug]}”"
            elif slug in in_excerpt:
                reasons[slug] = f"the excerpt says “{in_excerpt[slug]}”"
            elif slug in elsewhere:
                reasons[slug] = f"its URL, publisher or categories name “{elsewhere[slug]}”"
            elif rules.without_phrases and (why := rules.why(article)):
                reasons[slug] = why
        return reasons

    def _passing_mentions(
        self, in_title: Mapping[str, str], in_excerpt: Mapping[str, str]
    ) -> set[str]:
        """The topics that an excerpt only mentions: the title names another subtopic of the same
        parent, or the excerpt lists several."""
        parents_in_title = {self._parent.get(slug) for slug in in_title}
        counts = Counter(self._parent.get(slug) for slug in in_excerpt)
        return {
            slug
            for slug in in_excerpt
            if (parent := self._parent.get(slug))
            and (parent in parents_in_title or counts[parent] >= _MIN_LISTED)
        }


@dataclass(frozen=True, slots=True)
class _Rules:
    """The conditions of a topic beside its phrases. `all` and `none` are the numbers of required
    and excluded phrases, which the index finds under labels of their own."""

    all: int
    none: int
    publishers: frozenset[str]
    languages: frozenset[str]
    query: Query
    query_text: str
    only_rules: bool

    @classmethod
    def of(cls, topic: Topic) -> _Rules:
        match = topic.match
        return cls(
            len(match.all),
            len(match.none),
            frozenset(name.casefold() for name in match.publishers),
            frozenset(code.casefold() for code in match.languages),
            Query.parse(match.query),
            match.query,
            bool(match.all or match.publishers or match.languages)
            and not (match.any or topic.keywords or match.query),
        )

    @property
    def without_phrases(self) -> bool:
        """Whether an article can belong to the topic without any of its phrases."""
        return self.only_rules or bool(self.query.groups)

    def allow(self, article: Article, labels: Collection[str], slug: str) -> bool:
        """Whether the article meets all conditions; `labels` are those found in its texts."""
        publisher = {article.publisher.name.casefold(), article.publisher.domain.casefold()}
        if self.publishers and not self.publishers & publisher:
            return False
        if self.languages and article.lang.casefold().split("-")[0] not in self.languages:
            return False
        if any(_label(slug, "none", n) in labels for n in range(self.none)):
            return False
        return all(_label(slug, "all", n) in labels for n in range(self.all))

    def why(self, article: Article) -> str:
        """Why an article without a phrase belongs to the topic; empty if it does not."""
        if self.only_rules:
            return "it meets the conditions of `match`"
        return f"it matches the query {self.query_text!r}" if self.query.matches(article) else ""


def _label(slug: str, part: str, number: int) -> str:
    return f"{slug}{_SEPARATOR}{part}{_SEPARATOR}{number}"


def _phrases(topic: Topic) -> Iterator[tuple[str, str]]:
    """The phrases of a topic with their labels. Of the other names only acronyms count. A name of
    one plain word ("World") is too common to be evidence, unless it is also a keyword."""
    names = [name for name in topic.names if name.isupper()]
    if not _is_plain_word(topic.name):
        names.append(topic.name)
    for text in (*names, *topic.keywords, *topic.match.any):
        yield text, topic.slug
    for part, texts in (("all", topic.match.all), ("none", topic.match.none)):
        for number, text in enumerate(texts):
            yield text, _label(topic.slug, part, number)


def _is_plain_word(name: str) -> bool:
    """Whether a name is one word of ASCII letters, and not an acronym."""
    return name.isascii() and name.isalpha() and not name.isupper()


def _sections(article: Article) -> str:
    """The sections of a site that the URL names: whole segments of its path, as words."""
    path = article.key.partition("://")[2].partition("?")[0].split("/")[1:-1]
    return " ".join(part for part in path if part.isalpha())


def _address(article: Article) -> str:
    """Host, path and publisher's name as words."""
    address = unquote(article.key.partition("://")[2].partition("?")[0])
    return f"{_NOT_WORD.sub(' ', address.replace('_', ' '))} {article.publisher.name}"
