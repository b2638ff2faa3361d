"""Adding sources and topics to a configuration file without touching its comments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from aggregator.classify import EVERYTHING, slug_of
from aggregator.config.load import load_settings
from aggregator.errors import BadDocument, ConfigError
from aggregator.model import Source, Topic
from aggregator.read.yamltext import load_yaml


def add_sources(path: Path, sources: Iterable[Source]) -> list[Source]:
    """Append sources to the list in the file, except those whose URL it already has, and return
    those that were added; a name that is taken gets a number.

    If the file has a list of topics, the topics that the sources name and that are missing are
    appended too. The new text is checked before it replaces the file. Raises ConfigError.
    """
    settings = load_settings(path)
    locations = {source.location for source in settings.sources}
    names = {source.name for source in settings.sources}
    added: list[Source] = []
    for source in sources:
        if source.location in locations:
            continue
        locations.add(source.location)
        name, number = source.name, 2
        while name in names:
            name, number = f"{source.name} ({number})", number + 1
        names.add(name)
        added.append(Source(name, source.kind, source.location, topics=source.topics))
    if added:
        text = _appended(path, path.read_text("utf-8-sig"), "sources", map(_source_line, added))
        topics = list(_new_topics(added, settings.topics)) if settings.topics else []
        if topics and _has_list(text, "topics"):
            text = _appended(path, text, "topics", map(_flow, topics))
        _replace(path, text)
    return added


def add_topic(path: Path, name: str, keywords: Iterable[str]) -> Topic:
    """Append a topic to the list in the file, whose new text is checked before it replaces the
    file. The slug is made from the name. Raises ConfigError."""
    slug = slug_of(name)
    if not slug or slug == EVERYTHING:
        raise ConfigError(
            [f"{name!r}: the name of a topic must have letters or digits, and must not be 'all'"]
        )
    fields: dict[str, object] = {"slug": slug, "name": name}
    if words := list(keywords):
        fields["keywords"] = words
    text = path.read_text("utf-8-sig")
    document = load_yaml(text).value
    if isinstance(document, dict) and "topics" in document:
        text = _appended(path, text, "topics", [_flow(fields)])
    else:
        text = f"{text.rstrip()}\ntopics:\n  {_flow(fields)}\n"
    _replace(path, text)
    return Topic(slug, name, keywords=tuple(words))


def _new_topics(added: Iterable[Source], topics: Iterable[Topic]) -> Iterator[dict[str, str]]:
    """The topics that the sources name and that are not configured. A source names them from the
    outermost to the innermost: each is the parent of the next."""
    slugs = {topic.name.casefold(): topic.slug for topic in topics}
    taken = set(slugs.values()) | {EVERYTHING, ""}
    for source in added:
        parent = ""
        for name in source.topics:
            slug = slugs.get(name.casefold()) or slug_of(name)
            if slug not in taken:
                taken.add(slug)
                yield {"slug": slug, "name": name} | ({"parent": parent} if parent else {})
            slugs.setdefault(name.casefold(), slug)
            parent = slug if slug != EVERYTHING else ""


def _source_line(source: Source) -> str:
    fields: dict[str, object] = {"name": source.name, "type": source.kind, "url": source.location}
    return _flow(fields | ({"topics": list(source.topics)} if source.topics else {}))


def _flow(fields: Mapping[str, object]) -> str:
    """One list item in YAML's flow style."""
    pairs = (f"{key}: {_quoted(value)}" for key, value in fields.items())
    return f"- {{{', '.join(pairs)}}}"


def _quoted(value: object) -> str:
    """A value as JSON, which is also YAML except for characters that YAML treats as line breaks or
    forbids: those are escaped (YAML 1.2, section 5.7)."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _has_list(text: str, key: str) -> bool:
    try:
        load_yaml(text).end_of_list(key)
    except BadDocument:  # the topics are in topic files, or in flow style
        return False
    return True


def _appended(path: Path, text: str, key: str, lines: Iterable[str]) -> str:
    """The text with lines appended to the block list under a key."""
    try:
        end, indent = load_yaml(text).end_of_list(key)
    except BadDocument as error:
        raise ConfigError([f"{path}: {error.reason}"]) from error
    old_lines = text.splitlines(keepends=True)
    if old_lines and not old_lines[end - 1].endswith("\n"):
        old_lines[end - 1] += "\n"
    new_lines = [f"{' ' * indent}{line}\n" for line in lines]
    return "".join([*old_lines[:end], *new_lines, *old_lines[end:]])


def _replace(path: Path, text: str) -> None:
    """Replace the file atomically, provided that the new text is a valid configuration."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, "utf-8")
    try:
        load_settings(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
