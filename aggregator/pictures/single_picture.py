"""One try to get the picture of an article or the icon of a publisher."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aggregator.errors import BadDocument
from aggregator.identify import ascii_host
from aggregator.model import FailureKind
from aggregator.read.discover import icons_of_page
from aggregator.read.fetch import Fetcher
from aggregator.read.outcomes import Failed, Fetched, Gone

if TYPE_CHECKING:
    from aggregator.pictures.thumbnails import Thumbnail

_PICTURE = "image/webp, image/jpeg, image/png, image/gif;q=0.8, */*;q=0.1"
_PAGE = "text/html, */*;q=0.1"
_MAX_PICTURE = 5_000_000  # bytes
_MAX_PAGE = 1_000_000  # bytes
_MAX_ICONS = 2  # of those that a home page names
_SHARP = 32  # pixels of an icon than which no better one is looked for
_UNRESPONSIVE = (FailureKind.TIMEOUT, FailureKind.NETWORK)


class Attempt:
    """Gets one picture, and knows afterwards why there is none: the host does not answer or wants
    no more requests now (`host_is_busy`), perhaps for some seconds (`wait`), or another try would
    fail, too (`is_final`)."""

    def __init__(self, fetcher: Fetcher) -> None:
        self.host_is_busy = False
        self.wait = 0
        self.is_final = False
        self._fetcher = fetcher

    async def picture(self, url: str) -> tuple[Thumbnail, ...]:
        """The small and the large picture of an article; empty if there are none."""
        data = await self._get(url, _PICTURE, _MAX_PICTURE)
        if not data:
            return ()
        try:
            return await asyncio.to_thread(_small_and_large, data.body)
        except BadDocument:
            self.is_final = True
            return ()

    async def icon(self, host: str) -> tuple[Thumbnail, ...]:
        """The icon of a publisher; empty if there is none that is a picture."""
        return await self.icon_of_site(f"https://{ascii_host(host)}/")

    async def icon_of_site(self, home: str) -> tuple[Thumbnail, ...]:
        """The icon of the site with this home page: its usual one, or one that the page names."""
        best = await self._icon_at(f"{home}favicon.ico")
        if self.host_is_busy or (best and best[0].width >= _SHARP):
            return best
        page = await self._get(home, _PAGE, _MAX_PAGE)
        addresses = await asyncio.to_thread(icons_of_page, page.body, page.url) if page else []
        for address in addresses[:_MAX_ICONS]:
            icon = await self._icon_at(address)
            best = max(best, icon, key=lambda sizes: sizes[0].width if sizes else 0)
        self.is_final = not self.host_is_busy
        return best

    async def _icon_at(self, url: str) -> tuple[Thumbnail, ...]:
        data = await self._get(url, _PICTURE, _MAX_PICTURE)
        try:
            return await asyncio.to_thread(_icon, data.body) if data else ()
        except BadDocument:
            return ()

    async def _get(self, url: str, accept: str, max_bytes: int) -> Fetched | None:
        match await self._fetcher.fetch(url, accept=accept, max_bytes=max_bytes):
            case Fetched() as fetched:
                return fetched
            case Gone():
                self.is_final = True
            case Failed(hints=hints, kind=kind):
                self.wait = hints.retry_after
                self.host_is_busy = kind in _UNRESPONSIVE or self.wait > 0
                self.is_final = kind is FailureKind.REFUSED
            case _:  # not modified: nothing conditional was asked
                self.is_final = True
        return None


def _small_and_large(data: bytes) -> tuple[Thumbnail, ...]:
    from aggregator.pictures.thumbnails import thumbnails  # loads Pillow where it is needed

    large, small = thumbnails(data)
    return small, large


def _icon(data: bytes) -> tuple[Thumbnail, ...]:
    from aggregator.pictures.thumbnails import icon

    return (icon(data),)
