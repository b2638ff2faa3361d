"""``/pictures/<name>``: the pictures that pages and entries show."""

from __future__ import annotations

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregator.pictures import FOLDER, PICTURE_NAME
from aggregator.serve.conditional import is_not_modified
from aggregator.serve.http_errors import NOTHING_HERE, NotFound
from aggregator.serve.service import Service

_MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png"}
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
}


class PictureHandlers:
    """The handler of pictures."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def routes(self) -> list[Route]:
        """The addresses that this handler answers: pages name the first, entries the second, which
        is also right for a folder of files at ``<site url>feeds/``."""
        return [Route(f"{start}/{FOLDER}/{{name}}", self.picture) for start in ("", "/feeds")]

    async def picture(self, request: Request) -> Response:
        """A picture, which any cache may keep for a year. Raises NotFound."""
        settings, name = self._service.settings, request.path_params["name"]
        match = PICTURE_NAME.fullmatch(name)
        if match is None or not settings.pictures.enabled:
            raise NotFound(NOTHING_HERE)
        body = await run_in_threadpool(_read, settings.output / FOLDER / name)
        if body is None:
            raise NotFound(NOTHING_HERE)
        headers = {**_HEADERS, "ETag": f'"{match[1]}"'}
        if is_not_modified(request.headers, (headers["ETag"],), ""):
            return Response(b"", 304, headers)
        return Response(body, 200, headers, _MEDIA_TYPES[match[4]])


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
