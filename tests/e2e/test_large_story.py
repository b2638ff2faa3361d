"""A story of many articles, as its subscribers see it: entries are bounded, its page is not."""

from __future__ import annotations

import json
from pathlib import Path

import feedparser
import pytest
from lxml import html

from tests.conftest import Config, StoryWriter, program
from tests.contracts.check_feeds import CHECKS
from tests.daemons import client_of, daemon, has_published, is_healthy, wait_for

ARTICLES = 60
FIRST, SECOND = "2026-11-20T12:00:00+00:00", "2026-11-20T13:00:00+00:00"


def related(number: int, quality: int | None = None) -> dict[str, object]:
    """An article about the event; half of them are of one publisher, the others of nineteen."""
    name = "Prolific" if number % 2 else f"P{number // 2 % 19:02}"
    return {
        "title": f"Headline {number}",
        "webUrl": f"https://{name.lower()}.example/{number}",
        "publishedDateTime": f"2026-11-20T09:{number % 60:02}:00Z",
        "type": "article",
        "provider": {"name": name, "domain": f"{name.lower()}.example"},
        "quality": 100 - number if quality is None else quality,
    }


@pytest.fixture
def config(write_story: StoryWriter, write_config: Config) -> Path:
    numbers = range(ARTICLES - 1)
    write_story("a.md", quality=120, related=[related(number) for number in numbers])
    return write_config(sources=[{"name": "news", "type": "stories", "path": "news"}])


def build(config: Path, now: str) -> feedparser.FeedParserDict:
    """Build, check each format, and give the entry that a feed reader sees."""
    program("build", "-c", str(config), "--now", now)
    for ext, check in CHECKS.items():
        check((config.parent / f"feeds/all.{ext}").read_bytes())
    (entry,) = feedparser.parse((config.parent / "feeds/all.atom").read_bytes()).entries
    return entry


def links_in(entry: feedparser.FeedParserDict) -> list[tuple[str, str]]:
    """The text and address of each link in the content."""
    content = html.fromstring(f"<div>{entry.content[0].value}</div>")
    return [(str(link.text), str(link.get("href"))) for link in content.iter("a")]


def test_files_list_the_best_of_each_publisher_and_name_the_rest(config: Path) -> None:
    entry = build(config, FIRST)
    listed = [link for link in links_in(entry) if link[0].startswith("Headline")]
    assert len(listed) == 10
    assert len({address.partition("/")[2] for _, address in listed}) == 10
    publishers = [address.split("/")[2] for _, address in listed]
    assert sorted(publishers) == sorted(set(publishers)), "one article of each publisher"
    assert publishers[:3] == ["p00.example", "prolific.example", "p01.example"]
    rest = "<p>… and 49 more articles by P09, P10, P11 and others</p>"
    assert rest in entry.content[0].value
    page = (config.parent / "feeds/all.html").read_text()
    assert '<p class="n"><b>21</b> publishers' in page, "all are counted"
    assert '<span class="rest">+15 more</span>' in page


def test_an_article_that_is_not_shown_is_no_update(config: Path, write_story: StoryWriter) -> None:
    before = build(config, FIRST)
    articles = [related(number) for number in range(ARTICLES - 1)]
    write_story("a.md", quality=120, related=[*articles, related(61, quality=1)])
    after = build(config, SECOND)
    assert (after.id, after.updated) == (before.id, before.updated)
    assert links_in(after) == links_in(before)
    assert "… and 50 more articles" in after.content[0].value
    write_story("a.md", quality=120, related=[*articles, related(200, quality=119)])
    shown = build(config, SECOND)
    assert (shown.id, shown.updated) == (before.id, SECOND)
    assert ("Headline 200", "https://p05.example/200") in links_in(shown)


def test_the_daemon_links_to_the_page_that_shows_all(config: Path) -> None:
    with daemon(config) as (_, url), client_of(url) as client:
        wait_for(lambda: has_published(url, 1))
        (entry,) = feedparser.parse(client.get("/feeds/all.atom").content).entries
        (address,) = (url for text, url in links_in(entry) if text == "… and 49 more")
        page = html.fromstring(client.get(address.removeprefix("http://localhost:8000")).content)
        shown = {link.get("href") for link in page.iter("a")}
        assert {related(number)["webUrl"] for number in range(ARTICLES - 1)} <= shown
        assert not page.xpath("//a[starts-with(text(), 'and ')]")
        on_demand = client.get("/feeds/all.json", params={"q": "headline"}).json()["items"][0]
        assert on_demand["_more"] == {"articles": 49, "url": address}
    with daemon(config, command="serve") as (_, url), client_of(url) as client:
        wait_for(lambda: is_healthy(url))
        item = json.loads(client.get("/feeds/all.json", params={"limit": "1"}).content)["items"][0]
        assert item["_more"]["url"] == address
