"""The admin's password, of which only a salted hash is stored (scrypt, RFC 7914)."""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import scrypt
from hmac import compare_digest

_N, _R, _P, _LENGTH = 2**15, 8, 1, 32  # 32 MB and about 60 ms per guess
_MEMORY = 64 * 1024 * 1024
_HASH = re.compile(r"scrypt:([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]{43})")


def password_hash(password: str) -> str:
    """``scrypt:<salt>:<hash>``, for ``admin.password_hash``."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{_text(salt)}:{_text(_hashed(password, salt))}"


def is_password_hash(text: str) -> bool:
    """Whether the text has the form that `password_hash` returns."""
    return _HASH.fullmatch(text) is not None


def is_password(password: str, stored_hash: str) -> bool:
    """Whether `stored_hash` is a hash of this password. The comparison takes constant time; a
    malformed hash matches no password."""
    match = _HASH.fullmatch(stored_hash)
    if match is None:
        return False
    return compare_digest(_hashed(password, _bytes(match[1])), _bytes(match[2]))


def _hashed(password: str, salt: bytes) -> bytes:
    return scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=_LENGTH, maxmem=_MEMORY)


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
