"""Content codings, decoded in chunks with a size limit, so that no compression bomb is expanded."""

from __future__ import annotations

import zlib

from aggregator.errors import FetchError

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_GZIP_START = b"\x1f\x8b"
_MAX_LAYERS = 3
# The HTTP Content Coding Registry.
_CODINGS = frozenset(
    {
        "gzip",
        "x-gzip",
        "deflate",
        "identity",
        "br",
        "zstd",
        "dcb",
        "dcz",
        "compress",
        "x-compress",
        "exi",
        "pack200-gzip",
        "aes128gcm",
    }
)


class Identity:
    """The decoder of a body without a content coding."""

    def chunks(self, raw: bytes, _limit: int) -> list[bytes]:
        """The bytes unchanged."""
        return [raw]

    def finish(self) -> None:
        """Never raises: an uncoded body has no end mark."""


class Deflated:
    """The decoder of gzip (RFC 1952, also with several members) and of deflate (RFC 1950, or bare
    RFC 1951 as many servers send it). A body that is labelled gzip and is none passes unchanged."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._decoder = zlib.decompressobj(_GZIP if name == "gzip" else _ZLIB)
        self._has_begun = self._plain = False
        self._pending = b""  # a single byte does not identify a format: it waits for the next

    def chunks(self, raw: bytes, limit: int) -> list[bytes]:
        """The decoded bytes of `raw`, at most `limit` of them per chunk. Raises FetchError."""
        raw, self._pending = self._pending + raw, b""
        if len(raw) < 2 and (not self._has_begun or self._decoder.eof):
            self._pending = raw
            return []
        if not self._has_begun:
            self._detect_format(raw)
        if self._plain:
            return [raw[:limit]]
        decoded: list[bytes] = []
        try:
            while raw and limit > 0:
                if self._decoder.eof:
                    if len(raw) < 2:
                        self._pending = raw
                        break
                    if self._name != "gzip" or not raw.startswith(_GZIP_START):
                        break  # bytes after the end are ignored
                    self._decoder = zlib.decompressobj(_GZIP)
                chunk = self._decoder.decompress(raw, limit)
                raw = self._decoder.unconsumed_tail or self._decoder.unused_data
                limit -= len(chunk)
                decoded.append(chunk)
        except zlib.error as error:
            raise FetchError(f"cannot decode the {self._name} content: {error}") from None
        return decoded

    def _detect_format(self, raw: bytes) -> None:
        self._has_begun = True
        if self._name == "gzip":
            self._plain = not _GZIP_START.startswith(raw[:2])
        elif not _is_zlib(raw):
            self._decoder = zlib.decompressobj(_RAW)

    def finish(self) -> None:
        """Raises FetchError if the end of the coded data is missing."""
        if self._has_begun and not self._plain and not self._decoder.eof:
            raise FetchError(f"the {self._name} content is truncated (incomplete)")


def _is_zlib(raw: bytes) -> bool:
    """Whether the first two bytes are a zlib header (RFC 1950, section 2.2)."""
    return raw[0] & 15 == 8 and (raw[0] * 256 + raw[1]) % 31 == 0


def is_gzip(body: bytes) -> bool:
    """Whether the body is a gzip file by its first bytes (RFC 1952, section 2.3.1)."""
    return body.startswith(_GZIP_START + b"\x08")


def gunzipped(body: bytes, limit: int) -> bytes:
    """The body, decompressed where it is a gzip file, also several times: servers send files such
    as ``news.xml.gz`` unchanged or compress them again. Raises FetchError beyond `limit` bytes."""
    for _ in range(_MAX_LAYERS):
        if not is_gzip(body):
            break
        decode = Deflated("gzip")
        body = b"".join(decode.chunks(body, limit + 1))
        if len(body) > limit:
            raise FetchError(f"too large: more than {limit:,} bytes")
        decode.finish()
    return body


def decoder(coding: str) -> Identity | Deflated:
    """The decoder of a Content-Encoding (RFC 9110, section 8.4). Raises FetchError for a coding
    that Accept-Encoding does not name; unregistered names (``utf-8``, ``none``) are ignored."""
    name = coding.strip().lower()
    names = [part for text in name.split(",") if (part := text.strip()) in _CODINGS]
    match names[0] if len(set(names)) == 1 else ",".join(names):
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Deflated("gzip")
        case "deflate":
            return Deflated("deflate")
        case unsupported:
            raise FetchError(f"the content coding {unsupported[:40]!r} cannot be decoded")
