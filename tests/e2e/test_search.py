"""A search over HTTP: all results in pages, narrowed down to the numbers that the page promises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from tests.conftest import config_writer, story_writer
from tests.daemons import client_of, daemon, has_published, wait_for

STORIES = 65


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a daemon with 65 stories of a comet, one of which two publishers have."""
    folder = tmp_path_factory.mktemp("search")
    write_story, write_config = story_writer(folder), config_writer(folder)
    related = {
        "title": "Comet over <Paris>",
        "webUrl": "https://other.example/comet",
        "publishedDateTime": "2026-11-20T09:00:00Z",
        "type": "article",
        "provider": {"name": "Other & News", "domain": "other.example"},
    }
    for number in range(STORIES):
        write_story(
            f"{number}.md",
            title=f"Observatory {number} <b>sees</b> the comet",
            publishedDateTime=f"2026-11-20T08:{number % 60:02}:{number // 60:02}Z",
            related=[related] if number == 7 else [],
        )
    config = write_config(
        sources=[{"name": "news", "type": "stories", "path": "news", "every": "1s"}],
        http={"per_minute": None},
        merge={"text": False},
    )
    with daemon(config) as (_, url), client_of(url) as http:
        wait_for(lambda: has_published(url, STORIES))
        yield http


def headlines(page: str) -> list[str]:
    """The headlines of a page, with their marks as brackets."""
    found = re.findall(r'<h2[^>]*><a class="t"[^>]*>(.*?)</a></h2>', page)
    return [unescape(h.replace("<mark>", "[").replace("</mark>", "]")) for h in found]


def link_of(page: str, name: str) -> str:
    """The URL of the link with this name."""
    match = re.search(rf'<a [^>]*href="(\?[^"]*)"[^>]*>(?:<bdi>)?{name}<', page)
    assert match, name
    return "/search" + unescape(match[1])


def test_all_results_are_on_the_pages_in_the_order_that_is_asked_for(client: httpx.Client) -> None:
    path, seen, pages = "/search?q=COMET&sort=newest", [], 0
    while path:
        page = client.get(path).text
        assert "65 stories" in page
        seen += headlines(page)
        pages += 1
        path = link_of(page, "Next") if ">Next<" in page else ""
    assert pages == 3
    assert len(set(seen)) == STORIES
    assert seen[0] == "Observatory 59 <b>sees</b> the [comet]"
    covered = client.get("/search?q=comet&sort=coverage").text
    assert headlines(covered)[0] == "Observatory 7 <b>sees</b> the [comet]"
    assert client.get("/search?q=comet&page=4").status_code == 404
    assert client.get("/search?q=comet&sort=colour").status_code == 404


def test_a_publisher_narrows_the_search_down_to_what_its_number_says(client: httpx.Client) -> None:
    page = client.get("/search?q=comet").text
    assert re.search(r"<b>1</b></span><a [^>]*><bdi>Other &amp; News</bdi>", page)
    narrowed = client.get(link_of(page, "Other &amp; News")).text
    assert "1 story" in narrowed
    assert headlines(narrowed) == ["Observatory 7 <b>sees</b> the [comet]"]
    old = client.get("/search?q=comet&when=day").text
    assert "No story has “comet”." in old


def test_the_feed_of_a_search_has_its_stories(client: httpx.Client) -> None:
    page = client.get('/search?q="observatory 7"').text
    match = re.search(r'<a href="(feeds/all\.atom\?q=[^"]*)"', page)
    assert match
    feed = client.get(f"/{unescape(match[1])}").text
    assert feed.count("<entry") == 1
