"""The description of the addresses for programs, in OpenAPI 3.1 (JSON Schema 2020-12)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator import __version__
from aggregator.model import Json
from aggregator.publish import FORMATS
from aggregator.queries import SORTS
from aggregator.serve.feed_query import DEFAULT_ENTRIES, MAX_ENTRIES, MAX_OFFSET, MAX_QUALITY
from aggregator.serve.on_demand import MAX_ARTICLES

_ID = "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"
_PROBLEMS = {
    "400": "A parameter is unknown, duplicate, or out of its range.",
    "403": "The feed is private, and the token is missing or wrong.",
    "404": "There is no such topic or story.",
    "410": "The feed has ended, or the story was removed some time after it last changed.",
    "414": "The query string is too long.",
    "429": "Too many requests within a minute; Retry-After is in seconds.",
    "503": "Too many answers are being built, or the stories cannot be read now.",
}


def description(title: str, formats: Sequence[str]) -> dict[str, Json]:
    """The description of a site with this title and these formats of feeds."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": f"Stories and feeds of {title}",
            "version": __version__,
            "description": "Everything can be read without a key, but for private feeds. Answers "
            "have an ETag and Last-Modified: a conditional request costs a 304.",
        },
        "servers": [{"url": "."}],
        "paths": {
            "/stories.json": {"get": _stories()},
            "/stories/{id}.json": {"get": _story()},
            "/feeds/{slug}.{ext}": {"get": _feed(formats)},
            "/healthz": {"get": _health()},
        },
        "components": {
            "schemas": {
                "Stories": _object(
                    {
                        "stories": {"type": "array", "items": _reference("Story")},
                        "next": {
                            "type": ["string", "null"],
                            "format": "uri",
                            "description": "The address of the next page; null on the last one. "
                            "The order changes with time: a story may then be on two pages.",
                        },
                    }
                ),
                "Story": _STORY,
                "Article": _ARTICLE,
                "Problem": _PROBLEM,
            },
        },
    }


def _stories() -> dict[str, Json]:
    offset = _whole_number("offset", "How many stories to leave out: use `next`.", MAX_OFFSET)
    return {
        "operationId": "stories",
        "summary": "Stories, best first",
        "parameters": [*_query_parameters(), offset],
        "responses": {
            "200": _content(
                f"The stories, each with at most {MAX_ARTICLES} articles.",
                "application/json",
                _reference("Stories"),
            ),
            **_problems("400", "404", "414", "429", "503"),
        },
    }


def _story() -> dict[str, Json]:
    return {
        "operationId": "story",
        "summary": "One story with all of its articles",
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "description": "The id of the story without `urn:uuid:`.",
                "schema": {"type": "string", "pattern": _ID},
            }
        ],
        "responses": {
            "200": _content("The story.", "application/json", _reference("Story")),
            "308": {"description": "The story was merged into the one at Location."},
            **_problems("404", "410", "503"),
        },
    }


def _feed(formats: Sequence[str]) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "string"}
    content: dict[str, Json] = {FORMATS[ext].media_type: {"schema": schema} for ext in formats}
    if "json" in formats:
        content[FORMATS["json"].media_type] = {"schema": {"type": "object"}}
    return {
        "operationId": "feed",
        "summary": "A feed: the stories of a topic, or with parameters those of them it selects",
        "parameters": [
            {
                "name": "slug",
                "in": "path",
                "required": True,
                "description": "The topic; `all` for all stories.",
                "schema": {"type": "string"},
            },
            {
                "name": "ext",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "enum": list(formats)},
            },
            *_query_parameters(),
            _parameter("token", "The token of a private feed.", {"type": "string"}),
            _parameter(
                "raw",
                "A browser gets the topic's page instead of the feed, unless this is 1.",
                {"type": "string", "enum": ["1"]},
            ),
        ],
        "responses": {
            "200": {"description": "The feed.", "content": content},
            "301": {"description": "The feed has the name at Location now."},
            "303": {"description": "To a browser: the page of the topic, or of the search."},
            **_problems("400", "403", "404", "410", "414", "429", "503"),
        },
    }


def _health() -> dict[str, Json]:
    text: dict[str, Json] = {"type": "string", "pattern": "^(ok|degraded: [^\\n]*)\\n$"}
    return {
        "operationId": "health",
        "summary": "Whether the program works",
        "responses": {
            "200": _content("It works, at least in part.", "text/plain", text),
            "503": _content("Why it does not work.", "text/plain", {"type": "string"}),
        },
    }


def _query_parameters() -> list[Json]:
    text: dict[str, Json] = {"type": "string"}
    return [
        _parameter(
            "q",
            'Words that one article of the story has: `a OR b`, `-word`, `"a phrase"`, '
            "`publisher:name`, `lang:de`.",
            text,
        ),
        _parameter("topic", "The slug of a topic that the story is in.", text),
        _parameter("publisher", "The name or domain of a publisher of any article.", text),
        _whole_number("min_quality", "The least quality of the lead.", MAX_QUALITY),
        _parameter(
            "since",
            "The lead was published then or later: an ISO 8601 date, or a time (UTC, if it has "
            "no zone).",
            text,
        ),
        _whole_number("limit", "The most stories.", MAX_ENTRIES, DEFAULT_ENTRIES),
        _parameter(
            "sort",
            "The order; `rank` is best first.",
            {"type": "string", "enum": list(SORTS), "default": "rank"},
        ),
    ]


def _parameter(name: str, meaning: str, schema: dict[str, Json]) -> dict[str, Json]:
    return {"name": name, "in": "query", "description": meaning, "schema": schema}


def _whole_number(
    name: str, meaning: str, maximum: int, default: int | None = None
) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "integer", "minimum": 0, "maximum": maximum}
    if default is not None:
        schema["default"] = default
    return _parameter(name, meaning, schema)


def _reference(name: str) -> dict[str, Json]:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(meaning: str, media_type: str, schema: dict[str, Json]) -> dict[str, Json]:
    return {"description": meaning, "content": {media_type: {"schema": schema}}}


def _problems(*statuses: str) -> dict[str, Json]:
    """The responses with these statuses: problem documents (RFC 9457)."""
    media_type, schema = "application/problem+json", _reference("Problem")
    return {status: _content(_PROBLEMS[status], media_type, schema) for status in statuses}


def _object(properties: dict[str, Json]) -> dict[str, Json]:
    """The schema of an object that has all of these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT: dict[str, Json] = {"type": "string"}
_URL: dict[str, Json] = {"type": "string", "format": "uri"}
_OPTIONAL_URL: dict[str, Json] = {"type": ["string", "null"], "format": "uri"}
_TIME: dict[str, Json] = {"type": "string", "format": "date-time"}
_COUNT: dict[str, Json] = {"type": "integer", "minimum": 1}
_NUMBER: dict[str, Json] = {"type": ["integer", "null"]}
_LANGUAGE: dict[str, Json] = {"type": ["string", "null"], "description": "A tag of RFC 5646."}
_STORY = _object(
    {
        "id": {"type": "string", "pattern": f"^urn:uuid:{_ID[1:]}"},
        "title": _TEXT,
        "url": _URL | {"description": "The lead at its publisher."},
        "page": _OPTIONAL_URL | {"description": "The page of the story here."},
        "excerpt": _TEXT,
        "lang": _LANGUAGE,
        "image": _OPTIONAL_URL,
        "published": _TIME,
        "updated": _TIME,
        "topics": {"type": "array", "items": _TEXT, "description": "Slugs."},
        "quality": _NUMBER,
        "heat": _NUMBER | {"description": "Null where the story is too old to be ranked."},
        "score": {"type": ["number", "null"], "description": "The heat after its decay."},
        "article_count": _COUNT,
        "publisher_count": _COUNT,
        "articles": {"type": "array", "items": _reference("Article")},
    }
)
_ARTICLE = _object(
    {
        "url": _URL,
        "title": _TEXT,
        "publisher": _TEXT,
        "lang": _LANGUAGE,
        "published": _TIME,
        "quality": _NUMBER,
        "role": {"type": "string", "enum": ["lead", "coverage", "copy", "related"]},
    }
)
_PROBLEM = _object(
    {"title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
)
