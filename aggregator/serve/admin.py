"""``/admin``: add a source or a topic on a page, if the configuration has a password hash.

The session's cookie is HttpOnly and SameSite=Strict. A form that changes something must carry the
session's CSRF token and come from our own pages (Sec-Fetch-Site or Origin).
"""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from aggregator.config import add_topic, is_password
from aggregator.errors import AggregatorError
from aggregator.pipeline import add_feed
from aggregator.publish.pages import admin_page
from aggregator.serve.http_errors import SECURITY, Forbidden, NotFound
from aggregator.serve.limits import RateLimiter
from aggregator.serve.page_handlers import page_context
from aggregator.serve.request_bodies import form_of
from aggregator.serve.responses import no_store_page
from aggregator.serve.service import Service
from aggregator.serve.sessions import Sessions

_COOKIE = "aggregator_admin"
_LOGINS_PER_MINUTE = 5  # per client; hashing makes each cost 60 ms


class Admin:
    """Handlers of the admin page and its forms."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._sessions = Sessions()
        self._login_rate = RateLimiter()

    @property
    def routes(self) -> list[Route]:
        """The addresses that these handlers answer."""
        return [
            Route("/admin", self.page),
            Route("/admin/", self.without_slash),
            Route("/admin/login", self.login, methods=["POST"]),
            Route("/admin/logout", self.logout, methods=["POST"]),
            Route("/admin/sources", self.add_source, methods=["POST"]),
            Route("/admin/topics", self.add_topic, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The log-in form, or for the admin the forms that change something."""
        self._password_hash()
        return await self._page(self._csrf(request))

    async def without_slash(self, _request: Request) -> Response:
        """Redirect ``/admin/`` to ``/admin``, relative to keep the path prefix of a proxy."""
        return _redirect("../admin")

    async def login(self, request: Request) -> Response:
        """Begin a session if the password is right. Raises TooManyRequests."""
        password_hash = self._password_hash()
        _require_same_origin(request)
        self._login_rate.take(request.client.host if request.client else "", _LOGINS_PER_MINUTE)
        password = (await form_of(request)).get("password", "")
        if not await run_in_threadpool(is_password, password, password_hash):
            return await self._page("", error="Wrong password.", status=403)
        response = _redirect("../admin")
        response.set_cookie(
            _COOKIE,
            self._sessions.begin(),
            httponly=True,
            samesite="strict",
            secure=self._service.settings.site.url.startswith("https:"),
        )
        return response

    async def logout(self, request: Request) -> Response:
        """End the session."""
        await self._checked_form(request)
        self._sessions.end(request.cookies.get(_COOKIE, ""))
        response = _redirect("../admin")
        response.delete_cookie(_COOKIE)
        return response

    async def add_source(self, request: Request) -> Response:
        """Read a feed once and add it to the configuration."""
        form = await self._checked_form(request)
        settings, now = self._service.settings, self._service.now()
        url, name = form.get("url", "").strip(), form.get("name", "").strip()

        def add() -> str:
            added = add_feed(settings, url, name, now)
            return f"Added {added.source.name}: {added.source.location}"

        return await self._apply(request, add)

    async def add_topic(self, request: Request) -> Response:
        """Add a topic to the configuration."""
        form = await self._checked_form(request)
        keywords = [word.strip() for word in form.get("keywords", "").split(",") if word.strip()]
        path, name = self._service.settings.path, form.get("name", "").strip()

        def add() -> str:
            return f"Added the topic {name}: {add_topic(path, name, keywords).slug}"

        return await self._apply(request, add)

    async def _apply(self, request: Request, change: Callable[[], str]) -> Response:
        """The page after a change of the configuration; `change` returns the message to show."""
        try:
            notice = await run_in_threadpool(change)
        except (AggregatorError, OSError) as error:
            return await self._page(self._csrf(request), error=str(error), status=400)
        return await self._page(
            self._csrf(request), notice=f"{notice}. The change takes effect immediately."
        )

    async def _checked_form(self, request: Request) -> dict[str, str]:
        """The fields of a form that a logged-in admin sent from our pages. Raises Forbidden."""
        self._password_hash()
        _require_same_origin(request)
        form = await form_of(request)
        csrf = self._csrf(request)
        if not csrf or not compare_digest(form.get("csrf", "").encode(), csrf.encode()):
            raise Forbidden("log in first")
        return form

    def _password_hash(self) -> str:
        password_hash = self._service.settings.http.password_hash
        if not password_hash:
            raise NotFound("there is no admin page: `admin.password_hash` is not configured")
        return password_hash

    def _csrf(self, request: Request) -> str:
        return self._sessions.csrf(request.cookies.get(_COOKIE, ""))

    async def _page(
        self, csrf: str, notice: str = "", error: str = "", status: int = 200
    ) -> Response:
        queries = await run_in_threadpool(self._service.queries)
        body = admin_page(page_context(self._service, queries), csrf, notice, error)
        return no_store_page(body, status)


def _require_same_origin(request: Request) -> None:
    """Raise Forbidden for a form of another site. Browsers tell the site in Sec-Fetch-Site; older
    ones in Origin, which is ``null`` for our own pages, because they send no referrer."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "null")
    if site is not None:
        same_origin = site in ("same-origin", "none")
    else:
        same_origin = origin == "null" or urlsplit(origin).netloc == request.headers.get("host", "")
    if not same_origin:
        raise Forbidden("the form was sent from another site")


def _redirect(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303, {**SECURITY, "Cache-Control": "no-store"})
