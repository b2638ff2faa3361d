"""The published files in memory, with their validators; read again when they change."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from email.utils import formatdate
from hashlib import blake2b
from pathlib import Path

from aggregator.publish import FORMATS

_MEDIA_TYPES = {
    **{f.ext: f.media_type for f in FORMATS.values()},
    "html": "text/html",
    "opml": "text/x-opml",
    "css": "text/css",
}
_WORTH_GZIP = 500  # bytes
_MAX_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Served:
    """A file as it is served. The ETag is strong, so that each coding has its own."""

    body: bytes
    gzipped: bytes
    etag: str
    etag_gzip: str
    last_modified: str
    media_type: str


class Files:
    """Files of one folder, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, tuple[tuple[int, int, int], Served]] = {}

    def get(self, name: str) -> Served | None:
        """The file, or None where there is none. `name` must be a plain file name."""
        path = self._folder / name
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            kept = self._kept.get(name)
            if kept and kept[0] == stamp:
                return kept[1]
            media_type = _MEDIA_TYPES[path.suffix[1:]]
            served = served_bytes(path.read_bytes(), stat.st_mtime, media_type)
        except OSError:
            return None
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[name] = (stamp, served)
        return served


def served_bytes(body: bytes, modified: float, media_type: str) -> Served:
    """What is served of these bytes; `modified` in seconds since 1970."""
    digest = blake2b(body, digest_size=16).hexdigest()
    return Served(
        body=body,
        gzipped=gzip.compress(body, 6, mtime=0) if len(body) >= _WORTH_GZIP else b"",
        etag=f'"{digest}"',
        etag_gzip=f'"{digest}-gzip"',
        last_modified=formatdate(modified, usegmt=True),
        media_type=media_type,
    )
