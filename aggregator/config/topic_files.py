"""Topic files: ``taxonomy: topic, _id, name, shortname?, parent (a name)?, keywords, hashtags``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aggregator.classify import slug_of
from aggregator.errors import BadDocument
from aggregator.model import Topic
from aggregator.read.yamltext import load_yaml

MAX_BYTES = 1_000_000


def read_topic(path: Path) -> Topic:
    """The topic of a file, `parent` still a name. Raises BadDocument with the line."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadDocument("too large for a topic file")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadDocument(error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BadDocument(f"not UTF-8: {error.reason}") from error
    loaded = load_yaml(text)
    fields = loaded.value
    if not isinstance(fields, dict):
        raise BadDocument("not a mapping of keys to values", 1)
    for key in ("_id", "name"):
        if not isinstance(fields.get(key), str) or not fields[key].strip():
            raise BadDocument(f"{key}: missing, or not text", loaded.line_of((key,)))
    slug = slug_of(fields["_id"])
    if slug != fields["_id"] or slug == "all":
        raise BadDocument(
            f"_id: {fields['_id']!r} is not a slug (letters, digits, hyphens; not 'all')",
            loaded.line_of(("_id",)),
        )
    short = fields.get("shortname")
    parent = fields.get("parent")
    return Topic(
        slug=slug,
        name=fields["name"].strip(),
        parent=parent.strip() if isinstance(parent, str) else None,
        names=(short,) if isinstance(short, str) else (),
        keywords=(*_texts(fields.get("keywords")), *_texts(fields.get("hashtags"))),
    )


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
