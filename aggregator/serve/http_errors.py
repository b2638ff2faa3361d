"""The errors of requests: a class per status, answered with a problem document (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

NOTHING_HERE = "there is nothing here"
"""The detail of a 404 that must not reveal why."""
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "manifest-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class RequestError(Exception):
    """The base class; its text is the detail of the problem document."""

    status = HTTPStatus.BAD_REQUEST


class BadQuery(RequestError):
    """400: the query string or the form is not valid."""


class Forbidden(RequestError):
    """403: the request needs a token, or a log-in."""

    status = HTTPStatus.FORBIDDEN


class NotFound(RequestError):
    """404: there is no such file, feed, topic or story."""

    status = HTTPStatus.NOT_FOUND


class TopicGone(RequestError):
    """410: there was such a feed, and it has ended."""

    status = HTTPStatus.GONE


class StoryGone(RequestError):
    """There was such a story; it was removed some time after it last changed."""

    status = HTTPStatus.GONE


class TooLarge(RequestError):
    """413: the body is too large."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooLong(RequestError):
    """414: the query string is too long."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG


class TooManyRequests(RequestError):
    """429: the client has exceeded its rate."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class TooBusy(RequestError):
    """503: too many requests are being answered at the same time."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


_RETRY_AFTER = {TooManyRequests.status: "30", TooBusy.status: "5"}  # seconds


def problem(status: int, detail: str) -> Response:
    """A problem document (RFC 9457) with Retry-After for 429 and 503."""
    headers = {**SECURITY, "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    if retry_after := _RETRY_AFTER.get(HTTPStatus(status)):
        headers["Retry-After"] = retry_after
    return JSONResponse(
        {"title": HTTPStatus(status).phrase, "status": status, "detail": detail},
        status,
        headers,
        media_type="application/problem+json",
    )


async def refused(_request: Request, error: Exception) -> Response:
    """The response to a RequestError."""
    assert isinstance(error, RequestError)
    return problem(error.status, str(error))
