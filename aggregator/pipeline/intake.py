"""What readings bring, made fit for the plan and for every store, whatever read it.

- Texts hold characters that every format can hold, keys and refs are short enough to be indexed,
  language tags are of known languages.
- Entries of one document that share an id stay distinct.
- What the configuration gives to the articles of a source (quality, topics, publisher) applies to
  all of them: when it changes, everything is read again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b

from aggregator.model import (
    NO_WORDS,
    Article,
    CleanText,
    DocumentState,
    Publisher,
    Reading,
    Source,
    SourceState,
    Verdict,
    clean_text,
)
from aggregator.model.languages import language_tag
from aggregator.publish import safe
from aggregator.store import Store

# Bytes. PostgreSQL indexes rows of at most 2,704 bytes; one of them holds source, ref and key.
_MAX_KEY = 900
_MAX_REF = 600
_SHORTEST_NAME = 3  # characters of the name of a source that is taken for a publisher's
_MAX_QUALITY = 1_000_000  # story files have 44 to 164
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)  # as the store has it: no zone leads beyond
_DIGEST = 33  # characters of ``#`` and 32 hexadecimal digits


def sanitised(reading: Reading) -> Reading:
    """The reading with articles, problems and a state that the plan and the store can take."""
    articles = tuple(_distinct(map(_bounded, map(_clean, reading.articles))))
    title = reading.state.title
    named = tuple(_with_publisher(article, reading.source, title) for article in articles)
    state = replace(safe(reading.state), options=options_digest(reading.source))
    documents = tuple(d for d in map(safe, reading.documents) if _size(d.ref) <= _MAX_REF)
    problems = tuple(safe(problem) for problem in reading.problems)
    return replace(
        reading, articles=named, state=state, problems=problems, documents=documents,
        hub=safe(reading.hub), self_url=safe(reading.self_url),
    )  # fmt: skip


def with_configured_options(source: Source, state: SourceState | None) -> SourceState:
    """The state to read a source by. When the configuration gives something else to its articles
    than it did, nothing is known of its documents, so that all of them are read again."""
    if state is None:
        return SourceState(source.name)
    if state.options in ("", options_digest(source)):
        return state
    return replace(state, etag=NO_WORDS, last_modified=NO_WORDS, digest="")


def document_loader(
    sources: Iterable[Source], states: Mapping[str, SourceState], store: Store
) -> Callable[[str], Mapping[str, DocumentState]]:
    """What is known of a source's files, by its name; nothing where they must be read again."""
    changed = {
        source.name
        for source in sources
        if (state := states.get(source.name)) and state.options not in ("", options_digest(source))
    }

    def known(name: str) -> Mapping[str, DocumentState]:
        return {} if name in changed else store.documents(name)

    return known


def options_digest(source: Source) -> str:
    """A digest of what the configuration gives to each article of the source."""
    given = (source.kind, source.quality, source.topics, source.publisher)
    return blake2b(repr(given).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _clean(article: Article) -> Article:
    """`safe`, with texts of lists in one line each (the store keeps a list as lines), without
    looking at each field of the many articles that have nothing to hide."""
    texts = (
        article.source, article.ref, article.key, article.url, article.title, article.excerpt,
        article.author, article.lang, article.publisher.name, article.publisher.domain,
        article.image.url if article.image else "",
        article.enclosure.url + article.enclosure.media_type if article.enclosure else "",
        *article.topics, *article.aliases, *article.related,
    )  # fmt: skip
    if "".join(texts).isprintable():
        return article
    article = safe(article)
    return replace(
        article,
        topics=_in_lines(article.topics),
        aliases=_in_lines(article.aliases),
        related=_in_lines(article.related),
    )


def _in_lines(texts: tuple[CleanText, ...]) -> tuple[CleanText, ...]:
    return tuple(CleanText(line) for text in texts if (line := " ".join(text.split())))


def _bounded(article: Article) -> Article:
    article = _within_range(article)
    if article.lang and (lang := language_tag(article.lang)) != article.lang:
        article = replace(article, lang=lang)
    long = _size(article.key) > _MAX_KEY or _size(article.ref) > _MAX_REF
    if not long and all(_size(key) <= _MAX_KEY for key in (*article.aliases, *article.related)):
        return article
    return replace(
        article,
        key=_shortened(article.key, _MAX_KEY),
        ref=_shortened(article.ref, _MAX_REF),
        aliases=tuple(_shortened(key, _MAX_KEY) for key in article.aliases),
        related=tuple(_shortened(key, _MAX_KEY) for key in article.related),
    )


def _within_range(article: Article) -> Article:
    """With a date and numbers that every step and every store can hold."""
    if not _FIRST <= article.published <= _LAST:
        published = min(max(article.published, _FIRST), _LAST)
        article = replace(article, published=published)
    if article.quality is not None and abs(article.quality) > _MAX_QUALITY:
        article = replace(article, quality=_MAX_QUALITY if article.quality > 0 else -_MAX_QUALITY)
    return article


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _shortened(text: CleanText, most: int) -> CleanText:
    """At most so many bytes; what is cut off counts as its digest."""
    if _size(text) <= most:
        return text
    start = text.encode("utf-8", "replace")[: most - _DIGEST].decode("utf-8", "ignore")
    return CleanText(f"{start}#{_digest(text)}")


def _distinct(articles: Iterable[Article]) -> Iterator[Article]:
    """Articles of one document that share its id for them are told apart by their addresses."""
    every = list(articles)
    own = {(a.ref, a.key) for a in every if a.verdict is not Verdict.RELATED_ONLY}
    shared = Counter(ref for ref, _ in own)
    for article in every:
        if shared[article.ref] > 1 and article.verdict is not Verdict.RELATED_ONLY:
            ref = CleanText(f"{article.ref[:250]}#{_digest(article.key)}")
            ref = _shortened(ref, _MAX_REF)
            article = replace(article, ref=ref)
        yield article


def _with_publisher(article: Article, source: Source, title: str) -> Article:
    """The name of who publishes it. A feed's own title stands for its publisher; where the
    configuration names the publisher, or names the source with the words that this title begins
    with ("NDTV" for "NDTV News Search Records Found 1000"), that is the name."""
    publisher = article.publisher
    says_itself = publisher.name not in (title, publisher.domain)
    if article.verdict is Verdict.RELATED_ONLY or says_itself:
        return article
    name = clean_text(source.publisher)
    if not name and len(source.name) >= _SHORTEST_NAME:
        name = clean_text(source.name if _begins_with(title, source.name) else "")
    if not name or name == publisher.name:
        return article
    return replace(article, publisher=Publisher(name, publisher.domain))


def _begins_with(title: str, name: str) -> bool:
    return re.match(rf"{re.escape(name)}\b", title) is not None


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
