"""The files of a set of feeds: the name of each, what its content depends on, how to render it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b

from aggregator import __version__
from aggregator.model import Feed, Outline, Site
from aggregator.publish.assets import STYLES, asset
from aggregator.publish.pages import STORIES_PER_TOPIC, PageContext, index_page, topic_page
from aggregator.publish.registry import FORMATS


@dataclass(frozen=True, slots=True)
class FileOutput:
    """A file to publish. `input_digest` is a digest of all that its content depends on, `entries`
    are the ids of the entries in it. `render` returns its bytes without the entries with the given
    ids."""

    name: str
    input_digest: str
    render: Callable[[frozenset[str]], bytes]
    entries: tuple[str, ...] = ()


def outputs_of(
    feeds: Sequence[Feed],
    site: Site,
    formats: Sequence[str],
    aliases: Mapping[str, str],
    *,
    with_index: bool,
) -> Iterator[FileOutput]:
    """The files and pages of public feeds in these formats, also under their former names
    (`aliases`, former -> present); `with_index`: also the index, ``feeds.opml`` and the style
    sheets."""
    context = PageContext(site, feeds)
    menu = repr([(feed.slug, feed.title) for feed in feeds]) + ",".join(formats)
    former_names: dict[str, list[str]] = {}
    for alias, slug in sorted(aliases.items()):
        former_names.setdefault(slug, []).append(alias)
    for feed in feeds:
        input_digest = digest(repr(feed).encode("utf-8", "replace"))
        page_digest = digest(f"{input_digest}{menu}".encode("utf-8", "replace"))
        page = partial(_topic_page, context, feed, formats)
        ids = tuple(entry.id for entry in feed.entries)
        for name in (feed.slug, *former_names.get(feed.slug, ())):
            for ext in formats:
                yield FileOutput(f"{name}.{ext}", input_digest, partial(_feed_file, feed, ext), ids)
            yield FileOutput(f"{name}.html", page_digest, page, ids)
    if with_index:
        yield from _index_files(context, formats, menu)


def _index_files(context: PageContext, formats: Sequence[str], menu: str) -> Iterator[FileOutput]:
    first_entries = [feed.entries[:STORIES_PER_TOPIC] for feed in context.feeds]
    ids = tuple(dict.fromkeys(entry.id for entries in first_entries for entry in entries))
    input_digest = digest(f"{context.site!r}{first_entries!r}{menu}".encode("utf-8", "replace"))
    yield FileOutput("index.html", input_digest, partial(_index_page, context, formats), ids)
    input_digest = digest(f"{context.site!r}{menu}".encode("utf-8", "replace"))
    yield FileOutput("feeds.opml", input_digest, partial(_opml, context, formats))
    for name in STYLES:
        data = asset(name)
        yield FileOutput(name, digest(data), partial(_unchanged, data))


def _without(feed: Feed, excluded: frozenset[str]) -> Feed:
    if not excluded:
        return feed
    return replace(feed, entries=tuple(e for e in feed.entries if e.id not in excluded))


def render(feed: Feed, ext: str) -> bytes:
    """The bytes of a feed in the format with this file extension, a key of ``FORMATS``."""
    return FORMATS[ext].render(feed)


def subscription_list(title: str, outlines: Iterable[Outline]) -> bytes:
    """An OPML 2.0 document of feeds to subscribe to."""
    from aggregator.publish.formats import opml

    return opml.render(title, outlines)


def digest(data: bytes) -> str:
    """A digest of the data and the version of the program: a new version renders every file."""
    return blake2b(data, digest_size=16, person=__version__.encode()[:16]).hexdigest()


def _feed_file(feed: Feed, ext: str, excluded: frozenset[str]) -> bytes:
    return render(_without(feed, excluded), ext)


def _topic_page(
    context: PageContext, feed: Feed, formats: Sequence[str], excluded: frozenset[str]
) -> bytes:
    return topic_page(context, _without(feed, excluded), formats)


def _index_page(context: PageContext, formats: Sequence[str], excluded: frozenset[str]) -> bytes:
    feeds = [_without(feed, excluded) for feed in context.feeds]
    return index_page(replace(context, feeds=feeds), formats)


def _unchanged(data: bytes, _excluded: frozenset[str]) -> bytes:
    return data


def _opml(context: PageContext, formats: Sequence[str], _excluded: frozenset[str]) -> bytes:
    ext = "atom" if "atom" in formats else formats[0]
    outlines = [
        Outline(feed.title, feed.address(ext), page=feed.page_url) for feed in context.feeds
    ]
    return subscription_list(context.site.title, outlines)
