"""The pages of days and weeks, where the entries of digests lead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest

from aggregator.queries import last_period
from tests.conftest import config_writer, story_writer
from tests.daemons import client_of, daemon, is_healthy, wait_for

ZONE = "Pacific/Auckland"  # far from UTC, so that a day in the wrong zone is seen
YESTERDAY = last_period(datetime.now(UTC), "daily", ZONE)


def at(day: date, hour: int) -> str:
    """A moment of the site's zone, as RFC 3339."""
    moment = datetime.combine(day, time(hour), tzinfo=ZoneInfo(ZONE))
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def by(name: str, hour: int, day: date = YESTERDAY) -> dict[str, object]:
    return {
        "title": f"Seen by {name}",
        "webUrl": f"https://{name}.example/{hour}/{day}",
        "publishedDateTime": at(day, hour),
        "type": "article",
        "provider": {"name": name.title(), "domain": f"{name}.example"},
    }


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server whose stories are of yesterday and of three days before."""
    folder = tmp_path_factory.mktemp("days")
    write = story_writer(folder)
    six = [by(name, 9) for name in ("ada", "ben", "cleo", "dan", "eve", "finn")]
    tomorrow = by("late", 1, YESTERDAY + timedelta(days=1))
    write(
        "big.md", title="Big & <old>", publishedDateTime=at(YESTERDAY, 8), related=[*six, tomorrow]
    )
    for number in range(12):
        write(f"{number}.md", publishedDateTime=at(YESTERDAY, 23 if number % 2 else 0))
    earlier = YESTERDAY - timedelta(days=3)
    write("old.md", title="Old", publishedDateTime=at(earlier, 12), topics=["Sport"])
    topics = [
        {"slug": "science", "name": "Science", "digest": "daily"},
        {"slug": "sport", "name": "Sport", "digest": "weekly"},
        {"slug": "own", "name": "Own", "token": "0123456789abcdef"},
    ]
    config = config_writer(folder)(
        site={"title": "News", "url": "https://news.example/", "timezone": ZONE},
        topics=topics,
        all={"digest": "daily"},
        sources=[{"name": "news", "type": "stories", "path": "news", "every": "1h"}],
    )
    with daemon(config, command="run") as (_, url), client_of(url) as http:
        wait_for(lambda: is_healthy(url))
        wait_for(lambda: "all-daily" in http.get("/feeds.opml").text)
        yield http


def test_the_page_of_a_day_has_its_stories_by_publishers(client: httpx.Client) -> None:
    page = client.get(f"/{YESTERDAY:%Y/%m/%d}")
    assert page.status_code == 200
    titles = re.findall(r'<h2[^>]*><a class="t"[^>]*>([^<]*)</a>', page.text)
    assert titles[0] == "Big &amp; &lt;old&gt;"
    assert len(titles) == 10
    assert "<b><bdi>7 publishers</bdi></b>" in page.text, "the article after the end is not counted"
    assert len(re.findall(r'<li[^>]*><a class="t"', page.text)) == 3, "also on this day"
    before = YESTERDAY - timedelta(days=3)
    assert f'<a rel="prev" href="../../{before:%Y/%m/%d}">' in page.text
    assert 'rel="next"' not in page.text
    linked = set(re.findall(r'<a href="../../(\d{4}/\d\d/\d\d)"', page.text))
    assert linked == {f"{d:%Y/%m/%d}" for d in (before, YESTERDAY) if d.month == YESTERDAY.month}
    for path in re.findall(r'href="../../([^"/]*(?:stories/[^"]*)?)"', page.text):
        assert client.get(f"/{path}", follow_redirects=True).status_code == 200, path


def test_the_last_day_is_where_past_days_begin(client: httpx.Client) -> None:
    answer = client.get("/days?topic=science")
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{YESTERDAY:%Y/%m/%d}?topic=science"
    assert 'href="../../days"' in client.get(f"/{YESTERDAY:%Y/%m/%d}").text
    first_of_month = YESTERDAY.replace(day=1)
    other = (YESTERDAY - timedelta(days=3)) < first_of_month
    page = client.get(f"/{YESTERDAY:%Y/%m/%d}").text
    assert bool(re.search(r'<p class="note"><a href="../../\d{4}/\d\d/\d\d">', page)) == other


def test_days_without_a_memory_and_days_to_come_are_not_there(client: httpx.Client) -> None:
    empty = YESTERDAY - timedelta(days=1)
    assert "No story is remembered" in client.get(f"/{empty:%Y/%m/%d}").text
    first = YESTERDAY - timedelta(days=3)
    assert client.get(f"/{first:%Y/%m/%d}").status_code == 200
    for path in (
        f"/{first - timedelta(days=1):%Y/%m/%d}",
        f"/{YESTERDAY + timedelta(days=2):%Y/%m/%d}",
        "/2026/02/30",
        "/0000/01/01",
        "/9999/12/31",
        "/2026/w60",
        "/2026/w",
        "/a/b/c",
        f"/{YESTERDAY:%Y/%m/%d}?topic=own",
        f"/{YESTERDAY:%Y/%m/%d}?topic=none",
    ):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("slug", ["all-daily", "science-daily", "sport-weekly"])
def test_the_entries_of_a_digest_lead_to_the_page_of_their_day(
    client: httpx.Client, slug: str
) -> None:
    items = json.loads(client.get(f"/feeds/{slug}.json").text)["items"]
    for item in items:
        address = urlsplit(item["url"])
        page = client.get(f"{address.path}?{address.query}")
        assert page.status_code == 200
        heading = re.search(r"<h1[^>]*>([^<]*)</h1>", page.text)
        assert heading
        name = item["title"].partition(": ")[2]
        assert heading[1] == (
            name if slug == "all-daily" else f"{slug.split('-')[0].title()}: {name}"
        )
    if slug == "all-daily":
        assert len(items) == 2
        assert "… and 2 more" in items[0]["content_html"].replace("\n", "")
