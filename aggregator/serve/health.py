"""``/healthz`` and ``/metrics``: for those who watch over the program."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from aggregator.serve.http_errors import NotFound
from aggregator.serve.service import Service


class Health:
    """Answers for service managers and Prometheus."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def healthz(self, _request: Request) -> Response:
        """``ok``, or 503 and what is wrong. What goes wrong though the rest is published is named
        after ``degraded``, with 200: a restart would not help."""
        wrong, degraded = self._service.health(), self._service.degraded()
        text = wrong or (f"degraded: {degraded}" if degraded else "ok")
        return PlainTextResponse(f"{text}\n", 503 if wrong else 200)

    async def metrics(self, _request: Request) -> Response:
        """What has been measured, in Prometheus' text format."""
        if "metrics" in self._service.settings.http.disabled:
            raise NotFound("there is nothing here")
        text = self._service.metrics()
        if not text:
            raise NotFound("nothing is measured here")
        return Response(text, media_type="text/plain; version=0.0.4")
