"""The formats: each is one pure module, and one line in ``FORMATS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from aggregator.model import Feed


@dataclass(frozen=True, slots=True)
class Format:
    """How a feed is written. `ext` ends the file's name, `media_type` goes into Content-Type."""

    ext: str
    media_type: str
    name: str

    def render(self, feed: Feed) -> bytes:
        """The feed's bytes. The module is imported when it is first needed: they are heavy."""
        module = import_module(f"aggregator.publish.formats.{self.ext}")
        made: Callable[[Feed], bytes] = module.render
        return made(feed)


FORMATS: dict[str, Format] = {
    "rss": Format("rss", "application/rss+xml", "RSS 2.0"),
    "atom": Format("atom", "application/atom+xml", "Atom 1.0"),
    "json": Format("json", "application/feed+json", "JSON Feed 1.1"),
}
