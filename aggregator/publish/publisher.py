"""All feeds to all files; what would come out the same is not even rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path

from aggregator import __version__
from aggregator.model import Feed, Outline, Site
from aggregator.publish.assets import STYLES, asset
from aggregator.publish.place import place
from aggregator.publish.registry import FORMATS

Made = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Published:
    """`changed` are the files that were written, `made` what to remember to know next time."""

    changed: tuple[str, ...]
    made: Made = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Output:
    """A file to be: its name, a digest of all that its bytes depend on, and how to make them."""

    name: str
    value: str
    render: Callable[[], bytes]


def render(feed: Feed, ext: str) -> bytes:
    """One feed in one format."""
    return FORMATS[ext].render(feed)


def subscription_list(title: str, outlines: Iterable[Outline]) -> bytes:
    """The feeds as OPML."""
    from aggregator.publish.formats import opml

    return opml.render(title, outlines)


def publish(
    feeds: Sequence[Feed],
    site: Site,
    formats: Sequence[str],
    folder: Path,
    known: Made,
    *,
    whole: bool = True,
) -> Published:
    """Render and place every feed that is not private, its page, and with `whole` the index and
    ``feeds.opml``.

    `known` says what was made of which value before: a file that is still as it was made then is
    left alone without rendering it again.
    """
    made: dict[str, tuple[str, str]] = {}

    def files() -> Iterator[tuple[str, bytes]]:
        for output in _outputs(feeds, site, formats, whole):
            before = known.get(_remembered_as(folder, output.name))
            if before and before[0] == output.value and _file_digest(folder, output) == before[1]:
                continue
            data = output.render()
            made[_remembered_as(folder, output.name)] = (output.value, _digest(data))
            yield output.name, data

    changed = place(folder, files())
    return Published(tuple(changed), made)


def _outputs(
    feeds: Sequence[Feed], site: Site, formats: Sequence[str], whole: bool
) -> Iterator[_Output]:
    feeds = [feed for feed in feeds if not feed.private]
    wanted = ",".join(formats)
    menu = repr([(feed.slug, feed.title) for feed in feeds])
    for feed in feeds:
        value = _digest(repr(feed).encode("utf-8", "replace"))
        for ext in formats:
            yield _Output(f"{feed.slug}.{ext}", value, partial(render, feed, ext))
        page = _digest(f"{value}{menu}{wanted}".encode())
        yield _Output(f"{feed.slug}.html", page, partial(_topic_page, feed, feeds, formats))
    if not whole:
        return
    tops = repr([(feed.slug, feed.title, feed.entries[:5]) for feed in feeds])
    index = _digest(f"{site!r}{tops}{wanted}".encode("utf-8", "replace"))
    yield _Output("index.html", index, partial(_index_page, site, feeds, formats))
    yield _Output("feeds.opml", _digest(f"{site!r}{menu}{wanted}".encode()),
                  partial(_opml, site, feeds, formats))  # fmt: skip
    for name in STYLES:
        data = asset(name)
        yield _Output(name, _digest(data), partial(bytes, data))


def _topic_page(feed: Feed, feeds: Sequence[Feed], formats: Sequence[str]) -> bytes:
    from aggregator.publish.pages import topic_page

    return topic_page(feed, feeds, formats)


def _index_page(site: Site, feeds: Sequence[Feed], formats: Sequence[str]) -> bytes:
    from aggregator.publish.pages import index_page

    return index_page(site, feeds, formats)


def _opml(site: Site, feeds: Sequence[Feed], formats: Sequence[str]) -> bytes:
    ext = "atom" if "atom" in formats else formats[0]
    outlines = [Outline(feed.title, feed.address(ext), page=feed.page) for feed in feeds]
    return subscription_list(site.title, outlines)


def _remembered_as(folder: Path, name: str) -> str:
    return str(folder / name)


def _file_digest(folder: Path, output: _Output) -> str:
    try:
        return _digest((folder / output.name).read_bytes())
    except OSError:
        return ""


def _digest(data: bytes) -> str:
    """Of the data and this version of the program: a new version renders everything anew."""
    return blake2b(data, digest_size=16, person=__version__.encode()[:16]).hexdigest()
