"""Rules of the HTTP side, by values: requests to the application without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from aggregator.cli.standalone import StandaloneService
from aggregator.config import load_settings, password_hash
from aggregator.model import CleanText, Ranked, Site
from aggregator.pipeline import Output, PlanOptions, plan, run
from aggregator.queries import Selection, StoryQueries
from aggregator.queries.stored_stories import StoredStories
from aggregator.serve import make_app
from aggregator.serve.conditional import is_not_modified
from aggregator.serve.health import Health
from aggregator.serve.limits import RateLimiter
from aggregator.serve.on_demand import OnDemand
from aggregator.serve.output_cache import Representation
from aggregator.serve.sessions import Sessions
from aggregator.store import ShownChanges, StoredWindow, open_store
from tests.conftest import NOW, Config

TOKEN = "0123456789abcdef0123"
PASSWORD = "correct horse battery"
HASH = password_hash(PASSWORD)
SPACE = {"slug": "space", "name": "Space", "keywords": ["probe"]}
SEA = {"slug": "sea", "name": "Sea", "keywords": ["ship"]}
BURROW = {
    "slug": "burrow",
    "name": "Burrow",
    "keywords": ["mole"],
    "token": TOKEN,
    "aliases": ["cellar"],
    "digest": "daily",
}
Ask = Callable[..., httpx.Response]


@contextmanager
def served(config: Path) -> Iterator[Ask]:
    """Publish from a configuration; gives ``ask(path, method, **request)``, a client of it."""
    settings = load_settings(config)
    store = open_store(settings.store)
    options = PlanOptions.of(settings)
    run(
        settings.sources,
        settings.reading,
        store,
        options,
        Output(settings.output, settings.formats),
        NOW,
    )
    service = StandaloneService(settings, store)
    app = make_app(service, lambda: False)

    def ask(
        path: str, method: str = "GET", client: str = "192.0.2.1", **request: Any
    ) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app, client=(client, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
                return await http.request(method, path, **request)

        return asyncio.run(send())

    try:
        service.queries()
        yield ask
    finally:
        service.stop()
        store.close()


@pytest.fixture
def config(write_config: Config, tmp_path: Path) -> Config:
    """Writes a configuration over sixty stories of the sea, one of space and one that is hidden."""
    titles = [f"Ship {n}" for n in range(60)] + ["Space probe lands", "The mole"]
    lines = [
        {"url": f"https://e.com/{n}", "title": t, "published": "2026-11-21T10:00:00Z"}
        for n, t in enumerate(titles)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))

    def write(*topics: dict[str, Any], **sections: Any) -> Path:
        values = {
            "sources": [{"name": "a", "type": "jsonl", "path": "a.jsonl", "every": "40s"}],
            "topics": list(topics) or [SPACE, SEA, BURROW],
            **sections,
        }
        return write_config(**values)

    return write


def test_a_private_feed_needs_its_token_and_no_public_page_names_it(
    config: Config,
) -> None:
    with served(config()) as ask:
        assert ask("/feeds/burrow.atom").status_code == 403
        assert ask("/feeds/burrow.atom?token=wrong").status_code == 403
        response = ask(f"/feeds/burrow.json?token={TOKEN}")
        assert [item["title"] for item in response.json()["items"]] == ["The mole"]
        assert response.headers["cache-control"] == "private, max-age=40"
        assert "access-control-allow-origin" not in response.headers
        assert ask("/feeds/sea.rss").headers["cache-control"] == "public, max-age=40"
        assert ask("/feeds/sea.rss?topic=burrow").status_code == 400
        for path in ("/burrow.html", "/feeds/burrow-daily.atom", "/cellar.html"):
            assert ask(path).status_code == 404, path
        assert ask("/feeds/cellar.atom").status_code == 403
        moved = ask(f"/feeds/cellar.atom?token={TOKEN}")
        assert (moved.status_code, moved.headers["location"]) == (301, f"burrow.atom?token={TOKEN}")
        for path in ("/feeds/all.json", "/feeds/feeds.opml", "/stories.json", "/all.html", "/"):
            response = ask(path)
            assert response.status_code == 200
            assert "urrow" not in response.text, path


def test_renamed_feeds_redirect_and_removed_ones_are_gone(config: Config) -> None:
    with served(config(SPACE, SEA)):
        pass
    renamed = {**SEA, "slug": "ocean", "aliases": ["sea"]}
    with served(config(renamed)) as ask:
        for old, new in (
            ("/feeds/sea.rss", "ocean.rss"),
            ("/sea.html", "ocean.html"),
            ("/feeds/sea.json?limit=3", "ocean.json?limit=3"),
        ):
            response = ask(old)
            assert (response.status_code, response.headers["location"]) == (301, new)
        assert ask("/feeds/space.atom").status_code == 410
        assert ask("/space.html").status_code == 410
        assert ask("/feeds/never.atom").status_code == 404


def test_the_parameters_of_a_feed_on_demand_and_their_limits(config: Config) -> None:
    with served(config()) as ask:

        def number(query: str) -> int:
            return len(ask(f"/feeds/all.json?{query}").json()["items"])

        assert number("q=ship") == 50
        assert number("limit=60") == 60
        assert number("limit=500") == 62
        assert number("topic=space") == 1
        for query, status in (
            ("limit=501", 400),
            ("limit=x", 400),
            ("colour=red", 400),
            ("limit=1&limit=1", 400),
            ("sort=up", 400),
            ("since=monday", 400),
            ("topic=none", 404),
            ("q=" + "x" * 1_000, 414),
        ):
            response = ask(f"/feeds/all.json?{query}")
            assert response.status_code == status, query
            assert response.headers["content-type"] == "application/problem+json"
        first = ask("/feeds/all.atom?limit=3").text
        second = ask("/feeds/all.atom?limit=4").text
        ids = {
            feed.partition("<id>")[2].partition("</id>")[0]
            for feed in (first, second, ask("/feeds/all.atom").text)
        }
        assert len(ids) == 3, "each feed has its own id"
        assert ask("/stories.json?q=probe").json()["stories"][0]["title"] == "Space probe lands"


def test_only_feeds_that_must_be_rendered_count_for_the_limit_of_a_client(
    config: Config,
) -> None:
    with served(config(http={"per_minute": 2})) as ask:
        statuses = [ask(f"/feeds/all.rss?limit={n}").status_code for n in (1, 2, 1, 3)]
        assert statuses == [200, 200, 200, 429]
        assert ask("/feeds/all.rss?limit=3").headers["retry-after"] == "30"
        assert ask("/feeds/all.rss?limit=3", client="192.0.2.2").status_code == 200
        assert ask("/feeds/all.rss").status_code == 200
    with served(config(http={"per_minute": None})) as ask:
        assert {ask(f"/feeds/all.rss?limit={n}").status_code for n in range(1, 9)} == {200}


def test_headers_for_caches_and_browsers(config: Config) -> None:
    with served(config()) as ask:
        plain = ask("/feeds/sea.atom", headers={"accept-encoding": "identity"})
        assert plain.headers["vary"] == "Accept-Encoding, Sec-Fetch-Dest, Sec-Fetch-Site, Accept"
        assert plain.headers["content-type"] == "application/atom+xml"
        tab = ask("/feeds/sea.atom?raw=1", headers={"sec-fetch-dest": "document"})
        assert tab.headers["content-type"] == "application/xml"
        tags = {plain.headers["etag"]}
        for coding in ("br", "gzip"):
            coded = ask("/feeds/sea.atom", headers={"accept-encoding": coding})
            assert coded.headers["content-encoding"] == coding
            tags.add(coded.headers["etag"])
            same = {"if-none-match": coded.headers["etag"], "accept-encoding": coding}
            assert ask("/feeds/sea.atom", headers=same).status_code == 304
        assert len(tags) == 3
        small = ask("/feeds/all.json?q=nothing", headers={"accept-encoding": "gzip"})
        assert len(small.content) < 500
        assert "content-encoding" not in small.headers


def test_requests_that_are_too_large_are_refused(config: Config) -> None:
    with served(config()) as ask:
        assert ask("/" + "x" * 1_990).status_code == 404
        assert ask("/" + "x" * 2_000).status_code == 414
        assert ask("/feeds/all.rss", headers={"x-filler": "x" * 15_000}).status_code == 200
        assert ask("/feeds/all.rss", headers={"x-filler": "x" * 16_500}).status_code == 431


def test_disabled_pages_are_not_found(config: Config) -> None:
    disabled = {"disabled": ["status", "stories", "search"]}
    with served(config(http=disabled)) as ask:
        for path in ("/status", "/stories.json", "/search?q=probe"):
            assert ask(path).status_code == 404
    with served(config()) as ask:
        for path in ("/status", "/stories.json", "/search?q=probe"):
            assert ask(path).status_code == 200


def test_only_a_signed_in_admin_from_the_same_origin_can_change_anything(
    config: Config,
) -> None:
    path = config(admin={"password_hash": HASH})
    with served(path) as ask:
        login = {"data": {"password": PASSWORD}}
        assert ask("/admin/login", "POST", data={"password": "wrong"}).status_code == 403
        for foreign in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            assert ask("/admin/login", "POST", headers=foreign, **login).status_code == 403
        cookie = ask("/admin/login", "POST", **login).headers["set-cookie"]
        assert {"httponly", "samesite=strict"} <= set(cookie.lower().split("; "))
        jar = {"cookie": cookie.partition(";")[0]}
        csrf = ask("/admin", headers=jar).text.partition('name="csrf" value="')[2].partition('"')[0]
        topic = {"name": "Fresh things", "keywords": "fresh"}
        configuration = path.read_text()
        for form, headers in (
            (topic, jar),
            ({**topic, "csrf": "x"}, jar),
            ({**topic, "csrf": csrf}, {}),
            ({**topic, "csrf": csrf}, {**jar, "sec-fetch-site": "cross-site"}),
        ):
            response = ask("/admin/topics", "POST", data=form, headers=headers)
            assert response.status_code == 403
        assert path.read_text() == configuration
        tries = [ask("/admin/login", "POST", data={"password": "x"}).status_code for _ in range(5)]
        assert tries == [403, 403, 403, 429, 429], (
            "five per minute, including the two earlier attempts"
        )
    with served(config()) as ask:
        assert ask("/admin").status_code == 404


def test_a_degraded_service_still_answers_200(config: Config) -> None:
    """A restart would not help, so the health check must not cause one."""
    settings = load_settings(config())
    store = open_store(settings.store)
    service = StandaloneService(settings, store)
    with closing(store), asyncio.Runner() as runner:
        health = Health(service)

        def ask_health() -> tuple[int, bytes]:
            response = runner.run(health.healthz(Request({"type": "http"})))
            return response.status_code, bytes(response.body)

        service.stop()
        service._error = ""
        assert ask_health() == (200, b"ok\n")
        service._error = "a source is set aside"
        assert ask_health() == (200, b"degraded: a source is set aside\n")


DATE, SECOND_BEFORE = "Sat, 21 Nov 2026 10:00:00 GMT", "Sat, 21 Nov 2026 09:59:59 GMT"


@pytest.mark.parametrize(
    ("headers", "not_modified"),
    [
        ({"if-none-match": '"x"'}, True),
        ({"if-none-match": 'W/"x"'}, True),
        ({"if-none-match": '"a", W/"x-br"'}, True),
        ({"if-none-match": '"a"'}, False),
        ({"if-none-match": '"a"', "if-modified-since": DATE}, False),
        ({"if-modified-since": DATE}, True),
        ({"if-modified-since": SECOND_BEFORE}, False),
    ],
)
def test_which_conditional_requests_are_answered_with_304(
    headers: dict[str, str], not_modified: bool
) -> None:
    assert is_not_modified(headers, ('"x"', '"x-br"'), DATE) == not_modified


def test_sessions_last_twelve_hours_and_the_rate_limit_refills_evenly() -> None:
    now = [0.0]
    sessions, rate = Sessions(lambda: now[0]), RateLimiter(lambda: now[0])
    session = sessions.begin()
    taken = [_takes(rate, "c") for _ in range(7)]
    assert taken == [True] * 6 + [False]
    now[0] = 19.9
    assert [_takes(rate, "c") for _ in range(3)] == [True, False, False]
    now[0] = 12 * 3_600 - 1
    assert sessions.csrf(session)
    assert [_takes(rate, "c") for _ in range(7)] == [True] * 6 + [False]
    now[0] = 12 * 3_600
    assert sessions.csrf(session) == ""


def _takes(rate: RateLimiter, client: str) -> bool:
    from aggregator.serve.http_errors import TooManyRequests

    try:
        rate.take(client, 6)
    except TooManyRequests:
        return False
    return True


def test_a_second_process_follows_the_store_without_planning(config: Config) -> None:
    settings = load_settings(config())
    options = PlanOptions.of(settings)
    with closing(open_store(settings.store)) as store, closing(open_store(settings.store)) as other:
        now = datetime.now(UTC).replace(microsecond=0)
        run(settings.sources, settings.reading, other, options, Output(settings.output, ()), now)
        service = StandaloneService(settings, store)
        try:
            first = service.queries()
            assert isinstance(first.source, StoredStories)
            service._refresh_once()
            before = service.queries()
            assert _all(before)
            other.save(shown=ShownChanges(hidden=frozenset(s.story.id for s in _all(before))))
            service._refresh_once()
            assert _all(service.queries()) == ()
            assert _all(before) == ()  # it reads the same store, and keeps only the order
        finally:
            service.stop()


def _all(queries: StoryQueries) -> tuple[Ranked, ...]:
    return queries.stories("all", Selection())


def test_a_feed_on_demand_is_cached_until_the_stories_change() -> None:
    options = PlanOptions(Site(CleanText("Test"), "https://news.example.org/"))
    old, new = (
        StoryQueries.of_plan(plan((), StoredWindow(), options, NOW), options, NOW) for _ in range(2)
    )
    rendered: list[Representation] = []

    def render() -> Representation:
        rendered.append(Representation(b"x", 0.0, "text/plain"))
        return rendered[-1]

    on_demand, key = OnDemand(), ("all", "rss", "")
    for queries, number in ((old, 1), (old, 1), (new, 2), (new, 2)):
        assert on_demand.answer(queries, key, render, "c", None) is rendered[-1]
        assert len(rendered) == number
    assert on_demand.cached(new, key) is rendered[1]
    assert on_demand.cached(old, key) is None
