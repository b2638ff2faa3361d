"""``/websub/<token>``: the callbacks at which hubs confirm and deliver (W3C WebSub)."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from aggregator.model import MAX_DOCUMENT_BYTES
from aggregator.serve.http_errors import NotFound
from aggregator.serve.request_bodies import body_of
from aggregator.serve.service import Service


class Callbacks:
    """Handlers of requests of hubs."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def confirm(self, request: Request) -> Response:
        """Verification of intent (section 5.3): echo the challenge if we want the subscription."""
        params = request.query_params
        lease = params.get("hub.lease_seconds", "")
        confirmed = await run_in_threadpool(
            self._service.confirm,
            request.path_params["token"],
            params.get("hub.mode", ""),
            params.get("hub.topic", ""),
            int(lease) if lease.isascii() and lease.isdigit() and len(lease) < 10 else 0,
        )
        if not confirmed:
            raise NotFound("there is no such subscription")
        return PlainTextResponse(params.get("hub.challenge", "")[:2_000])

    async def deliver(self, request: Request) -> Response:
        """Content distribution (section 7). Content without a valid signature is answered like any
        other, and dropped (section 7.1)."""
        token = request.path_params["token"]
        if not self._service.expects(token):
            raise NotFound("there is no such subscription")
        body = await body_of(request, MAX_DOCUMENT_BYTES)
        await run_in_threadpool(
            self._service.deliver,
            token,
            body,
            request.headers.get("content-type", ""),
            request.headers.get("x-hub-signature", ""),
        )
        return Response(status_code=202)
