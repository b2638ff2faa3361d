"""The bodies of requests, limited in size."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from aggregator.serve.http_errors import BadQuery, TooLarge

_MAX_FORM = 10_000  # bytes: the largest form has a URL and a name


async def body_of(request: Request, max_bytes: int) -> bytes:
    """The body. Raises TooLarge as soon as more than `max_bytes` have arrived."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(f"the body must not be larger than {max_bytes:,} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a URL-encoded form. Raises BadQuery or TooLarge."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadQuery("the body must be a form (application/x-www-form-urlencoded)")
    body = await body_of(request, _MAX_FORM)
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=20))
    except ValueError:
        raise BadQuery("the form must be ASCII, with 20 fields at most") from None
