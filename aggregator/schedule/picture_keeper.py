"""Pictures in the daemon: fetched in the background after each update, a round at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from aggregator.config import Settings
from aggregator.errors import describe, surviving
from aggregator.pictures import Wanted, folder_in, wanted_pictures
from aggregator.pictures.picture_fetching import PictureFetcher, Round
from aggregator.pipeline.feed_set import FeedSet
from aggregator.read.background import BackgroundReader

log = logging.getLogger("aggregator")


class PictureKeeper:
    """Fetches the pictures of the feeds that were published last. A tick starts a round and never
    waits for it. `problem` is why the last round could not be done, or ``""``; `is_news`: pictures
    have come since the feeds were published, which do not show them yet."""

    def __init__(
        self, settings: Settings, reader: BackgroundReader, count_failure: Callable[[str], None]
    ) -> None:
        self._reader = reader
        self._count_failure = count_failure
        self._is_enabled = settings.pictures.enabled
        self._folder = folder_in(settings.output)
        self._fetcher = PictureFetcher(self._folder, settings.pictures)
        self._wanted: list[Wanted] = []
        self._is_due = not self._is_enabled  # what is there when they are turned off is removed
        self._is_running = False
        self.problem = ""
        self.is_news = False

    def want(self, feed_set: FeedSet) -> None:
        """These feeds are published now."""
        self.is_news = False
        if self._is_enabled:
            self._wanted, self._is_due = wanted_pictures(feed_set.feeds, feed_set.stories), True

    def __call__(self, now: datetime) -> None:
        """Start a round if there is something to do and none runs. Raises nothing."""
        if self._is_running or not self._is_due:
            return
        self._is_due = False
        if not self._is_enabled:
            with surviving(self._fail):
                self._folder.clear()
            return
        self._is_running = True
        wanted = self._wanted
        self._reader.run(
            lambda fetcher: self._fetcher.fetch(fetcher, wanted, now), self._end, self._fail
        )

    def _end(self, result: Round) -> None:
        self.problem = ""
        self._is_due |= result.more
        self.is_news |= result.made > 0
        self._is_running = False

    def _fail(self, error: Exception) -> None:
        self.problem = f"pictures cannot be fetched: {describe(error)}"
        log.error("%s", self.problem)
        self._count_failure("fetch pictures")
        self._is_running = False
