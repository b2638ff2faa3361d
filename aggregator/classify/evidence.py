"""What of an article says that it belongs to a topic, in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from aggregator.classify.phrases import PhraseIndex
from aggregator.classify.query import Query
from aggregator.model import Article, Topic

_NOT_WORD = re.compile(r"[^\w]+")
_SEPARATOR = "\0"
_LIST = 3  # parts of one topic that are a list


class TopicEvidence:
    """Looks for topics in what articles say: title first, then excerpt, then address, publisher
    and the categories that their feed gives. Of the parts of one topic those that the title
    names count, and others in the excerpt do not; an excerpt that lists several parts of one topic
    is about none of them, but about the whole."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._rules = {topic.slug: _Rules.of(topic) for topic in topics}
        self._index = PhraseIndex(pair for topic in topics for pair in _phrases(topic))
        plain = [(topic.name, topic.slug) for topic in topics if _plain(topic.name)]
        self._names = PhraseIndex(plain)
        self._parent = {topic.slug: topic.parent for topic in topics}
        self._always = [slug for slug, rules in self._rules.items() if rules.without_phrases]

    def of(self, article: Article) -> dict[str, str]:
        """Slug -> why, for every topic that the article is in by what it says."""
        in_title = self._index.find(article.title)
        in_excerpt = self._index.find(article.excerpt) if article.excerpt else {}
        elsewhere = self._index.find(_address(article)) | self._names.find(_sections(article))
        for name in article.topics:
            elsewhere = self._index.find(name) | self._names.find(name) | elsewhere
        if not (in_title or in_excerpt or elsewhere or self._always):
            return {}
        found: dict[str, str] = {}
        said = in_excerpt | in_title
        passing_mentions = (
            self._passing_mentions(in_title, in_excerpt) - in_title.keys() - elsewhere.keys()
        )
        for slug in {*said, *elsewhere, *self._always} & self._rules.keys():
            rules = self._rules[slug]
            if slug in passing_mentions or not rules.allow(article, said, slug):
                continue
            if slug in in_title:
                found[slug] = f"the title says \u201c{in_title[slug]}\u201d"
            elif slug in in_excerpt:
                found[slug] = f"the excerpt says \u201c{in_excerpt[slug]}\u201d"
            elif slug in elsewhere:
                found[slug] = f"address, publisher or categories name \u201c{elsewhere[slug]}\u201d"
            elif rules.without_phrases and (why := rules.why(article)):
                found[slug] = why
        return found

    def _passing_mentions(
        self, in_title: Mapping[str, str], in_excerpt: Mapping[str, str]
    ) -> set[str]:
        """The topics that an excerpt only mentions: the title names another part of the same
        topic, or the excerpt lists many."""
        named = {self._parent.get(slug) for slug in in_title}
        listed = Counter(self._parent.get(slug) for slug in in_excerpt)
        return {
            slug
            for slug in in_excerpt
            if (above := self._parent.get(slug)) and (above in named or listed[above] >= _LIST)
        }


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a topic wants beside its phrases."""

    all: int
    none: int
    publishers: frozenset[str]
    languages: frozenset[str]
    query: Query
    asked: str
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
        """Whether an article can belong without any of the phrases."""
        return self.only_rules or bool(self.query.groups)

    def allow(self, article: Article, said: dict[str, str], slug: str) -> bool:
        """Whether nothing speaks against it."""
        publisher = {article.publisher.name.casefold(), article.publisher.domain.casefold()}
        if self.publishers and not self.publishers & publisher:
            return False
        if self.languages and article.lang.casefold().split("-")[0] not in self.languages:
            return False
        if any(_label(slug, "none", n) in said for n in range(self.none)):
            return False
        return all(_label(slug, "all", n) in said for n in range(self.all))

    def why(self, article: Article) -> str:
        """Why an article without a phrase belongs; empty where it does not."""
        if self.only_rules:
            return "it is what `match` asks for"
        return f"it fits the query {self.asked!r}" if self.query.matches(article) else ""


def _label(slug: str, part: str, number: int) -> str:
    return f"{slug}{_SEPARATOR}{part}{_SEPARATOR}{number}"


def _phrases(topic: Topic) -> Iterator[tuple[str, str]]:
    """The phrases of a topic with their labels. A short name counts where it is an acronym; a name
    that is one plain word ("World") is too common to tell, unless it is also a keyword."""
    names = [name for name in topic.names if name.isupper()]
    if not _plain(topic.name):
        names.append(topic.name)
    for text in (*names, *topic.keywords, *topic.match.any):
        yield text, topic.slug
    for part, texts in (("all", topic.match.all), ("none", topic.match.none)):
        for number, text in enumerate(texts):
            yield text, _label(topic.slug, part, number)


def _plain(name: str) -> bool:
    """Whether a name is one plain word, and no acronym."""
    return name.isascii() and name.isalpha() and not name.isupper()


def _sections(article: Article) -> str:
    """The sections of a site that the address names: whole parts of its path, as words."""
    path = article.key.partition("://")[2].partition("?")[0].split("/")[1:-1]
    return " ".join(part for part in path if part.isalpha())


def _address(article: Article) -> str:
    """Host, path and publisher as words."""
    address = unquote(article.key.partition("://")[2].partition("?")[0])
    return f"{_NOT_WORD.sub(' ', address.replace('_', ' '))} {article.publisher.name}"
