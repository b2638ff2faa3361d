"""Content codings, decoded piece by piece under a limit: a bomb never unfolds."""

from __future__ import annotations

import zlib

from aggregator.errors import FetchError


class Identity:
    """No coding at all."""

    def chunks(self, raw: bytes, _room: int) -> list[bytes]:
        """The bytes as they are."""
        return [raw]

    def finish(self) -> None:
        """Nothing can be missing."""


class Deflated:
    """gzip or deflate, decoded piece by piece under a limit. Raises FetchError."""

    def __init__(self, wbits: int, name: str) -> None:
        self._decoder = zlib.decompressobj(wbits)
        self._name = name
        self._began = False

    def chunks(self, raw: bytes, room: int) -> list[bytes]:
        """What `raw` decodes to, at most `room` bytes of it."""
        found = []
        try:
            while raw and room > 0 and not self._decoder.eof:
                chunk = self._decoder.decompress(raw, room)
                raw = self._decoder.unconsumed_tail
                room -= len(chunk)
                found.append(chunk)
        except zlib.error as error:
            if not self._began and self._name == "deflate":
                self._began = True
                self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)
                return self.chunks(raw, room)
            raise FetchError(f"cannot decode the {self._name} content: {error}") from None
        self._began = True
        return found

    def finish(self) -> None:
        """Raises FetchError where the end is missing."""
        if not self._decoder.eof:
            raise FetchError(f"the {self._name} content is truncated (incomplete)")


def decoder(coding: str) -> Identity | Deflated:
    """The decoder of a Content-Encoding. Raises FetchError for one that we did not ask for."""
    match coding.strip().lower():
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Deflated(16 + zlib.MAX_WBITS, "gzip")
        case "deflate":
            return Deflated(zlib.MAX_WBITS, "deflate")
        case other:
            raise FetchError(f"the content coding {other[:40]!r} cannot be decoded")
