"""Kinds of failures: advice, metrics and messages depend on them."""

from __future__ import annotations

from enum import StrEnum


class FailureKind(StrEnum):
    """The kind of a failure of a source, a document or an item. The values are stored."""

    NETWORK = "network"  # no connection, or it broke
    REFUSED = "refused"  # an address that is never connected to: private, or of another scheme
    TIMEOUT = "timeout"  # the response or document was not complete in time
    REDIRECT = "redirect"  # a loop, too many redirects, or no valid target
    HTTP = "http"  # a response with another status than 200 or 304
    GONE = "gone"  # 410: the publisher removed it for good
    SIZE = "too_large"  # above the limit of size
    PAGE = "page"  # an HTML page where a feed should be
    PARSE = "document"  # a malformed document
    ITEM = "item"  # a malformed item; the other items of the document are read
    FILE = "file"  # a file is missing or cannot be opened
    STORE = "store"  # the store could not save it
    INTERNAL = "internal"  # an error of this program
