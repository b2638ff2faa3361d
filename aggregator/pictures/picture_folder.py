"""The folder of pictures: which are there, writing them, and removing what is no longer used.

A file is named after what it was made of and its own size: ``<digest of the URL>-704x396.jpg``. So
the folder is its own index, for every process that looks into it. The time of a file is that of its
last use, give or take a day.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.identify import ascii_host
from aggregator.pictures.options import PictureOptions
from aggregator.publish import NO_PICTURES, LocalPicture, Pictures, uri
from aggregator.publish.output_folder import remove_files, write_files

if TYPE_CHECKING:
    from aggregator.pictures.thumbnails import Thumbnail

FOLDER = "pictures"
"""The name of the folder, inside the output folder."""
PICTURE_NAME = re.compile(r"([0-9a-f]{32})-([1-9]\d{0,3})x([1-9]\d{0,3})\.(jpg|png)")
"""The name of a file: digest, width, height, type. Other files in the folder are left alone."""
_TEMPORARY = re.compile(rf"\.{PICTURE_NAME.pattern}\.tmp")
_LOOK_AGAIN = 2.0  # seconds between two looks at the folder: pages change no faster
_TOUCH = timedelta(days=1)  # after which the time of a used file is set again
FILLED = 0.9
"""The part of the size that pictures may take up to which new ones are fetched and unused ones are
kept. Wanted ones are removed beyond the whole only, so that none comes and goes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that pages show: of an article, by its URL, or with `is_icon` of a publisher, by
    its host."""

    source: str
    is_icon: bool = False

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests in the names of its files; the last file is written last."""
        if self.is_icon:
            return (_digest("icon", ascii_host(self.source)),)
        return (_digest("small", uri(self.source)), _digest("large", uri(self.source)))


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    size: int
    used: float  # seconds since 1970


class PictureFolder:
    """The pictures in a folder (see ``publish.Pictures``). Any number of threads and processes may
    look; one writes and prunes."""

    def __init__(self, output: Path) -> None:
        self.folder = output / FOLDER
        self._shown: Mapping[str, LocalPicture] = {}
        self._looked_at = -_LOOK_AGAIN  # monotonic seconds
        self._stamp = 0  # the time of the folder, in nanoseconds
        self._version = 0

    @property
    def version(self) -> int:
        """A number that changes when other pictures are there."""
        self._current()
        return self._version

    def of(self, url: str) -> LocalPicture | None:
        """The picture at this URL of a publisher."""
        return self._current().get(_digest("large", uri(url)))

    def small_of(self, url: str) -> LocalPicture | None:
        """The same for a row of a list."""
        return self._current().get(_digest("small", uri(url))) or self.of(url)

    def icon_of(self, host: str) -> LocalPicture | None:
        """The icon of a publisher."""
        return self._current().get(_digest("icon", ascii_host(host)))

    def has(self, wanted: Wanted) -> bool:
        """Whether its files are there."""
        return all(digest in self._current() for digest in wanted.digests)

    def look(self) -> None:
        """Look into the folder now, whenever it was looked at last."""
        self._looked_at = -_LOOK_AGAIN

    def total(self) -> tuple[int, int]:
        """How many files there are, and their size in bytes."""
        files = list(self._files())
        return len(files), sum(file.size for file in files)

    def write(self, wanted: Wanted, made: Sequence[Thumbnail], now: datetime) -> None:
        """Write the files of a picture. Raises OSError."""
        names = [
            f"{digest}-{thumbnail.width}x{thumbnail.height}.{thumbnail.ext}"
            for digest, thumbnail in zip(wanted.digests, made, strict=True)
        ]
        data = (thumbnail.data for thumbnail in made)
        _, errors = write_files(self.folder, zip(names, data, strict=True))
        if errors:
            raise errors[0]
        self._use(names, now)

    def prune(self, wanted: Iterable[Wanted], options: PictureOptions, now: datetime) -> int:
        """Remove files that were not used for long, then the oldest until the rest is small enough;
        those that are wanted only if there is no other way, the last first. Returns the bytes of
        the rest. Raises OSError."""
        order = {d: number for number, item in enumerate(wanted) for d in item.digests}
        files = list(self._files())
        used = [file for file in files if file.name[:32] in order]
        old = (now - _TOUCH).timestamp()
        self._use([file.name for file in used if file.used < old], now)
        unused = sorted((f for f in files if f.name[:32] not in order), key=lambda f: f.used)
        used.sort(key=lambda file: -order[file.name[:32]])
        left, removed = sum(file.size for file in files), []
        expired = (now - options.max_age).timestamp()
        for number, file in enumerate([*unused, *used]):
            is_unused = number < len(unused)
            if left > options.max_size * (FILLED if is_unused else 1) or (
                is_unused and file.used < expired
            ):
                removed.append(file.name)
                left -= file.size
        self._remove(removed)
        return left

    def clear(self) -> None:
        """Remove all pictures: they are turned off. Raises OSError."""
        self._remove([file.name for file in self._files()])

    def _remove(self, names: Iterable[str]) -> None:
        unfinished = [name for name in self._names() if _TEMPORARY.fullmatch(name)]
        _, errors = remove_files(self.folder, [*names, *unfinished])
        if errors:
            raise errors[0]

    def _use(self, names: Iterable[str], now: datetime) -> None:
        seconds = now.timestamp()
        for name in names:
            os.utime(self.folder / name, (seconds, seconds))

    def _current(self) -> Mapping[str, LocalPicture]:
        """The pictures that are there by their digests, as they were at most some seconds ago."""
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_AGAIN:
            self._looked_at = now
            stamp = self._time()
            if stamp != self._stamp:
                shown = dict(map(_shown, filter(PICTURE_NAME.fullmatch, self._names())))
                self._version += shown != self._shown  # the note of failures changes the time, too
                self._shown, self._stamp = shown, stamp
        return self._shown

    def _time(self) -> int:
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0

    def _names(self) -> list[str]:
        try:
            return os.listdir(self.folder)  # noqa: PTH208 -- names are wanted, thousands of them
        except OSError:
            return []

    def _files(self) -> Iterator[_File]:
        for name in filter(PICTURE_NAME.fullmatch, self._names()):
            try:
                stat = (self.folder / name).stat()
            except FileNotFoundError:  # another process has removed it
                continue
            yield _File(name, stat.st_size, stat.st_mtime)


@lru_cache(maxsize=4)
def folder_in(output: Path) -> PictureFolder:
    """The folder of an output folder: one object per process, which knows at once what it wrote."""
    return PictureFolder(output)


def pictures_in(output: Path, options: PictureOptions) -> Pictures:
    """The pictures of an output folder, if they are turned on."""
    return folder_in(output) if options.enabled else NO_PICTURES


@lru_cache(maxsize=16_384)  # a page asks for some hundred, mostly the same as the page before
def _digest(kind: str, source: str) -> str:
    return blake2b(f"{kind} {source}".encode("utf-8", "replace"), digest_size=16).hexdigest()


def _shown(name: str) -> tuple[str, LocalPicture]:
    match = PICTURE_NAME.fullmatch(name)
    assert match is not None
    return match[1], LocalPicture(f"{FOLDER}/{name}", int(match[2]), int(match[3]))
