"""The files of a set of feeds: the name of each, what its content depends on, how to render it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType

from aggregator import __version__
from aggregator.model import Entry, Feed, Outline, Site
from aggregator.publish.assets import STATIC, asset
from aggregator.publish.fragments import RenderCache
from aggregator.publish.front_page import front_page
from aggregator.publish.icons import icon_files
from aggregator.publish.page_context import PageContext
from aggregator.publish.pages import Paging, topic_page
from aggregator.publish.picture_urls import NO_PICTURES, Pictures, shown_paths
from aggregator.publish.registry import FORMATS
from aggregator.publish.templating import templates_digest


@dataclass(frozen=True, slots=True)
class FileOutput:
    """A file to publish. `input_digest` gives a digest of all that its content depends on, `render`
    its bytes without the entries with the given ids. `entries` are the ids of the entries in it,
    `feed` is the slug of the feed whose file it is; empty for those of all feeds."""

    name: str
    input_digest: Callable[[], str]
    render: Callable[[frozenset[str]], bytes]
    entries: tuple[str, ...] = ()
    feed: str = ""


def outputs_of(
    feeds: Sequence[Feed],
    site: Site,
    formats: Sequence[str],
    aliases: Mapping[str, str],
    cache: RenderCache | None,
    pictures: Pictures = NO_PICTURES,
    parents: Mapping[str, str] = MappingProxyType({}),
    *,
    index: bool,
) -> Iterator[FileOutput]:
    """The files and pages of the public ones of the feeds in these formats, also under their former
    names (`aliases`, former -> present); `index`: also the index, ``feeds.opml`` and the style
    sheets. Of what is in the `cache`, nothing is rendered again. Pages show these `pictures`, and
    topics under their `parents` (slugs by slug)."""
    feeds = [feed for feed in feeds if not feed.private]
    cache = cache or RenderCache(lasting=False)
    cache.keep({feed.slug for feed in feeds})
    context = PageContext(
        site,
        feeds,
        parents=parents,
        formats=formats,
        pictures=pictures,
        empty=frozenset(feed.slug for feed in feeds if not feed.entries),
    )
    menu = _menu_of(context)
    former_names: dict[str, list[str]] = {}
    for alias, slug in sorted(aliases.items()):
        former_names.setdefault(slug, []).append(alias)
    for feed in feeds:
        names = (feed.slug, *former_names.get(feed.slug, ()))
        yield from _files_of(feed, names, context, formats, menu, cache)
    if index:
        yield from _index_files(context, formats, menu, cache)


def _menu_of(context: PageContext) -> str:
    """What every page depends on besides its stories."""
    topics = [(feed.slug, feed.title, not feed.entries) for feed in context.feeds]
    own_templates, parents = templates_digest(context.site.templates), context.parents
    return repr((own_templates, topics, sorted(parents.items()), context.formats))


def _files_of(
    feed: Feed,
    names: Iterable[str],
    context: PageContext,
    formats: Sequence[str],
    menu: str,
    cache: RenderCache,
) -> Iterator[FileOutput]:
    @lru_cache(maxsize=1)
    def local() -> Feed:
        return cache.local_feeds.local(feed, context.pictures)

    @lru_cache(maxsize=1)
    def feed_digest() -> str:
        entries = cache.entry_digests(feed, _entry_digest)
        pairs = zip(feed.entries, local().entries, strict=True)
        changed = [new.content for entry, new in pairs if new is not entry]
        return _digest_of(f"{replace(feed, entries=())!r}{entries}{changed}")

    @lru_cache(maxsize=1)
    def page_digest() -> str:
        return _digest_of(f"{feed_digest()}{menu}{shown_paths(context.pictures, feed.entries)}")

    page = partial(_topic_page, context, feed, cache)
    ids = tuple(entry.id for entry in feed.entries)
    for name in names:
        for ext in formats:
            file = partial(_feed_file, local, ext, cache)
            yield FileOutput(f"{name}.{ext}", feed_digest, file, ids, feed.slug)
        yield FileOutput(f"{name}.html", page_digest, page, ids, feed.slug)


def _index_files(
    context: PageContext, formats: Sequence[str], menu: str, cache: RenderCache
) -> Iterator[FileOutput]:
    entries = [entry for feed in context.feeds for entry in feed.entries]
    ids = tuple(dict.fromkeys(entry.id for entry in entries))

    @lru_cache(maxsize=1)
    def index_digest() -> str:
        digests = [cache.entry_digests(feed, _entry_digest) for feed in context.feeds]
        shown = shown_paths(context.pictures, entries)
        return _digest_of(f"{context.site!r}{digests}{menu}{shown}")

    page = partial(_index_page, context, cache)
    yield FileOutput("index.html", index_digest, page, ids)
    menu_digest = partial(_digest_of, f"{context.site!r}{menu}")
    yield FileOutput("feeds.opml", menu_digest, partial(_opml, context, formats))
    files = {name: asset(name) for name in STATIC}
    files |= {icon.name: icon.data for icon in icon_files(context.site)}
    for name, data in files.items():
        yield FileOutput(name, partial(digest, data), partial(_unchanged, data))
    if context.site.css:
        path = Path(context.site.css)
        yield FileOutput("site.css", partial(_digest_of_file, path), partial(_file, path))


def _without(feed: Feed, excluded: frozenset[str]) -> Feed:
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


def _digest_of(text: str) -> str:
    return digest(text.encode("utf-8", "replace"))


def _entry_digest(entry: Entry) -> str:
    return _digest_of(repr(entry))


def _feed_file(
    local: Callable[[], Feed], ext: str, cache: RenderCache, excluded: frozenset[str]
) -> bytes:
    feed = local()
    if excluded:
        return FORMATS[ext].render(_without(feed, excluded))
    return FORMATS[ext].render(feed, cache.fragments(feed.slug, ext, feed.page_url))


def _topic_page(
    context: PageContext, feed: Feed, cache: RenderCache, excluded: frozenset[str]
) -> bytes:
    if excluded:
        return topic_page(context, feed, _without(feed, excluded).entries, Paging())
    fragments = cache.fragments(feed.slug, "html", _html_context(context))
    return topic_page(context, feed, feed.entries, Paging(), fragments=fragments)


def _index_page(context: PageContext, cache: RenderCache, excluded: frozenset[str]) -> bytes:
    if excluded:
        feeds = [_without(feed, excluded) for feed in context.feeds]
        return front_page(replace(context, feeds=feeds))
    return front_page(context, cache.fragments("", "html", _html_context(context)))


def _html_context(context: PageContext) -> tuple[Hashable, ...]:
    own_templates = templates_digest(context.site.templates)
    return context.site, own_templates, context.root, context.live, context.pictures.version


def _file(path: Path, _excluded: frozenset[str]) -> bytes:
    return path.read_bytes()


def _digest_of_file(path: Path) -> str:
    """The digest of a file of the user; "" where it cannot be read, which rendering reports."""
    try:
        return digest(path.read_bytes())
    except OSError:
        return ""


def _unchanged(data: bytes, _excluded: frozenset[str]) -> bytes:
    return data


def _opml(context: PageContext, formats: Sequence[str], _excluded: frozenset[str]) -> bytes:
    ext = "atom" if "atom" in formats else formats[0]
    outlines = [
        Outline(feed.title, feed.address(ext), page=feed.page_url) for feed in context.feeds
    ]
    return subscription_list(context.site.title, outlines)
