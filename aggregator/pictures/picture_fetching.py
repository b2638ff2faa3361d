"""Fetches the pictures that are wanted and not there, under the rules by which sources are read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from aggregator.identify import ascii_host
from aggregator.pictures.options import PictureOptions
from aggregator.pictures.picture_failures import Failures
from aggregator.pictures.picture_folder import FILLED, PictureFolder, Wanted
from aggregator.pictures.single_picture import Attempt
from aggregator.read.fetch import Fetcher
from aggregator.read.guard import host_of

_AT_ONCE = 4  # requests, of the 32 that all sources may have
_ROUND = 150  # pictures that are tried before others may be wanted


@dataclass(frozen=True, slots=True)
class Round:
    """How many pictures were made, and whether others are still to be tried."""

    made: int = 0
    more: bool = False


class PictureFetcher:
    """Fetches pictures into the folder of an output folder."""

    def __init__(self, pictures: PictureFolder, options: PictureOptions) -> None:
        self._pictures = pictures
        self._options = options
        self._failures = Failures(pictures.folder)

    async def fetch(self, fetcher: Fetcher, wanted: Sequence[Wanted], now: datetime) -> Round:
        """Remove what is too old or too much, then fetch what is missing of the `wanted`, the first
        ones first, as far as there is room. What was made stays if this is cancelled. Raises
        OSError where the folder cannot be written; what cannot be had is only noted."""
        self._pictures.look()
        size = await asyncio.to_thread(self._pictures.prune, wanted, self._options, now)
        self._pictures.look()
        missing = (item for item in wanted if not self._pictures.has(item))
        due = (i for i in missing if self._failures.may_try(i.digests[-1], _host(i), now))
        chosen = list(islice(due, _ROUND))
        room = int(self._options.max_size * FILLED) - size
        run = _Run(self._pictures, self._failures, fetcher, now, room)
        try:
            await run.fetch_all(chosen)
        except* OSError as errors:
            raise errors.exceptions[0] from None
        finally:
            self._pictures.look()
            self._failures.save(now)
        return Round(run.made, len(chosen) == _ROUND and run.room > 0)


class _Run:
    """One round. `room` is how many bytes may be written."""

    def __init__(
        self,
        pictures: PictureFolder,
        failures: Failures,
        fetcher: Fetcher,
        now: datetime,
        room: int,
    ) -> None:
        self.made = 0
        self._pictures = pictures
        self._failures = failures
        self._fetcher = fetcher
        self._now = now
        self.room = room
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def fetch_all(self, chosen: Iterable[Wanted]) -> None:
        """Fetch the pictures of each host one after the other, those of several hosts at once."""
        hosts: dict[str, list[Wanted]] = {}
        for item in chosen:
            hosts.setdefault(_host(item), []).append(item)
        async with asyncio.TaskGroup() as tasks:
            for items in hosts.values():
                tasks.create_task(self._fetch_from_host(items))

    async def _fetch_from_host(self, items: Iterable[Wanted]) -> None:
        for item in items:
            async with self._slots:
                if self.room <= 0 or not await self._fetch(item):
                    return

    async def _fetch(self, item: Wanted) -> bool:
        """Fetch a picture. Returns whether its host may be asked for the next one."""
        attempt = Attempt(self._fetcher)
        make = attempt.icon if item.is_icon else attempt.picture
        thumbnails = await make(item.source)
        digest, host = item.digests[-1], _host(item)
        if thumbnails:
            await asyncio.to_thread(self._pictures.write, item, thumbnails, self._now)
            self._failures.remove(digest, host)
            self.room -= sum(len(thumbnail.data) for thumbnail in thumbnails)
            self.made += 1
        elif attempt.host_is_busy:
            self._failures.add_host(host, self._now, attempt.wait)
            return False
        else:
            self._failures.add(digest, self._now, final=attempt.is_final)
        return True


def _host(item: Wanted) -> str:
    """The name under which a host is noted: a home page that does not answer need not mean that
    pictures at the same host cannot be had."""
    return f"home {ascii_host(item.source)}" if item.is_icon else host_of(item.source)
