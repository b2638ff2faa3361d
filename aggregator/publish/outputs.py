"""Which files come of feeds: the name of each, what its bytes depend on, and how to make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b

from aggregator import __version__
from aggregator.model import Feed, Outline, Site
from aggregator.publish.assets import STYLES, asset
from aggregator.publish.registry import FORMATS

_TOP = 5  # stories of a topic on the first page


@dataclass(frozen=True, slots=True)
class FileOutput:
    """A file to be: its name, a digest of all that its bytes depend on, and the ids of the entries
    in it. `render` makes its bytes, without the entries whose ids it is given."""

    name: str
    value: str
    render: Callable[[frozenset[str]], bytes]
    entries: tuple[str, ...] = ()


def outputs_of(
    feeds: Sequence[Feed],
    site: Site,
    formats: Sequence[str],
    aliases: Mapping[str, str],
    *,
    whole: bool,
) -> Iterator[FileOutput]:
    """The files of public feeds in these formats, under their former names (`aliases`) too; with
    `whole` the index, ``feeds.opml`` and the style sheets."""
    chosen = ",".join(formats)
    menu = repr([(feed.slug, feed.title) for feed in feeds])
    former: dict[str, list[str]] = {}
    for alias, slug in sorted(aliases.items()):
        former.setdefault(slug, []).append(alias)
    for feed in feeds:
        value = digest(repr(feed).encode("utf-8", "replace"))
        page_value = digest(f"{value}{menu}{chosen}".encode("utf-8", "replace"))
        page = partial(_topic_page, feed, feeds, formats)
        ids = tuple(entry.id for entry in feed.entries)
        for name in (feed.slug, *former.get(feed.slug, ())):
            for ext in formats:
                yield FileOutput(f"{name}.{ext}", value, partial(_feed_file, feed, ext), ids)
            yield FileOutput(f"{name}.html", page_value, page, ids)
    if whole:
        yield from _whole_site(feeds, site, formats, f"{menu}{chosen}")


def _whole_site(
    feeds: Sequence[Feed], site: Site, formats: Sequence[str], menu: str
) -> Iterator[FileOutput]:
    tops = repr([feed.entries[:_TOP] for feed in feeds])
    index = digest(f"{site!r}{tops}{menu}".encode("utf-8", "replace"))
    ids = tuple(dict.fromkeys(entry.id for feed in feeds for entry in feed.entries[:_TOP]))
    yield FileOutput("index.html", index, partial(_index_page, site, feeds, formats), ids)
    listed = digest(f"{site!r}{menu}".encode("utf-8", "replace"))
    yield FileOutput("feeds.opml", listed, partial(_opml, site, feeds, formats))
    for name in STYLES:
        data = asset(name)
        yield FileOutput(name, digest(data), partial(_as_it_is, data))


def _without(feed: Feed, ids: frozenset[str]) -> Feed:
    if not ids:
        return feed
    return replace(feed, entries=tuple(e for e in feed.entries if e.id not in ids))


def render(feed: Feed, ext: str) -> bytes:
    """One feed in one format."""
    return FORMATS[ext].render(feed)


def subscription_list(title: str, outlines: Iterable[Outline]) -> bytes:
    """The feeds as OPML."""
    from aggregator.publish.formats import opml

    return opml.render(title, outlines)


def digest(data: bytes) -> str:
    """Of the data and this version of the program: a new version renders everything anew."""
    return blake2b(data, digest_size=16, person=__version__.encode()[:16]).hexdigest()


def _feed_file(feed: Feed, ext: str, left_out: frozenset[str]) -> bytes:
    return render(_without(feed, left_out), ext)


def _topic_page(
    feed: Feed, feeds: Sequence[Feed], formats: Sequence[str], left_out: frozenset[str]
) -> bytes:
    from aggregator.publish.html_pages import topic_page

    return topic_page(_without(feed, left_out), feeds, formats)


def _index_page(
    site: Site, feeds: Sequence[Feed], formats: Sequence[str], left_out: frozenset[str]
) -> bytes:
    from aggregator.publish.html_pages import index_page

    return index_page(site, [_without(feed, left_out) for feed in feeds], formats)


def _as_it_is(data: bytes, _left_out: frozenset[str]) -> bytes:
    return data


def _opml(
    site: Site, feeds: Sequence[Feed], formats: Sequence[str], _left_out: frozenset[str]
) -> bytes:
    ext = "atom" if "atom" in formats else formats[0]
    outlines = [Outline(feed.title, feed.address(ext), page=feed.page) for feed in feeds]
    return subscription_list(site.title, outlines)
