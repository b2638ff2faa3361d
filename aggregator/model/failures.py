"""Why something could not be read: a kind, from which advice, metrics and words follow."""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """What kind of thing went wrong with a source, a document or an item."""

    NETWORK = "network"  # no connection, or one that broke
    REFUSED = "refused"  # an address that is never connected to
    TIMEOUT = "timeout"  # no whole answer, or no whole document, in time
    REDIRECT = "redirect"  # a redirect that leads nowhere
    HTTP = "http"  # an answer with another status than 200 or 304
    GONE = "gone"  # 410: the publisher has ended it
    SIZE = "too_large"  # more than is read
    PAGE = "page"  # an HTML page where a feed should be
    PARSE = "document"  # a document that cannot be read
    ITEM = "item"  # an item of a document that cannot be read; the others can
    FILE = "file"  # a file that is missing or cannot be opened
    STORE = "store"  # the store did not take it
    INTERNAL = "internal"  # an error of this program
