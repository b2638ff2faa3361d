"""Sanitising of readings, so that the plan and every store can take them.

- Texts hold only characters that every format can hold, keys and refs are short enough to be
  indexed, language tags are those of known languages.
- Entries of one document that share an id stay distinct.
- Options of a source that apply to its articles (quality, topics, publisher) apply to all of them:
  when they change, all documents are read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b

from aggregator.model import (
    NO_WORDS,
    Article,
    CleanText,
    DocumentState,
    Reading,
    Source,
    SourceState,
    Verdict,
)
from aggregator.model.languages import language_tag
from aggregator.model.times import EARLIEST, LATEST
from aggregator.pipeline.publisher_names import with_publisher
from aggregator.publish import safe
from aggregator.store import Store

# Bytes. PostgreSQL takes index rows of at most 2,704 bytes, and one holds source, ref and key.
_MAX_KEY = 900
_MAX_REF = 600
_MAX_QUALITY = 1_000_000  # far from the 44 to 164 of story files, and within every integer
_DIGEST_LENGTH = 33  # ``#`` and 32 hexadecimal digits


def sanitised(reading: Reading) -> Reading:
    """The reading with articles, problems and states that the plan and every store can take."""
    articles = _distinct(map(_bounded, map(_clean, reading.articles)))
    title = reading.state.title
    named = tuple(with_publisher(article, reading.source, title) for article in articles)
    state = replace(safe(reading.state), options_digest=options_digest(reading.source))
    documents = tuple(d for d in map(safe, reading.documents) if _size(d.ref) <= _MAX_REF)
    problems = tuple(safe(problem) for problem in reading.problems)
    return replace(
        reading,
        articles=named,
        state=state,
        problems=problems,
        documents=documents,
        hub=safe(reading.hub),
        self_url=safe(reading.self_url),
    )


def with_configured_options(source: Source, state: SourceState | None) -> SourceState:
    """The state with which to read a source (None: no state is stored). Where options of its
    articles have changed, the validators are removed, so that all of it is read again."""
    if state is None:
        return SourceState(source.name)
    if state.options_digest in ("", options_digest(source)):
        return state
    return replace(state, etag=NO_WORDS, last_modified=NO_WORDS, digest="")


def document_loader(
    sources: Iterable[Source], states: Mapping[str, SourceState], store: Store
) -> Callable[[str], Mapping[str, DocumentState]]:
    """A function from the name of a source to the stored states of its files, by ref; none where
    options of its articles have changed, so that all files are read again."""
    changed = {
        source.name
        for source in sources
        if (state := states.get(source.name))
        and state.options_digest not in ("", options_digest(source))
    }

    def load(name: str) -> Mapping[str, DocumentState]:
        return {} if name in changed else store.documents(name)

    return load


def options_digest(source: Source) -> str:
    """A digest of the options of a source that apply to each of its articles."""
    options: tuple[object, ...]
    options = (source.kind, source.quality, source.topics, source.publisher)
    if source.full_text:
        options += ("full",)
    return blake2b(repr(options).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _clean(article: Article) -> Article:
    """The article after `safe`, with each text of a list in one line, as the store saves lists as
    lines. Most articles are clean, which one test of all texts shows faster than one per field."""
    publisher, image, enclosure = article.publisher, article.image, article.enclosure
    texts = [article.source, article.ref, article.key, article.url, article.title, article.excerpt]
    texts += [article.author, article.lang, publisher.name, publisher.domain]
    texts += [*article.topics, *article.aliases, *article.related]
    if image:
        texts.append(image.url)
    if enclosure:
        texts += [enclosure.url, enclosure.media_type]
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
    """The article with a date and a quality that every step and store can take."""
    if not EARLIEST <= article.published <= LATEST:
        published = min(max(article.published, EARLIEST), LATEST)
        article = replace(article, published=published)
    if article.quality is not None and abs(article.quality) > _MAX_QUALITY:
        article = replace(article, quality=_MAX_QUALITY if article.quality > 0 else -_MAX_QUALITY)
    return article


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _shortened(text: CleanText, limit: int) -> CleanText:
    """The text in at most `limit` bytes; a longer one is cut and ends in its digest."""
    if _size(text) <= limit:
        return text
    start = text.encode("utf-8", "replace")[: limit - _DIGEST_LENGTH].decode("utf-8", "ignore")
    return CleanText(f"{start}#{_digest(text)}")


def _distinct(articles: Iterable[Article]) -> Iterator[Article]:
    """The articles; where some of a document share a ref, a digest of their key is added to it."""
    articles = list(articles)
    own_keys = {(a.ref, a.key) for a in articles if a.verdict is not Verdict.RELATED_ONLY}
    counts = Counter(ref for ref, _ in own_keys)
    for article in articles:
        if counts[article.ref] > 1 and article.verdict is not Verdict.RELATED_ONLY:
            ref = CleanText(f"{article.ref[:250]}#{_digest(article.key)}")
            ref = _shortened(ref, _MAX_REF)
            article = replace(article, ref=ref)
        yield article


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
