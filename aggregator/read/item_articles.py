"""Items as on the wire to clean articles: the last step of reading.

Texts pass ``text.clean`` once, by their kind; links must be absolute http(s) URLs; dates are aware
and not in the future; lengths are bounded. Nothing downstream validates again.
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
    Article,
    CleanText,
    Enclosure,
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
from aggregator.read.cleaning import MAX_EXCERPT, MAX_TITLE, clean
from aggregator.read.language_detection import recognised_languages

MAX_TOPICS = 50
NOWHERE = "about:blank#"
"""What the keys of articles without any address begin with."""
MAX_RELATED = 200
MAX_REF = 300

_END_OF_HOST = re.compile("[/?#]")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_ODD_QUALITY = range(-1_000_000, 1_000_001)


class Words(NamedTuple):
    """The words of an item, clean, and their language as BCP 47 has it."""

    title: CleanText
    excerpt: CleanText
    lang: CleanText


def words_of_items(items: Sequence[Item]) -> list[Words]:
    """The words of each item. Languages that no item states are recognised all at once."""
    titles = [clean(item.title, MAX_TITLE) for item in items]
    excerpts = [clean(item.summary, MAX_EXCERPT) for item in items]
    langs = [language_tag(item.lang) for item in items]
    unstated = [n for n, lang in enumerate(langs) if not lang and titles[n]]
    texts = [f"{titles[n]} {excerpts[n]}" for n in unstated]
    for n, lang in zip(unstated, recognised_languages(texts), strict=True):
        langs[n] = CleanText(lang)
    return list(map(Words, titles, excerpts, langs))


def articles_of(
    item: Item, source: Source, now: datetime, words: Words | None = None
) -> list[Article]:
    """The item's own article first, then the coverage that the source declares for it.

    Raises BadItem where the item cannot be an article. Coverage that cannot be one is passed over;
    what has no address at all (videos, in real story files) is still known to be related, under a
    key that leads nowhere. `words` are those of the item, where they were cleaned already.
    """
    primary = _article(item, source, now, words or words_of_items([item])[0])
    related: list[Article] = []
    nowhere: list[CleanText] = []
    mentions = item.related[:MAX_RELATED]
    for mention, its_words in zip(mentions, words_of_items(mentions), strict=True):
        try:
            related.append(_mention(mention, item, source, now, its_words))
        except BadItem:
            if not mention.url.strip() and not mention.addresses:
                digest = _digest(f"{mention.title.value} {mention.published}")
                nowhere.append(CleanText(f"{NOWHERE}{digest}"))
    keys = dict.fromkeys(a.key for a in related if a.key != primary.key)
    declared = (*keys, *dict.fromkeys(nowhere))
    own = replace(primary, related=declared) if declared else primary
    by_key = {article.key: article for article in reversed(related) if article.key in keys}
    return [own, *(by_key[key] for key in keys)]


def _mention(mention: Item, item: Item, source: Source, now: datetime, words: Words) -> Article:
    article = _article(mention, source, now, words, ref=item.ref, verdict=Verdict.RELATED_ONLY)
    if mention.published is not None or item.published is None:
        return article
    return replace(article, published=_date(item.published, now)[0], dated=False)


def _article(
    item: Item, source: Source, now: datetime, words: Words,
    ref: str = "", verdict: Verdict | None = None,
) -> Article:  # fmt: skip
    url, key, aliases = _addresses(item)
    if not words.title:
        raise BadItem("no title", item.line)
    published, dated = _date(item.published, now)
    mentioned = verdict is Verdict.RELATED_ONLY
    return Article(
        source=source.name,
        key=key,
        published=published,
        publisher=_publisher(item, key),
        verdict=verdict or item.verdict or Verdict.NONE,
        dated=dated,
        video=item.video,
        image=_image(item.image),
        quality=_quality(item.quality, None if mentioned else source.quality),
        aliases=aliases,
        enclosure=_enclosure(item.enclosure),
        position=0 if dated else item.order,
        ref=_ref(ref or item.ref or key),
        url=url,
        title=words.title,
        excerpt=words.excerpt,
        author=clean(item.author, MAX_NAME),
        lang=words.lang,
        topics=_topics(item.topics, () if mentioned else source.topics),
    )


def _publisher(item: Item, key: CleanText) -> Publisher:
    host = CleanText(_END_OF_HOST.split(key.removeprefix("https://"), maxsplit=1)[0])
    name = clean(item.publisher, MAX_NAME)
    domain = CleanText(clean_text(item.domain, MAX_NAME).lower())
    return Publisher(name or domain or host, domain or host)


def _addresses(item: Item) -> tuple[CleanText, CleanText, tuple[CleanText, ...]]:
    """The URL to follow, the key, and the other forms of the address.

    An item without a link of its own (RSS allows that) is told apart by its `ref`, one that shares
    its address with others of its document by its `part`.
    """
    candidates = [http_url(address) for address in dict.fromkeys((item.url, *item.addresses))]
    addresses = [address for address in candidates if address]
    if not addresses:
        reason = "is no http(s) address" if item.url.strip() else "is missing"
        shown = f" {clean_text(item.url, 80)!r}" if item.url.strip() else ""
        raise BadItem(f"the address{shown} {reason}", item.line)
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
    # A front page is nobody's other address: as an alias it would make one article of many.
    return addresses[0], key, tuple(alias for alias in aliases if _has_path(alias))


def _has_path(key: str) -> bool:
    return any(sign in key.removeprefix("https://") for sign in "/?#")


def _date(stated: datetime | None, now: datetime) -> tuple[datetime, bool]:
    """A date that can be published: none, or one in the future, is the time of first sight."""
    if stated is None:
        return now, False
    aware = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
    moment = aware.astimezone(UTC).replace(microsecond=0)  # ``dates`` keeps to years that can
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


def _quality(own: int | None, prior: int | None) -> int | None:
    return own if own is not None and own in _ODD_QUALITY else prior


def _topics(names: Iterable[Text], of_source: Iterable[str]) -> tuple[CleanText, ...]:
    """The topics of an item, then those that the configuration gives to its source."""
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
