"""Advice for the operator about a source that fails."""

from __future__ import annotations

from aggregator.model import FailureKind
from aggregator.model.urls import is_http_url

_LATER = "nothing: it is polled again later"
_BY_KIND = {
    FailureKind.NETWORK: "check the address and your network",
    FailureKind.REFUSED: "name its network in `fetch.allow_networks` if it is your own",
    FailureKind.TIMEOUT: _LATER,
    FailureKind.REDIRECT: "open the address in a browser and use the one where it ends",
    FailureKind.GONE: "remove it from the configuration, or give its new address",
    FailureKind.SIZE: "open the address and see what it is: it is larger than any feed",
    FailureKind.PAGE: "this is a page, not a feed: `aggregator sources add URL` finds its feed",
    FailureKind.PARSE: "open the address and see what it is",
    FailureKind.ITEM: "correct what the message names",
    FailureKind.FILE: "check the path in the configuration, and who may read it",
    FailureKind.STORE: "see what the store says: disk space, access, or its server",
    FailureKind.INTERNAL: "report this message: it is a fault of this program, and the source is "
    "polled again later",
}
_BY_STATUS = {
    401: "the publisher refuses; ask them, or remove it",
    403: "the publisher refuses; ask them, or remove it",
    404: "check the address; `aggregator sources add` with the site's address finds its feed",
    429: "nothing: it is polled again when the publisher allows it",
}


def advice(failure: str, status: int = 0, location: str = "") -> str:
    """What the operator can do about a failure (the value of a FailureKind), in one line.

    `status` is that of the HTTP response, `location` that of the source. ``""`` without a failure.
    """
    if not failure:
        return ""
    kind = FailureKind(failure)
    if kind is FailureKind.HTTP:
        server = "nothing: the publisher's server has a fault; the source is polled again later"
        return _BY_STATUS.get(status, server if status >= 500 else _BY_KIND[FailureKind.PARSE])
    if kind is FailureKind.PARSE and location and not is_http_url(location):
        return "correct the file that the message names"
    return _BY_KIND[kind]
