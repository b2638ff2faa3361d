"""The published files in memory, with their validators; read again when they change."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from email.utils import formatdate
from hashlib import blake2b
from pathlib import Path

import brotli

from aggregator.publish import FORMATS

_MEDIA_TYPES = {
    **{f.ext: f.media_type for f in FORMATS.values()},
    "html": "text/html",
    "opml": "text/x-opml",
    "css": "text/css",
}
_WORTH_CODING = 500  # bytes
_MAX_KEPT = 2_000


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def _brotli(body: bytes) -> bytes:
    made: bytes = brotli.compress(body, quality=5)
    return made


CODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "gzip": _gzip}
"""The content codings, the better one first."""


class Served:
    """Bytes with their validators. The ETag is strong, so that each coding has its own; what is
    coded is kept."""

    def __init__(self, body: bytes, modified: float, media_type: str) -> None:
        """`modified` in seconds since 1970."""
        self.body = body
        self.last_modified = formatdate(modified, usegmt=True)
        self.media_type = media_type
        digest = blake2b(body, digest_size=16).hexdigest()
        self._etags = {c: f'"{digest}-{c}"' if c else f'"{digest}"' for c in ("", *CODINGS)}
        self.etags = tuple(self._etags.values())
        self._coded: dict[str, bytes] = {"": body}

    def coded(self, coding: str) -> bytes:
        """The body in this coding; ``""`` is as it is."""
        if coding not in self._coded:
            self._coded[coding] = CODINGS[coding](self.body)
        return self._coded[coding]

    @property
    def worth_coding(self) -> bool:
        """Whether it is large enough for that."""
        return len(self.body) >= _WORTH_CODING

    def etag(self, coding: str = "") -> str:
        """The validator of the body in this coding (RFC 9110, section 8.8.3); `etags` are all."""
        return self._etags[coding]


class Files:
    """Files of one folder, by name."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[int, int, int], Served]] = {}

    def get(self, folder: Path, name: str) -> Served | None:
        """The file, or None where there is none. `name` must be a plain file name."""
        path = f"{folder}/{name}"
        try:
            stat = os.stat(path)  # noqa: PTH116 -- at every request: Path would take as long again
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            kept = self._kept.get(path)
            if kept and kept[0] == stamp:
                return kept[1]
            media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
            served = Served(Path(path).read_bytes(), stat.st_mtime, media_type)
        except OSError:
            return None
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[path] = (stamp, served)
        return served
