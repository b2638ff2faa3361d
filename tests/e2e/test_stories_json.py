"""The stories as JSON, read as a program does that knows only ``/openapi.json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

from tests.conftest import config_writer, story_writer
from tests.daemons import client_of, daemon, has_published, wait_for

STORIES = 7


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a daemon with seven stories under a path, behind a proxy that keeps it."""
    folder = tmp_path_factory.mktemp("stories")
    write_story, write_config = story_writer(folder), config_writer(folder)
    for number in range(STORIES):
        title = f"Telescope {number} sees the comet number {number}"
        related = {
            "title": "Comet seen",
            "webUrl": "https://other.example/comet",
            "publishedDateTime": "2026-11-20T09:00:00Z",
            "type": "article",
            "provider": {"name": "Other", "domain": "other.example"},
        }
        write_story(f"{number}.md", title=title, related=[related] if not number else [])
    config = write_config(
        site={"title": "News", "url": "https://news.example/today/"},
        sources=[{"name": "news", "type": "stories", "path": "news", "every": "1s"}],
    )
    with daemon(config) as (_, url), client_of(url) as http:
        wait_for(lambda: has_published(url, STORIES))
        yield http


def checked(client: httpx.Client, path: str, template: str, status: int = 200) -> Any:
    """The answer at a path, which is what the description says of this path template."""
    document = client.get("/openapi.json").json()
    response = client.get(path)
    assert response.status_code == status
    described = document["paths"][template]["get"]["responses"][str(status)]["content"]
    media_type = response.headers["content-type"].partition(";")[0]
    schema = {"components": document["components"], **described[media_type]["schema"]}
    is_json = media_type.endswith("json")
    value = response.json() if is_json else response.text
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)
    return value


def test_the_description_is_openapi_and_answers_are_as_described(client: httpx.Client) -> None:
    validate(client.get("/openapi.json").json())
    stories = checked(client, "/stories.json?q=comet&limit=500", "/stories.json")["stories"]
    assert len(stories) == STORIES
    uuid = next(s for s in stories if s["article_count"] == 2)["id"].removeprefix("urn:uuid:")
    story = checked(client, f"/stories/{uuid}.json", "/stories/{id}.json")
    assert [article["role"] for article in story["articles"]] == ["lead", "related"]
    assert story["page"] == f"https://news.example/today/stories/{uuid}"
    assert story["publisher_count"] == 2
    problem = checked(client, "/stories.json?colour=red", "/stories.json", 400)
    described = client.get("/openapi.json").json()["paths"]["/stories.json"]["get"]["parameters"]
    names = ", ".join(parameter["name"] for parameter in described)
    assert problem["detail"] == f"colour: unknown parameter; must be one of {names}"
    checked(client, "/stories.json?limit=501", "/stories.json", 400)
    checked(client, f"/stories/{uuid[:-1]}.json", "/stories/{id}.json", 404)
    for extension in ("rss", "atom", "json"):
        checked(client, f"/feeds/all.{extension}", "/feeds/{slug}.{ext}")
    checked(client, "/feeds/all.rss?sort=colour", "/feeds/{slug}.{ext}", 400)
    checked(client, "/feeds/none.rss", "/feeds/{slug}.{ext}", 404)
    checked(client, "/healthz", "/healthz")


@pytest.mark.parametrize("query", ["", "q=comet", "sort=newest"])
def test_the_pages_together_are_every_story_once(client: httpx.Client, query: str) -> None:
    whole = client.get(f"/stories.json?{query}").json()
    assert whole["next"] is None
    path, seen, pages = f"/stories.json?{query}&limit=3", [], 0
    while path:
        page = client.get(path).json()
        assert len(page["stories"]) <= 3
        seen += page["stories"]
        pages += 1
        address = urlsplit(page["next"] or "")
        assert not page["next"] or address.path == "/today/stories.json"
        path = page["next"] and f"/stories.json?{address.query}"
    assert pages == 3
    assert [story["id"] for story in seen] == [story["id"] for story in whole["stories"]]
