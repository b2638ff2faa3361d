"""``/healthz`` and ``/metrics``: monitoring."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from aggregator.serve.http_errors import NOTHING_HERE, NotFound
from aggregator.serve.service import Service


class Health:
    """Handlers for service managers and Prometheus."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def healthz(self, _request: Request) -> Response:
        """``ok``, or 503 and the failure. ``degraded: …`` with 200 names what fails while the rest
        is published: a restart would not help."""
        failure, degraded = self._service.health(), self._service.degraded()
        text = failure or (f"degraded: {degraded}" if degraded else "ok")
        return PlainTextResponse(f"{text}\n", 503 if failure else 200)

    async def metrics(self, _request: Request) -> Response:
        """All metrics in the text format of Prometheus. Raises NotFound without a daemon."""
        if "metrics" in self._service.settings.http.disabled:
            raise NotFound(NOTHING_HERE)
        text = self._service.metrics()
        if not text:
            raise NotFound("there are no metrics: only `aggregator run` measures")
        return Response(text, media_type="text/plain; version=0.0.4")
