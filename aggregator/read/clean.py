"""The one place where text from outside becomes ours: items as on the wire to clean articles.

Control characters go, HTML is sanitised or turned into text, lengths are bounded, links must be
absolute http(s) URLs, dates are aware and not in the future. Behind this door nobody looks again.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import urlsplit

import nh3

from aggregator.errors import BadItem
from aggregator.identify import canonical_url
from aggregator.model import Article, Enclosure, Image, Item, ItemImage, Publisher, Source, Standing
from aggregator.read.recognise import recognised_language

MAX_TITLE = 500
MAX_EXCERPT = 1_000
MAX_NAME = 200
MAX_URL = 2_048
MAX_TOPICS = 50
NOWHERE = "about:blank#"
"""What the keys of articles without any address begin with."""
MAX_RELATED = 200
MAX_REF = 300

# C0 but for white space, DEL, C1, lone surrogates, non-characters, and the marks that turn the
# direction of what follows (they make one text look like another), a stray byte order mark.
_BAD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u202a-\u202e\u2066-\u2069\ufeff]"
)
_NOT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f-\x9f<>\"\\^`{|}]")
_PLAIN_URL = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w.~!$&'()*+,;=:@%/?#-]*", re.ASCII)
_SPACES = re.compile(r"\s+")
_TAG = re.compile(r"<[A-Za-z/!?]")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_BLOCK = re.compile(r"<(?:br|p|div|li|ul|ol|h[1-6]|tr|td|table|blockquote|figure)\b[^>]*>", re.I)
_ODD_QUALITY = range(-1_000_000, 1_000_001)


def plain_text(text: str, limit: int) -> str:
    """Text of one line: no control characters, white space folded, at most `limit` characters."""
    if len(text) > 4 * limit:
        text = text[: 4 * limit]
    if not text.isprintable() or "  " in text:  # printable has neither controls nor other spaces
        text = _SPACES.sub(" ", _BAD.sub("", text))
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def text_of_html(markup: str, limit: int) -> str:
    """The words of an HTML fragment as plain text of one line: scripts, styles and tags gone."""
    markup = markup[: 40 * limit]
    if _TAG.search(markup):
        markup = nh3.clean(_BLOCK.sub(" ", markup), tags=set(), attributes={})
    for _ in range(2):  # feeds escape once too often more often than one likes
        if "&" not in markup:
            break
        markup = html.unescape(markup)
        if _TAG.search(markup):
            markup = nh3.clean(_BLOCK.sub(" ", markup), tags=set(), attributes={})
    return plain_text(markup, limit)


def http_url(url: str) -> str:
    """The URL where it is an absolute http(s) one with a host and no credentials, else ``""``."""
    if len(url) <= MAX_URL and _PLAIN_URL.fullmatch(url):
        return url
    url = url.strip()
    if _NOT_IN_URL.search(url):
        url = _escaped(url)
    if not url or len(url) > MAX_URL:
        return ""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- raises ValueError for a port that is none
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return ""
    return parts.scheme.lower() + url[len(parts.scheme) :]


def _escaped(url: str) -> str:
    url = _BAD.sub("", url)
    return _NOT_IN_URL.sub(lambda match: f"%{ord(match[0]):02X}", url)


def articles_of(item: Item, source: Source, now: datetime) -> list[Article]:
    """The item's own article first, then the coverage that the source declares for it.

    Raises BadItem where the item cannot be an article. Coverage that cannot be one is passed over;
    what has no address at all (videos, in real story files) is still known to be related, under a
    key that leads nowhere.
    """
    primary = _article(item, source, now)
    related, nowhere = [], []
    for other in item.related[:MAX_RELATED]:
        try:
            related.append(_mention(other, item, source, now))
        except BadItem:
            if not other.url.strip() and not other.addresses:
                nowhere.append(f"{NOWHERE}{_digest(f'{other.title} {other.published}')}")
    keys = dict.fromkeys(a.key for a in related if a.key != primary.key)
    declared = (*keys, *dict.fromkeys(nowhere))
    own = replace(primary, related=declared) if declared else primary
    by_key = {article.key: article for article in reversed(related) if article.key in keys}
    return [own, *(by_key[key] for key in keys)]


def _mention(other: Item, item: Item, source: Source, now: datetime) -> Article:
    mentioned = _article(other, source, now, ref=item.ref, standing=Standing.MENTIONED)
    if other.published is not None or item.published is None:
        return mentioned
    return replace(mentioned, published=_date(item.published, now)[0], dated=False)


def _article(
    item: Item, source: Source, now: datetime, ref: str = "", standing: Standing | None = None
) -> Article:
    url, key, aliases = _addresses(item)
    title = plain_text(item.title, MAX_TITLE)
    if not title:
        raise BadItem("no title", item.line)
    published, dated = _date(item.published, now)
    mentioned = standing is Standing.MENTIONED
    host = key.removeprefix("https://").partition("/")[0].partition("?")[0]
    publisher = plain_text(item.publisher, MAX_NAME)
    domain = plain_text(item.domain, MAX_NAME).lower()
    return Article(
        source=source.name,
        ref=_ref(ref or item.ref or key),
        key=key,
        url=url,
        title=title,
        published=published,
        publisher=Publisher(publisher or domain or host, domain or host),
        standing=standing or item.standing or Standing.UNJUDGED,
        excerpt=text_of_html(item.summary, MAX_EXCERPT),
        dated=dated,
        author=plain_text(item.author, MAX_NAME),
        lang=plain_text(item.lang, 35) or recognised_language(f"{title} {item.summary}"),
        video=item.video,
        image=_image(item.image),
        quality=_quality(item.quality, None if mentioned else source.quality),
        topics=_topics(item.topics if mentioned else (*item.topics, *source.topics)),
        aliases=aliases,
        enclosure=_enclosure(item.enclosure),
    )


def _addresses(item: Item) -> tuple[str, str, tuple[str, ...]]:
    """The URL to follow, the key, and the other forms of the address.

    An item without a link of its own (RSS allows that) is told apart by its `ref`.
    """
    candidates = [http_url(address) for address in dict.fromkeys((item.url, *item.addresses))]
    addresses = [address for address in candidates if address]
    if not addresses:
        reason = "is no http(s) address" if item.url.strip() else "is missing"
        shown = f" {plain_text(item.url, 80)!r}" if item.url.strip() else ""
        raise BadItem(f"the address{shown} {reason}", item.line)
    keys = dict.fromkeys(key for address in addresses if (key := canonical_url(address)))
    if not keys:
        raise BadItem(f"the address {addresses[0]!r} has no usable host", item.line)
    key, *aliases = keys
    if not item.linked:
        return addresses[0], f"{key}#{_digest(item.ref or item.title)}", ()
    # A front page is nobody's other address: as an alias it would make one article of many.
    return addresses[0], key, tuple(alias for alias in aliases if _has_path(alias))


def _has_path(key: str) -> bool:
    return "/" in key.removeprefix("https://") or "?" in key


def _date(stated: datetime | None, now: datetime) -> tuple[datetime, bool]:
    """A date that can be published: none, or one in the future, is the time of first sight."""
    if stated is None:
        return now, False
    if stated.tzinfo is None:
        stated = stated.replace(tzinfo=UTC)
    stated = stated.astimezone(UTC).replace(microsecond=0)
    return (now, False) if stated > now else (stated, True)


def _image(image: ItemImage | None) -> Image | None:
    if image is None or not (url := http_url(image.url)):
        return None
    sizes = [size if size and 0 < size <= 100_000 else None for size in (image.width, image.height)]
    return Image(url, *sizes)


def _enclosure(enclosure: Enclosure | None) -> Enclosure | None:
    if enclosure is None or not (url := http_url(enclosure.url)):
        return None
    kind = enclosure.media_type.strip().lower()
    media_type = kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
    return Enclosure(url, media_type, min(max(enclosure.length, 0), 10**12))


def _quality(own: int | None, prior: int | None) -> int | None:
    return own if own is not None and own in _ODD_QUALITY else prior


def _topics(names: Iterable[str]) -> tuple[str, ...]:
    clean = (plain_text(name, MAX_NAME) for name in names)
    return tuple(dict.fromkeys(name for name in clean if name))[:MAX_TOPICS]


def _ref(ref: str) -> str:
    ref = plain_text(ref, 4 * MAX_REF)
    return ref if len(ref) <= MAX_REF else f"{ref[: MAX_REF - 33]}#{_digest(ref)}"


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
