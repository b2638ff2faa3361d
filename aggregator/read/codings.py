"""Content codings, decoded piece by piece under a limit: a bomb never unfolds."""

from __future__ import annotations

import zlib

from aggregator.errors import FetchError

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_GZIP_START = b"\x1f\x8b"
_MAX_LAYERS = 3
# The HTTP Content Coding Registry.
_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "identity", "br", "zstd", "dcb", "dcz",
                      "compress", "x-compress", "exi", "pack200-gzip", "aes128gcm"})  # fmt: skip


class Identity:
    """No coding at all."""

    def chunks(self, raw: bytes, _room: int) -> list[bytes]:
        """The bytes as they are."""
        return [raw]

    def finish(self) -> None:
        """Nothing can be missing."""


class Deflated:
    """gzip (RFC 1952, of several members too) or deflate (RFC 1950, or bare RFC 1951 as many
    servers send it). What says gzip and is none is taken as it is: servers do that."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._decoder = zlib.decompressobj(_GZIP if name == "gzip" else _ZLIB)
        self._began = self._plain = False
        self._held = b""  # a single byte tells nothing: it waits for the next

    def chunks(self, raw: bytes, room: int) -> list[bytes]:
        """What `raw` decodes to, at most `room` bytes of it. Raises FetchError."""
        raw, self._held = self._held + raw, b""
        if len(raw) < 2 and (not self._began or self._decoder.eof):
            self._held = raw
            return []
        if not self._began:
            self._begin(raw)
        if self._plain:
            return [raw[:room]]
        decoded: list[bytes] = []
        try:
            while raw and room > 0:
                if self._decoder.eof:
                    if len(raw) < 2:
                        self._held = raw
                        break
                    if self._name != "gzip" or not raw.startswith(_GZIP_START):
                        break  # what follows the end means nothing
                    self._decoder = zlib.decompressobj(_GZIP)
                chunk = self._decoder.decompress(raw, room)
                raw = self._decoder.unconsumed_tail or self._decoder.unused_data
                room -= len(chunk)
                decoded.append(chunk)
        except zlib.error as error:
            raise FetchError(f"cannot decode the {self._name} content: {error}") from None
        return decoded

    def _begin(self, raw: bytes) -> None:
        self._began = True
        if self._name == "gzip":
            self._plain = not _GZIP_START.startswith(raw[:2])
        elif not _is_zlib(raw):
            self._decoder = zlib.decompressobj(_RAW)

    def finish(self) -> None:
        """Raises FetchError where the end is missing."""
        if self._began and not self._plain and not self._decoder.eof:
            raise FetchError(f"the {self._name} content is truncated (incomplete)")


def _is_zlib(raw: bytes) -> bool:
    """Whether it starts as RFC 1950, section 2.2, has it."""
    return raw[0] & 15 == 8 and (raw[0] * 256 + raw[1]) % 31 == 0


def is_gzip(body: bytes) -> bool:
    """Whether the body is a gzip file by its first bytes (RFC 1952, section 2.3.1)."""
    return body.startswith(_GZIP_START + b"\x08")


def gunzipped(body: bytes, limit: int) -> bytes:
    """The body, unpacked where it is a gzip file: servers send ``news.xml.gz`` as it lies there,
    and some of them pack it once more. Raises FetchError beyond `limit` bytes."""
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
    that was not asked for; what is no coding at all (``utf-8``, ``none``) changes nothing."""
    name = coding.strip().lower()
    names = [part for text in name.split(",") if (part := text.strip()) in _CODINGS]
    match names[0] if len(set(names)) == 1 else ",".join(names):
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Deflated("gzip")
        case "deflate":
            return Deflated("deflate")
        case other:
            raise FetchError(f"the content coding {other[:40]!r} cannot be decoded")
