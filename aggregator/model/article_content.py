"""The full text of an article, which is in memory only while it is needed."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b


class FullText:
    """The text of an article as its feed carries it: safe HTML, absolute links, at most 200 kB.

    It is compared by its digest. Its HTML is loaded from the store each time that it is needed: a
    window of texts would take a hundred times the memory of its articles.
    """

    __slots__ = ("_html", "_load", "digest")

    def __init__(self, digest: str, load: Callable[[], str]) -> None:
        self.digest = digest
        self._load: Callable[[], str] | None = load
        self._html: str | None = None

    @classmethod
    def of(cls, html: str) -> FullText:
        """The content with this HTML, which is in memory until it is stored."""
        digest = blake2b(html.encode("utf-8", "replace"), digest_size=16).hexdigest()
        content = cls(digest, str)
        content._html, content._load = html, None
        return content

    @property
    def in_memory(self) -> bool:
        """Whether the HTML has not been stored yet."""
        return self._html is not None

    @property
    def html(self) -> str:
        """The HTML; empty where it is no longer stored. Raises StoreError."""
        if self._load is not None:
            return self._load()
        return self._html or ""

    def leave_memory(self, load: Callable[[], str]) -> None:
        """Forget the HTML, which is stored: `load` reads it from now on."""
        self._load, self._html = load, None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FullText) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"FullText({self.digest!r})"
