"""Feeds that are opened in a browser: a page that people can read is a better answer."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aggregator.serve.http_errors import SECURITY

VARY = "Sec-Fetch-Dest, Sec-Fetch-Site, Accept"
"""The headers by which a browser is told from a feed reader, for ``Vary``."""
_FRAGMENT = "#subscribe"
"""Of the addresses for feed readers on a page: browsers open the element that it is in."""


def is_opened_in_browser(request: Request) -> bool:
    """Whether a person opens the address in a tab, but not by a link on a page of ours: who presses
    "RSS" there means it. Browsers say what a request is for (W3C Fetch Metadata); older ones accept
    HTML before all else, and feed readers do not."""
    purpose = request.headers.get("sec-fetch-dest")
    if purpose is not None:
        site = request.headers.get("sec-fetch-site", "none")
        return purpose == "document" and site != "same-origin"
    first, _, _ = request.headers.get("accept", "").partition(",")
    return first.partition(";")[0].strip().lower() == "text/html"


def page_instead(request: Request, slug: str, pairs: Sequence[tuple[str, str]]) -> Response | None:
    """For a person, a redirect (303) to the page of the topic, or of the search, with the ways to
    subscribe open; None for a program, and for a feed on demand that has no page. `pairs` are those
    of the query string; with ``raw=1`` a person gets the feed."""
    if not is_opened_in_browser(request):
        return None
    if not pairs:
        location = f"{quote(slug)}.html{_FRAGMENT}"
    elif slug == "all" and [key for key, _ in pairs] == ["q"]:
        folders = "../" * (request.scope["path"].count("/") - 1)
        location = f"{folders}search?{urlencode(pairs)}{_FRAGMENT}"
    else:
        return None
    headers = {**SECURITY, "Vary": VARY, "Cache-Control": "no-cache"}
    return RedirectResponse(location, 303, headers)


def without_raw(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs of a query string without ``raw=1``."""
    return [pair for pair in pairs if pair != ("raw", "1")]
