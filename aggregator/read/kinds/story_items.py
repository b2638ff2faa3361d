"""Convert the fields of a story (of a story file, the story API or a JSON line) to an Item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from aggregator.errors import BadItem
from aggregator.model import Item, ItemImage, Json, Text, TextKind, Verdict
from aggregator.read.kinds.dates import any_date_of, date_of
from aggregator.read.kinds.people import person

Lines = Callable[[tuple[str | int, ...]], int]

_TITLES = ("title",)
_URLS = ("webUrl", "url", "link", "originalUrl")
_ADDRESSES = ("originalUrl", "ampWebUrl", "cdnAmpWebUrl")
_DATES = ("publishedDateTime", "published_at", "date", "datePublished")
_EXCERPTS = ("excerpt", "summary", "description")
_TOPICS = ("topics", "topic", "tags")
_VERDICTS = frozenset({"true", "false"})


def no_lines(_path: tuple[str | int, ...]) -> int:
    """The lines of a format without line numbers: 0 for every value."""
    return 0


def story_item(fields: Mapping[str, Json], ref: str, lines: Lines = no_lines) -> Item:
    """The item of a story's fields. Raises BadItem with the line of the wrong field, which `lines`
    gives by the path of keys.

    `secured` (an encrypted blob), `heat` (derived) and `featuredContent` (a video's iframe) are
    not read, so that they are never published nor cause an update.
    """
    item = _article(fields, ref, lines)
    related = []
    for number, entry in enumerate(_list(fields.get("related"))):
        if not isinstance(entry, Mapping):
            raise BadItem("related: not a list of stories", lines(("related", number)))
        if _text(entry, _TITLES, lines):
            related.append(_article(entry, ref, _lines_below(lines, number)))
    verdict = _verdict(fields, bool(related or fields.get("related")), lines)
    return replace(item, related=tuple(related), verdict=verdict)


def _lines_below(lines: Lines, number: int) -> Lines:
    return lambda path: lines(("related", number, *path))


def _article(fields: Mapping[str, Json], ref: str, lines: Lines) -> Item:
    provider = fields.get("provider")
    if not isinstance(provider, Mapping):
        provider = {"name": provider if isinstance(provider, str) else ""}
    return Item(
        ref=ref,
        url=_text(fields, _URLS, lines),
        title=Text(_text(fields, _TITLES, lines)),
        addresses=tuple(a for name in _ADDRESSES if (a := _text(fields, (name,), lines))),
        summary=Text(_text(fields, _EXCERPTS, lines), TextKind.UNSTATED),
        published=_date(fields, lines),
        publisher=Text(
            _text(provider, ("name",), no_lines) or _text(fields, ("publisher",), lines)
        ),
        domain=_text(provider, ("domain",), no_lines) or _text(fields, ("domain",), lines),
        author=Text(person(_text(fields, ("author",), lines))),
        lang=_text(fields, ("lang", "language"), lines),
        video=fields.get("type") == "video",
        image=_image(fields.get("images")),
        quality=_integer(fields, "quality", lines),
        topics=tuple(Text(name) for name in _names(fields, lines)),
        line=lines(()),
    )


def _verdict(fields: Mapping[str, Json], has_related: bool, lines: Lines) -> Verdict | None:
    """The source's verdict. `published: true` is a story, false is superseded or unpublished;
    `removed: true` is unpublished in any case."""
    if str(fields.get("removed", "")).lower() == "true":
        return Verdict.UNPUBLISHED
    value = fields.get("published")
    if value is None:
        return None
    verdict = {"true": True, "false": False}.get(str(value).lower())
    if verdict is None:
        if date_of(value) is not None:  # JSON lines: `published` is the date
            return None
        raise BadItem(f"published: {_shown(value)} is not true or false", lines(("published",)))
    if verdict:
        return Verdict.STORY
    return Verdict.SUPERSEDED if has_related else Verdict.UNPUBLISHED


def _text(fields: Mapping[str, Json], names: tuple[str, ...], lines: Lines) -> str:
    """The first of the named fields that has a value. Raises BadItem if that is not text."""
    for name in names:
        value = fields.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise BadItem(f"{name}: {_shown(value)} is not text", lines((name,)))
        return str(value)
    return ""


def _date(fields: Mapping[str, Json], lines: Lines) -> datetime | None:
    for name in (*_DATES, "published"):
        value = fields.get(name)
        if value in (None, "") or (name == "published" and str(value).lower() in _VERDICTS):
            continue
        if any_date_of(value) is None:
            raise BadItem(f"{name}: {_shown(value)} is not a date and time", lines((name,)))
        return date_of(value)
    return None


def _integer(fields: Mapping[str, Json], name: str, lines: Lines) -> int | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        raise BadItem(f"{name}: {_shown(value)} is not a number", lines((name,))) from None


def _names(fields: Mapping[str, Json], lines: Lines) -> tuple[str, ...]:
    for name in _TOPICS:
        value = fields.get(name)
        if isinstance(value, str):
            return (value,)
        if isinstance(value, Mapping):
            raise BadItem(f"{name}: not a list of names", lines((name,)))
        if value is not None:
            return tuple(str(n) for n in _list(value) if isinstance(n, str | int | float) and n)
    return ()


def _image(images: Json) -> ItemImage | None:
    for image in _list(images):
        if isinstance(image, str):
            return ItemImage(image)
        if isinstance(image, dict) and isinstance(url := image.get("url"), str):
            return ItemImage(url, _size(image.get("width")), _size(image.get("height")))
    return None


def _size(value: Json) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 7 else None


def _list(value: Json) -> list[Json]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _shown(value: Json) -> str:
    text = f"{value!r:.60}" if isinstance(value, str) else type(value).__name__
    return {"list": "a list", "dict": "a mapping"}.get(text, text)
