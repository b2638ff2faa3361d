"""The formats of feeds. Each is a pure module in ``formats/`` and a line in ``FORMATS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from aggregator.model import Feed
from aggregator.publish.fragments import Fragments


@dataclass(frozen=True, slots=True)
class Format:
    """A format. `ext` is the file extension and the name of the module, `media_type` the value for
    Content-Type, `name` is shown to readers."""

    ext: str
    media_type: str
    name: str

    @property
    def label(self) -> str:
        """The name without its version, for menus."""
        return self.name.rpartition(" ")[0]

    def render(self, feed: Feed, fragments: Fragments | None = None) -> bytes:
        """The feed as a document in UTF-8; `fragments` of this document are not rendered again. The
        module of the format is imported here, because feedgen and lxml take long to load."""
        module = import_module(f"aggregator.publish.formats.{self.ext}")
        render: Callable[[Feed, Fragments | None], bytes] = module.render
        return render(feed, fragments)


FORMATS: dict[str, Format] = {
    "rss": Format("rss", "application/rss+xml", "RSS 2.0"),
    "atom": Format("atom", "application/atom+xml", "Atom 1.0"),
    "json": Format("json", "application/feed+json", "JSON Feed 1.1"),
}
"""The formats by file extension, in the order in which pages list them."""
