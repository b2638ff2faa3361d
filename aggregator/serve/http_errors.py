"""What a request can get wrong: each is one class with its status, and an answer of RFC 9457."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; img-src * data:; style-src 'self'; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class RequestError(Exception):
    """The root; its text says what is wrong."""

    status = HTTPStatus.BAD_REQUEST


class BadQuery(RequestError):
    """The query string or the form asks for something that is not there."""


class Forbidden(RequestError):
    """It is for those who have a token, or who are logged in."""

    status = HTTPStatus.FORBIDDEN


class NotFound(RequestError):
    """There is no such file, feed, topic or story."""

    status = HTTPStatus.NOT_FOUND


class TopicGone(RequestError):
    """There was such a feed, and there will be none any more."""

    status = HTTPStatus.GONE


class TooLarge(RequestError):
    """More bytes than are taken."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooLong(RequestError):
    """The query string is too long."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG


class TooMany(RequestError):
    """One client asks for too much; it has to come again later."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class TooBusy(RequestError):
    """Too many requests are being answered; the client should come again later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


_RETRY_AFTER = {TooMany.status: "30", TooBusy.status: "5"}  # seconds


def problem(status: int, detail: str) -> Response:
    """An error as RFC 9457 has it."""
    headers = {**SECURITY, "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    if retry_after := _RETRY_AFTER.get(HTTPStatus(status)):
        headers["Retry-After"] = retry_after
    return JSONResponse(
        {"title": HTTPStatus(status).phrase, "status": status, "detail": detail},
        status, headers, media_type="application/problem+json",
    )  # fmt: skip


async def refused(_request: Request, error: Exception) -> Response:
    """The answer to a RequestError."""
    assert isinstance(error, RequestError)
    return problem(error.status, str(error))
