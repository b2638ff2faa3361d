"""Convert unvalidated items to clean articles: the last step of reading.

Each text is cleaned once, by its kind; links must be absolute http(s) URLs; dates are aware and not
in the future; lengths are bounded. Nothing downstream validates again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

from aggregator.errors import BadItem
from aggregator.identify import canonical_url
from aggregator.model import (
    MAX_NAME,
    MAX_TITLE,
    NO_TEXT,
    Article,
    CleanText,
    Enclosure,
    FullText,
    Image,
    Item,
    ItemEnclosure,
    ItemImage,
    Publisher,
    Source,
    Text,
    Verdict,
    clean_text,
)
from aggregator.model.languages import language_tag
from aggregator.read.addresses import escaped, http_url
from aggregator.read.cleaning import MAX_EXCERPT, clean
from aggregator.read.full_text import full_text
from aggregator.read.language_detection import recognised_languages

MAX_TOPICS = 50
UNADDRESSED_PREFIX = "about:blank#"
"""The prefix of the keys of articles without any address."""
MAX_RELATED = 200
MAX_REF = 300

_END_OF_HOST = re.compile("[/?#]")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_QUALITY_RANGE = range(-1_000_000, 1_000_001)


class ItemTexts(NamedTuple):
    """The clean title and excerpt of an item, and their language as a BCP 47 tag or ``""``."""

    title: CleanText
    excerpt: CleanText
    lang: CleanText


def words_of_items(items: Sequence[Item]) -> list[ItemTexts]:
    """The clean texts of each item. Languages that are not stated are recognised together."""
    titles = [clean(item.title, MAX_TITLE) for item in items]
    excerpts = [clean(item.summary, MAX_EXCERPT) for item in items]
    langs = [language_tag(item.lang) for item in items]
    unstated = [n for n, lang in enumerate(langs) if not lang and titles[n]]
    texts = [f"{titles[n]} {excerpts[n]}" for n in unstated]
    for n, lang in zip(unstated, recognised_languages(texts), strict=True):
        langs[n] = CleanText(lang)
    return list(map(ItemTexts, titles, excerpts, langs))


def articles_of(
    item: Item, source: Source, now: datetime, words: ItemTexts | None = None
) -> list[Article]:
    """The item's own article first, then the coverage that the source declares for it.

    Raises BadItem where the item cannot be an article. Coverage that cannot be one is skipped, but
    coverage without any address (videos, in real story files) stays related, under a key that is
    not a link. `now` replaces missing and future dates. `words` are the texts of the item, if they
    were cleaned already.
    """
    primary = _article(item, source, now, words or words_of_items([item])[0])
    related: list[Article] = []
    unaddressed_keys: list[CleanText] = []
    related_items = item.related[:MAX_RELATED]
    for mention, mention_words in zip(related_items, words_of_items(related_items), strict=True):
        try:
            related.append(_mention(mention, item, source, now, mention_words))
        except BadItem:
            if not mention.url.strip() and not mention.addresses:
                digest = _digest(f"{mention.title.value} {mention.published}")
                unaddressed_keys.append(CleanText(f"{UNADDRESSED_PREFIX}{digest}"))
    keys = dict.fromkeys(a.key for a in related if a.key != primary.key)
    declared = (*keys, *dict.fromkeys(unaddressed_keys))
    primary = replace(primary, related=declared) if declared else primary
    by_key = {article.key: article for article in reversed(related) if article.key in keys}
    return [primary, *(by_key[key] for key in keys)]


def _mention(mention: Item, item: Item, source: Source, now: datetime, words: ItemTexts) -> Article:
    article = _article(mention, source, now, words, ref=item.ref, verdict=Verdict.RELATED_ONLY)
    if mention.published is not None or item.published is None:
        return article
    return replace(article, published=_date(item.published, now)[0], dated=False)


def _article(
    item: Item,
    source: Source,
    now: datetime,
    words: ItemTexts,
    ref: str = "",
    verdict: Verdict | None = None,
) -> Article:
    url, key, aliases = _addresses(item)
    if not words.title:
        raise BadItem("no title", item.line)
    published, dated = _date(item.published, now)
    is_mention = verdict is Verdict.RELATED_ONLY
    return Article(
        source=source.name,
        key=key,
        published=published,
        publisher=_publisher(item, key),
        verdict=verdict or item.verdict or Verdict.NONE,
        dated=dated,
        video=item.video,
        image=_image(item.image),
        quality=_quality(item.quality, None if is_mention else source.quality),
        aliases=aliases,
        enclosure=_enclosure(item.enclosure),
        position=0 if dated else item.order,
        ref=_ref(ref or item.ref or key),
        url=url,
        title=words.title,
        excerpt=words.excerpt,
        author=clean(item.author, MAX_NAME),
        lang=words.lang,
        topics=_topics(item.topics, () if is_mention else source.topics),
        content=_content(item, source) if source.full_text and not is_mention else None,
    )


def _content(item: Item, source: Source) -> FullText | None:
    """The full text: in many feeds it is the summary. In other documents a summary is only that."""
    text = item.content or (item.summary if source.kind == "feed" else NO_TEXT)
    html = full_text(text, item.base or item.url)
    return FullText.of(html) if html else None


def _publisher(item: Item, key: CleanText) -> Publisher:
    host = CleanText(_END_OF_HOST.split(key.removeprefix("https://"), maxsplit=1)[0])
    name = clean(item.publisher, MAX_NAME)
    domain = CleanText(clean_text(item.domain, MAX_NAME).lower())
    return Publisher(name or domain or host, domain or host)


def _addresses(item: Item) -> tuple[CleanText, CleanText, tuple[CleanText, ...]]:
    """The URL to follow, the key, and the aliases.

    The key of an item without its own link (RSS allows that) contains its `ref`; that of an item
    that shares its address with others of its document contains its `part`.
    """
    candidates = [http_url(address) for address in dict.fromkeys((item.url, *item.addresses))]
    addresses = [address for address in candidates if address]
    if not addresses:
        reason = "is no http(s) address" if item.url.strip() else "is missing"
        quoted_url = f" {clean_text(item.url, 80)!r}" if item.url.strip() else ""
        raise BadItem(f"the address{quoted_url} {reason}", item.line)
    keys = dict.fromkeys(key for address in addresses if (key := canonical_url(address)))
    if not keys:
        raise BadItem(f"the address {addresses[0]!r} has no usable host", item.line)
    key, *aliases = keys
    if not item.linked:
        digest = _digest(item.ref or item.title.value)
        return addresses[0], CleanText(f"{key}#{digest}"), ()
    if item.part:
        anchored = addresses[0].rpartition("#")[2] == escaped(item.part)
        part = escaped(item.part)[:MAX_REF] if anchored else _digest(item.part)
        return addresses[0], CleanText(f"{key}#{part}"), ()
    # A front page is no alias: it would merge many articles into one.
    return addresses[0], key, tuple(alias for alias in aliases if _has_path(alias))


def _has_path(key: str) -> bool:
    return any(delimiter in key.removeprefix("https://") for delimiter in "/?#")


def _date(stated: datetime | None, now: datetime) -> tuple[datetime, bool]:
    """The date to publish, and whether the item states it.

    `now`, the time of first sight, replaces a missing date and one in the future.
    """
    if stated is None:
        return now, False
    aware = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
    moment = aware.astimezone(UTC).replace(microsecond=0)  # ``dates`` excludes extreme years
    return (now, False) if moment > now else (moment, True)


def _image(image: ItemImage | None) -> Image | None:
    if image is None or not (url := http_url(image.url)):
        return None
    sizes = [size if size and 0 < size <= 100_000 else None for size in (image.width, image.height)]
    return Image(url, *sizes)


def _enclosure(enclosure: ItemEnclosure | None) -> Enclosure | None:
    if enclosure is None or not (url := http_url(enclosure.url)):
        return None
    kind = enclosure.media_type.strip().lower()
    media_type = kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
    return Enclosure(url, CleanText(media_type), min(max(enclosure.length, 0), 10**12))


def _quality(quality: int | None, default: int | None) -> int | None:
    return quality if quality is not None and quality in _QUALITY_RANGE else default


def _topics(names: Iterable[Text], of_source: Iterable[str]) -> tuple[CleanText, ...]:
    """The topics of an item, then those that the configuration assigns to its source."""
    stated = (clean(name, MAX_NAME) for name in names)
    topics = (*stated, *(clean_text(name, MAX_NAME) for name in of_source))
    return tuple(dict.fromkeys(name for name in topics if name))[:MAX_TOPICS]


def _ref(ref: str) -> CleanText:
    clean_ref = clean_text(ref, 4 * MAX_REF)
    if len(clean_ref) <= MAX_REF and len(ref) <= 4 * MAX_REF:
        return clean_ref
    return CleanText(f"{clean_ref[: MAX_REF - 33]}#{_digest(ref)}")


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
