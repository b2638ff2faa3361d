"""What a request brings along, bounded."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from aggregator.serve.http_errors import BadQuery, TooLarge

_MAX_FORM = 10_000


async def body_of(request: Request, most: int) -> bytes:
    """The body. Raises TooLarge where it is more than `most` bytes, before it is in memory."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise TooLarge(f"more than {most:,} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form. Raises BadQuery or TooLarge."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadQuery("the body must be a form (application/x-www-form-urlencoded)")
    body = await body_of(request, _MAX_FORM)
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=20))
    except ValueError:
        raise BadQuery("this form cannot be read") from None
