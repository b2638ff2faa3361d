"""The pictures that pages and entries may show: copies at our own address.

A page never loads a picture from a publisher's server, so that no publisher learns who reads it: it
shows the picture that `Pictures` has, or none. For an icon that is not there it shows a letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from aggregator.model import Entry, Site


@dataclass(frozen=True, slots=True)
class LocalPicture:
    """A picture that can be shown now. `path` is relative to the folder of the index page, such as
    ``pictures/0a1b…-704x396.jpg``; `width` and `height` are in pixels. What is at a path never
    changes."""

    path: str
    width: int
    height: int


class Pictures(Protocol):
    """Which pictures are there. Each answer costs a look into a dictionary; `url` is as the
    article has it."""

    @property
    def version(self) -> int:
        """A number that changes when other pictures are there, for caches of pages."""
        ...

    def of(self, url: str) -> LocalPicture | None:
        """The picture at this URL of a publisher, at most 704 pixels wide, as JPEG; None if it is
        not there (yet)."""
        ...

    def small_of(self, url: str) -> LocalPicture | None:
        """The same picture for a row of a list: cut to 8:5, at most 240 by 150 pixels, as JPEG."""
        ...

    def icon_of(self, host: str) -> LocalPicture | None:
        """The icon of a publisher by its host (see `publisher_host`): square, at most 64 pixels, as
        PNG; None if it has none."""
        ...


class _NoPictures:
    version = 0

    def of(self, url: str) -> LocalPicture | None:
        """None."""

    def small_of(self, url: str) -> LocalPicture | None:
        """None."""

    def icon_of(self, host: str) -> LocalPicture | None:
        """None."""


NO_PICTURES: Pictures = _NoPictures()
"""No pictures: they are turned off."""


def publisher_host(url: str) -> str:
    """The host whose icon stands for the publisher of the article at this URL; empty if none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def picture_url(site: Site, picture: LocalPicture) -> str:
    """The absolute URL of a picture, for entries and letters."""
    return f"{site.url}feeds/{picture.path}"


def shown_paths(pictures: Pictures, entries: Iterable[Entry]) -> list[str]:
    """The paths of the pictures that a page of these entries can show, for its digest. (Icons are
    only on pages of stories, which are no files.)"""
    shown = (pictures.of(entry.image.url) if entry.image else None for entry in entries)
    return [picture.path if picture else "" for picture in shown]
