"""Adding sources, and their topics, to a configuration without touching its comments."""

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
    """Append sources to the list in the file; those whose URL is in it already are left out.

    Where topics are configured in it, those that the sources name and that are missing are added
    too. The new file is checked before it takes the place of the old one. Raises ConfigError.
    """
    settings = load_settings(path)
    known = {source.location for source in settings.sources}
    names = {source.name for source in settings.sources}
    added: list[Source] = []
    for source in sources:
        if source.location in known:
            continue
        known.add(source.location)
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
    """Append a topic to the list in the file, checked as above. Raises ConfigError."""
    slug = slug_of(name)
    if not slug or slug == EVERYTHING:
        raise ConfigError([f"{name!r}: a topic needs a name with letters or digits, and not 'all'"])
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


def _new_topics(added: Iterable[Source], known: Iterable[Topic]) -> Iterator[dict[str, str]]:
    """The topics that the sources name and nobody configured; each is inside the one before."""
    slugs = {topic.name.casefold(): topic.slug for topic in known}
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
    """One item in flow style; JSON strings are YAML strings."""
    pairs = (f"{key}: {_quoted(value)}" for key, value in fields.items())
    return f"- {{{', '.join(pairs)}}}"


def _quoted(value: object) -> str:
    """A value as JSON, which is YAML but for one thing: YAML breaks lines at further characters,
    and some are not allowed in it at all. These are escaped as YAML has it (section 5.7)."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _has_list(text: str, key: str) -> bool:
    try:
        load_yaml(text).end_of_list(key)
    except BadDocument:  # the topics are in topic files, or in one line
        return False
    return True


def _appended(path: Path, text: str, key: str, lines: Iterable[str]) -> str:
    """The text with lines appended to the block list under a key."""
    try:
        end, indent = load_yaml(text).end_of_list(key)
    except BadDocument as error:
        raise ConfigError([f"{path}: {error.reason}"]) from error
    before = text.splitlines(keepends=True)
    if before and not before[end - 1].endswith("\n"):
        before[end - 1] += "\n"
    new = [f"{' ' * indent}{line}\n" for line in lines]
    return "".join([*before[:end], *new, *before[end:]])


def _replace(path: Path, text: str) -> None:
    """Put the new text in the file's place, if it is a good configuration."""
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_text(text, "utf-8")
    try:
        load_settings(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
