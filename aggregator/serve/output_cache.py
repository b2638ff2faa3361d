"""The published files in memory, with their validators; read again after a change."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from hashlib import blake2b
from pathlib import Path

import brotli

from aggregator.publish import FORMATS

MEDIA_TYPES = {
    **{f.ext: f.media_type for f in FORMATS.values()},
    "html": "text/html",
    "opml": "text/x-opml",
    "css": "text/css",
}
"""The media types of the files that are served, by extension."""
_MIN_CODED_SIZE = 500  # bytes; below, the headers outweigh what compression saves
_MAX_FILES = 2_000
_RECHECK_AFTER = 0.2  # seconds: one stat for a burst of requests, no noticeable delay


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def _brotli(body: bytes) -> bytes:
    coded_body: bytes = brotli.compress(body, quality=5)
    return coded_body


CODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "gzip": _gzip}
"""The content codings by name, the one that compresses better first."""


class Representation:
    """A body with its validators (RFC 9110, section 8.8). ETags are strong, so each coding has its
    own; coded bodies are cached."""

    def __init__(self, body: bytes, modified: float, media_type: str) -> None:
        """`modified` is in seconds since 1970."""
        self.body = body
        self.last_modified = formatdate(modified, usegmt=True)
        self.media_type = media_type
        digest = blake2b(body, digest_size=16).hexdigest()
        self._etags = {c: f'"{digest}-{c}"' if c else f'"{digest}"' for c in ("", *CODINGS)}
        self.etags = tuple(self._etags.values())
        self._coded: dict[str, bytes] = {"": body}

    def coded(self, coding: str) -> bytes:
        """The body in this coding; ``""`` for none."""
        if coding not in self._coded:
            self._coded[coding] = CODINGS[coding](self.body)
        return self._coded[coding]

    @property
    def worth_coding(self) -> bool:
        """Whether the body is large enough to compress."""
        return len(self.body) >= _MIN_CODED_SIZE

    def etag(self, coding: str = "") -> str:
        """The ETag of the body in this coding (RFC 9110, section 8.8.3); `etags` has all."""
        return self._etags[coding]


@dataclass(slots=True)
class _CachedFile:
    checked_at: float
    stamp: tuple[int, int, int]
    representation: Representation


class FileCache:
    """The cached files of the output folder."""

    def __init__(self) -> None:
        self._cache: dict[str, _CachedFile] = {}

    def get(self, folder: Path, name: str) -> Representation | None:
        """The file, or None if there is none. `name` must be a file name without a path."""
        path = f"{folder}/{name}"
        now = time.monotonic()
        cached = self._cache.get(path)
        if cached and now - cached.checked_at < _RECHECK_AFTER:
            return cached.representation
        try:
            stat = Path(path).stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if cached and cached.stamp == stamp:
                cached.checked_at = now
                return cached.representation
            media_type = MEDIA_TYPES[name.rpartition(".")[2]]
            representation = Representation(Path(path).read_bytes(), stat.st_mtime, media_type)
        except OSError:
            return None
        if len(self._cache) >= _MAX_FILES:
            self._cache.clear()
        self._cache[path] = _CachedFile(now, stamp, representation)
        return representation
