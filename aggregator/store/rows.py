"""Values to rows of the tables and back. Only clean texts are saved, so all texts that are read are
``CleanText``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from aggregator.model import (
    Article,
    CleanText,
    DocumentState,
    Enclosure,
    FeedRecord,
    FullText,
    Image,
    PollDay,
    Promotion,
    Publisher,
    SourceState,
    StoryRecord,
    Subscription,
    Verdict,
)
from aggregator.model.times import EARLIEST, LATEST

Row = dict[str, object]
"""The values to write, by column. What is read is typed ``Any``, as SQLAlchemy gives it."""
_FIRST, _LAST = int(EARLIEST.timestamp()), int(LATEST.timestamp())
_VERDICTS = {verdict.value: verdict for verdict in Verdict}


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970 (UTC): the dates of RSS have no fractions (RFC 822)."""
    return min(max(int(moment.timestamp()), _FIRST), _LAST)  # a float rounds 9999-12-31 up


def moment(seconds: int) -> datetime:
    """The aware time in UTC; numbers beyond the years 1 to 9999 give the first or last one."""
    return datetime.fromtimestamp(min(max(seconds, _FIRST), _LAST), UTC)


def article_row(article: Article) -> Row:
    """A row of ``articles``."""
    source, ref, slot = article.row_key
    return {
        "source": source,
        "ref": ref,
        "slot": slot,
        "key": article.key,
        "url": article.url,
        "title": article.title,
        "published": seconds(article.published),
        "publisher": article.publisher.name,
        "domain": article.publisher.domain,
        "standing": article.verdict.value,
        "excerpt": article.excerpt,
        "dated": article.dated,
        "author": article.author,
        "lang": article.lang,
        "video": article.video,
        "image": _image_text(article.image),
        "quality": article.quality,
        "topics": _list_text(article.topics),
        "aliases": _list_text(article.aliases),
        "related": _list_text(article.related),
        "enclosure": _enclosure_text(article.enclosure),
        "position": article.position,
        "content": article.content.digest if article.content else "",
    }


def article_of(row: Sequence[Any], load: Callable[[str, str], str]) -> Article:
    """The article of a row, its columns in the order of the table. `load` gives the full text of an
    article (source, ref)."""
    source, ref, _slot, key, url, title, published, publisher, domain, verdict, *details = row
    excerpt, dated, author, lang, video, image, quality, *lists = details
    topics, aliases, related, enclosure, position, content = lists
    return Article(
        source=source,
        ref=ref,
        key=key,
        url=url,
        title=title,
        published=moment(published),
        publisher=publisher_of(publisher, domain),
        verdict=_VERDICTS[verdict],
        excerpt=excerpt,
        dated=bool(dated),
        author=author,
        lang=lang,
        video=bool(video),
        image=_image(image),
        quality=quality,
        topics=_list(topics),
        aliases=_list(aliases),
        related=_list(related),
        enclosure=_enclosure(enclosure),
        position=position,
        content=FullText(content, partial(load, source, ref)) if content else None,
    )


@lru_cache(maxsize=8_192)
def publisher_of(name: CleanText, domain: CleanText) -> Publisher:
    """The publisher in these columns."""
    return Publisher(name, domain)


def story_row(record: StoryRecord) -> Row:
    """A row of ``stories``."""
    return {
        "id": record.id,
        "founder": record.origin_key,
        "lead": record.lead,
        "title": record.title,
        "published": seconds(record.published),
        "updated": seconds(record.updated),
        "shown": record.content_digest,
        "ended_into": record.merged_into,
    }


def story_of(row: Mapping[str, Any], keys: Iterable[str], anchors: Iterable[str]) -> StoryRecord:
    """The story of a row, with the keys of its members and anchors."""
    return StoryRecord(
        id=row["id"],
        origin_key=row["founder"],
        lead=row["lead"],
        title=row["title"],
        published=moment(row["published"]),
        updated=moment(row["updated"]),
        content_digest=row["shown"],
        members=frozenset(keys),
        anchors=frozenset(anchors),
        merged_into=row["ended_into"],
    )


def feed_row(record: FeedRecord) -> Row:
    """A row of ``feeds``."""
    removed = record.removed and seconds(record.removed)
    return {"slug": record.slug, "created": seconds(record.created), "removed": removed}


def feed_of(slug: str, created: int, removed: int | None) -> FeedRecord:
    """The feed of a row."""
    return FeedRecord(slug, moment(created), None if removed is None else moment(removed))


def promotion_row(promotion: Promotion) -> Row:
    """A row of ``promotions``."""
    promoted = seconds(promotion.when)
    return {"topic": promotion.topic, "story": promotion.story, "promoted": promoted}


def promotion_of(topic: str, story: str, promoted: int) -> Promotion:
    """The promotion of a row."""
    return Promotion(topic, story, moment(promoted))


def document_row(source: str, state: DocumentState) -> Row:
    """A row of ``documents``."""
    return {
        "source": source,
        "ref": state.ref,
        "size": state.size,
        "modified": state.modified,
        "digest": state.digest,
        "problem": state.problem,
        "line": state.line,
    }


_STATE_COLUMNS = {
    "location": "place",
    "moved_to": "location",
    "redirect_candidate": "moving",
    "redirect_count": "moves",
    "options_digest": "options",
}
"""Columns of ``sources`` whose names differ from those of the fields."""
_TIMES = ("checked", "succeeded", "changed", "due", "not_before")


def source_row(state: SourceState) -> Row:
    """A row of ``sources``."""
    row: Row = {
        _STATE_COLUMNS.get(name, name): getattr(state, name) for name in SourceState.__slots__
    }
    for name in _TIMES:
        time: datetime | None = getattr(state, name)
        row[name] = time and seconds(time)
    return row


def source_of(row: Mapping[str, Any]) -> SourceState:
    """The state of a row."""
    values = {name: row[_STATE_COLUMNS.get(name, name)] for name in SourceState.__slots__}
    for name in _TIMES:
        values[name] = None if values[name] is None else moment(values[name])
    return SourceState(**values)


def subscription_row(subscription: Subscription) -> Row:
    """A row of ``subscriptions``."""
    row: Row = {name: getattr(subscription, name) for name in Subscription.__slots__}
    del row["requested_at"]
    until = subscription.until
    return {
        **row,
        "asked": seconds(subscription.requested_at),
        "until": until and seconds(until),
    }


def subscription_of(row: Mapping[str, Any]) -> Subscription:
    """The subscription of a row."""
    values = dict(row)
    values["requested_at"] = moment(values.pop("asked"))
    values["until"] = values["until"] and moment(values["until"])
    return Subscription(**values)


def poll_row(poll: PollDay) -> Row:
    """A row of ``polls``."""
    return {name: getattr(poll, name) for name in PollDay.__slots__}


def _list_text(values: tuple[CleanText, ...]) -> str:
    return "\n".join(values)


def _list(text: str) -> tuple[CleanText, ...]:
    return tuple(map(CleanText, text.split("\n"))) if text else ()


def _image_text(image: Image | None) -> str:
    return f"{image.url} {image.width or 0} {image.height or 0}" if image else ""


def _image(text: str) -> Image | None:
    if not text:
        return None
    url, width, height = text.rsplit(" ", 2)
    return Image(CleanText(url), int(width) or None, int(height) or None)


def _enclosure_text(enclosure: Enclosure | None) -> str:
    if enclosure is None:
        return ""
    return json.dumps([enclosure.url, enclosure.media_type, enclosure.length])


def _enclosure(text: str) -> Enclosure | None:
    if not text:
        return None
    if text.startswith("["):
        return Enclosure(*json.loads(text))
    url, media_type, length = text.rsplit(" ", 2)  # written by an earlier version
    return Enclosure(CleanText(url), CleanText(media_type), int(length))
