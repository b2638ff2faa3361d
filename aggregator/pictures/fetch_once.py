"""Fetches pictures in a process that builds once: within a time, the rest is left to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from aggregator.pictures.options import PictureOptions
from aggregator.pictures.picture_fetching import PictureFetcher
from aggregator.pictures.picture_folder import Wanted, folder_in
from aggregator.read import ReadOptions
from aggregator.read.fetch import Fetcher
from aggregator.read.options import FetchOptions


def fetch_once(
    output: Path,
    options: PictureOptions,
    reading: ReadOptions,
    wanted: Sequence[Wanted],
    now: datetime,
    seconds: float,
) -> None:
    """Bring the pictures of an output folder up to date: remove those that are no longer used, and
    fetch what is missing for at most so many seconds. If they are turned off, remove all. Raises
    OSError where the folder cannot be written."""
    folder = folder_in(output)
    if not options.enabled:
        folder.clear()
        return
    pictures = PictureFetcher(folder, options)

    async def fetch() -> None:
        async with Fetcher(FetchOptions.of(reading)) as fetcher:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while (await pictures.fetch(fetcher, wanted, now)).more:
                        pass

    asyncio.run(fetch())
