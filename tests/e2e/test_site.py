"""The site as a whole: all its links lead somewhere, also below a path, and crawlers and browsers
are told what is there."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import httpx
import pytest
from PIL import Image

from tests.conftest import config_writer, story_writer
from tests.daemons import client_of, daemon, free_port, has_published, wait_for
from tests.e2e.crawler import crawl

STORIES = 6
_PERSON = {"sec-fetch-dest": "document", "accept": "text/html,*/*;q=0.8"}


class Site(NamedTuple):
    """A site below a path: `url` is its public address, `client` a client of the program."""

    url: str
    client: httpx.Client
    folder: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A daemon with six stories whose public address is below ``/today``."""
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    write_story, write_config = story_writer(folder), config_writer(folder)
    related = {
        "title": "Comet seen & lost",
        "webUrl": "https://other.example/comet",
        "publishedDateTime": "2026-11-20T09:00:00Z",
        "type": "article",
        "provider": {"name": "Other <News>", "domain": "other.example"},
    }
    for number in range(STORIES):
        write_story(
            f"{number}.md",
            title=f"Telescope {number} sees the comet",
            related=[related] if not number else [],
        )
    config = write_config(
        site={"title": "Tea & <News>", "url": f"http://127.0.0.1:{port}/today/"},
        sources=[{"name": "news", "type": "stories", "path": "news", "every": "1s"}],
        topics=[
            {"slug": "space", "name": "Space", "keywords": ["comet"], "digest": "daily"},
            {"slug": "sport", "name": "Sport", "keywords": ["football"]},
            {"slug": "mars", "name": "Mars", "match": {"any": ["comet"]}, "token": "x" * 16},
        ],
        http={"per_minute": None},
    )
    with daemon(config, port=port) as (_, url), client_of() as http:
        wait_for(lambda: has_published(url, STORIES))
        yield Site(f"{url}/today/", http, folder)


@pytest.mark.parametrize("prefix", ["today/", ""], ids=["kept", "stripped"])
def test_every_link_leads_somewhere(site: Site, prefix: str) -> None:
    root = site.url.removesuffix("today/") + prefix
    starts = ["", "feeds/", "status", "search", "search?q=comet", "feeds/space.html", "robots.txt"]
    result = crawl(site.client, root, [root + start for start in starts])
    assert result.broken == []
    read = {url.removeprefix(root) for url in result.responses}
    assert {"space.html", "feeds.opml", "style.css", "site.webmanifest"} <= read
    assert sum(url.startswith("stories/") for url in read) >= STORIES
    assert not any("mars" in url for url in read)
    missing = crawl(site.client, root, [f"{root}none/none"])
    assert [line.partition(" (")[0] for line in missing.broken] == [f"404 {root}none/none"]
    assert len(missing.responses) > STORIES


def test_the_prefix_without_its_slash_leads_to_the_front_page(site: Site) -> None:
    response = site.client.get(site.url.removesuffix("/"), follow_redirects=True)
    assert (response.status_code, str(response.url)) == (200, site.url)
    assert site.client.get(f"{site.url}admin/").headers["location"] == "../admin"


def test_a_person_who_opens_a_feed_gets_its_page_and_a_reader_the_feed(site: Site) -> None:
    feed = f"{site.url}feeds/space.atom"
    page = site.client.get(feed, headers=_PERSON)
    assert (page.status_code, page.headers["location"]) == (303, "space.html#subscribe")
    assert page.headers["vary"] == "Sec-Fetch-Dest, Sec-Fetch-Site, Accept"
    search = site.client.get(f"{site.url}feeds/all.rss?q=a+b", headers=_PERSON)
    assert search.headers["location"] == "../search?q=a+b#subscribe"
    readers = [
        {},
        {"accept": "*/*"},
        {"accept": "application/atom+xml, text/html;q=0.5"},
        {"accept": "text/html", "sec-fetch-dest": "empty"},
        {**_PERSON, "sec-fetch-site": "same-origin"},
    ]
    for headers in readers:
        assert site.client.get(feed, headers=headers).text.startswith("<?xml")
    plain = site.client.get(f"{feed}?raw=1", headers=_PERSON)
    assert plain.text.startswith("<?xml")
    assert plain.headers["vary"] == "Accept-Encoding, Sec-Fetch-Dest, Sec-Fetch-Site, Accept"
    narrowed = site.client.get(f"{feed}?min_quality=1&raw=1", headers=_PERSON)
    assert narrowed.text.startswith("<?xml")
    private = f"{site.url}feeds/mars.atom?token={'x' * 16}"
    assert site.client.get(private, headers=_PERSON).text.startswith("<?xml")


def test_crawlers_are_told_the_pages_and_what_to_leave_out(site: Site) -> None:
    robots = site.client.get(f"{site.url}robots.txt").text.splitlines()
    assert f"Sitemap: {site.url}sitemap.xml" in robots
    assert {"Disallow: /today/search?", "Disallow: /today/*.atom?"} <= set(robots)
    tree = ElementTree.fromstring(site.client.get(f"{site.url}sitemap.xml").content)
    name = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    urls = [element.text or "" for element in tree.iterfind("s:url/s:loc", name)]
    assert len(urls) == len(set(urls)) == 1 + 4 + STORIES  # front, all, two topics, digest
    assert all(site.client.get(url).status_code == 200 for url in urls)
    assert not any("mars" in url for url in urls)
    dates = {element.text for element in tree.iterfind("s:url/s:lastmod", name)}
    assert "2026-11-20T09:00:00Z" in dates
    assert site.client.get(f"{site.url}sitemap-1.xml").status_code == 404


def test_browsers_can_search_the_site_and_put_it_on_the_home_screen(site: Site) -> None:
    document = site.client.get(f"{site.url}opensearch.xml").content
    tree = ElementTree.fromstring(document)
    name = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    assert tree.findtext("o:ShortName", "", name) == "Tea & <News>"
    templates = [url.get("template", "") for url in tree.iterfind("o:Url", name)]
    assert f"{site.url}search?q={{searchTerms}}" in templates
    for template in templates:
        found = site.client.get(template.replace("{searchTerms}", "comet"))
        assert "Telescope 5" in found.text
    manifest = json.loads(site.client.get(f"{site.url}site.webmanifest").text)
    assert manifest["name"] == "Tea & <News>"
    for icon in manifest["icons"][1:]:
        image = Image.open(io.BytesIO(site.client.get(site.url + icon["src"]).content))
        assert f"{image.width}x{image.height}" == icon["sizes"]
    favicon = Image.open(io.BytesIO(site.client.get(f"{site.url}favicon.ico").content))
    assert favicon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert favicon.convert("RGBA").getpixel((0, 0)) == (173, 52, 26, 0)  # outside the corner
    assert favicon.convert("RGBA").getpixel((24, 4)) == (173, 52, 26, 255)


def test_a_missing_page_says_where_it_may_be(site: Site) -> None:
    def missing(path: str, status: int = 404) -> str:
        response = site.client.get(site.url + path, headers={"accept": "text/html"})
        assert response.status_code == status
        assert response.headers["cache-control"] == "no-store"
        return response.text

    page = missing("spcae.html")
    assert 'There is no page at <bdi class="addr">/today/spcae.html</bdi>.' in page
    assert 'Did you mean <a href="space.html"><bdi>Space</bdi></a>?' in page
    assert 'type="search" maxlength="500" value="spcae"' in page
    assert page.count("<article") == 5
    deep = missing("a/b%2Fc/The-comet_of.2026?q=1")
    assert 'value="The comet of"' in deep
    assert 'href="../../space.html"' in deep
    assert "Did you mean" not in deep
    escaped = missing("%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AE")
    assert "<script>alert" not in escaped
    assert "\u202e" not in escaped
    assert "mars" not in missing("mras.html").replace("mras", "")  # a private topic
    assert site.client.get(f"{site.url}none").json()["status"] == 404
