"""Topic files: YAML with ``_id`` (the slug), ``name``, and optionally ``shortname``, ``parent`` (a
topic's name), ``keywords`` and ``hashtags``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aggregator.classify import EVERYTHING, slug_of
from aggregator.errors import BadDocument
from aggregator.model import Json, Topic
from aggregator.read.yamltext import Loaded, load_yaml

MAX_BYTES = 1_000_000  # thousands of keywords


def read_topic(path: Path) -> Topic:
    """The topic of a file; its `parent` is a name, not yet a slug. Raises BadDocument with the
    line."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadDocument(f"a topic file must not be larger than {MAX_BYTES:,} bytes")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadDocument(error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BadDocument(f"not UTF-8: {error.reason}") from error
    loaded = load_yaml(text)
    fields = loaded.value
    if not isinstance(fields, dict):
        raise BadDocument("must be a mapping of keys to values", 1)
    identifier, name = (_required_text(loaded, fields, key) for key in ("_id", "name"))
    slug = slug_of(identifier)
    if slug != identifier or slug == EVERYTHING:
        raise BadDocument(
            f"_id: {identifier!r} is not a slug (letters, digits, hyphens; not 'all')",
            loaded.line_of(("_id",)),
        )
    short = fields.get("shortname")
    parent = fields.get("parent")
    return Topic(
        slug=slug,
        name=name.strip(),
        parent=parent.strip() if isinstance(parent, str) else None,
        names=(short,) if isinstance(short, str) else (),
        keywords=(*_texts(fields.get("keywords")), *_texts(fields.get("hashtags"))),
    )


def _required_text(loaded: Loaded, fields: Mapping[str, Json], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadDocument(f"{key}: missing or not text", loaded.line_of((key,)))
    return value


def _texts(value: Json) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
