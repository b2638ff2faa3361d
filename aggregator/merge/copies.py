"""Which articles of a story are copies of another one: the report of a news agency that several
publishers have bought."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from aggregator.merge.similarity.repeats import terms
from aggregator.merge.similarity.words import words
from aggregator.model import Article

_MIN_OVERLAP = 0.8  # share of the words of two excerpts (Jaccard) that both have
_MIN_TITLE = 4  # words; a shorter title alone is no evidence
_MAX_NAME = 4  # words of a publisher's name at the end of a title
_MAX_ORIGINALS = 20  # texts with one title that are compared, which bounds the time
_MIN_EXCERPT = 8  # words; a shorter excerpt is ignored


def copies_of(articles: Iterable[Article]) -> dict[str, str]:
    """The key of the original by the key of each copy: a later article of another publisher with
    the same words in the title and nearly the same in the excerpt, where both have one.

    The original is the earliest article (by publication, then by key). The order of words, case and
    a publisher's name at the end of the title do not count.
    """
    originals: dict[frozenset[str], list[Article]] = {}
    original_of: dict[str, str] = {}
    for article in sorted(articles, key=lambda article: (article.published, article.key)):
        title = frozenset(_terms(_without_publisher(article)))
        same_title = originals.setdefault(title, [])
        original = next((a for a in same_title if _is_copy(article, a, len(title))), None)
        if original is not None:
            original_of[article.key] = original.key
        elif len(same_title) < _MAX_ORIGINALS:
            same_title.append(article)
    return original_of


def _without_publisher(article: Article) -> str:
    """``Headline - The Paper`` and ``Headline | The Paper`` without the paper."""
    for separator in (" - ", " | ", " \u2013 ", " \u2014 "):
        head, _, tail = article.title.rpartition(separator)
        if head and len(_terms(head)) >= _MIN_TITLE and len(_terms(tail)) <= _MAX_NAME:
            return head
    return article.title


def _is_copy(article: Article, original: Article, title_words: int) -> bool:
    if article.publisher.name == original.publisher.name:
        return False
    excerpt, original_excerpt = _terms(article.excerpt), _terms(original.excerpt)
    shorter = min(len(excerpt), len(original_excerpt))
    if shorter < _MIN_EXCERPT:
        return title_words >= _MIN_TITLE
    words_of_copy = frozenset(excerpt[:shorter])
    words_of_original = frozenset(original_excerpt[:shorter])
    shared = len(words_of_copy & words_of_original)
    return shared >= _MIN_OVERLAP * len(words_of_copy | words_of_original)


@lru_cache(maxsize=4_096)  # a story that grows is compared with all its articles again
def _terms(text: str) -> tuple[str, ...]:
    return terms(words(text))
