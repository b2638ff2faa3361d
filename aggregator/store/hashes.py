"""Hashes of texts that are looked up and never read: 8 bytes each."""

from __future__ import annotations

from hashlib import blake2b


def hash_of(*parts: str) -> int:
    """A hash of 64 bits, signed, as databases store it."""
    data = "\0".join(parts).encode("utf-8", "replace")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)
