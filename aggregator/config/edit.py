"""Adding sources to a configuration without touching its comments."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from aggregator.config.load import load_settings
from aggregator.errors import BadDocument, ConfigError
from aggregator.model import Source
from aggregator.read.yamltext import load_yaml


def add_sources(path: Path, sources: Iterable[Source]) -> list[Source]:
    """Append sources to the list in the file; those whose URL is in it already are left out.

    The new file is checked before it takes the place of the old one. Raises ConfigError.
    """
    settings = load_settings(path)
    known = {source.place for source in settings.sources}
    names = {source.name for source in settings.sources}
    added: list[Source] = []
    for source in sources:
        if source.place in known:
            continue
        known.add(source.place)
        name, number = source.name, 2
        while name in names:
            name, number = f"{source.name} ({number})", number + 1
        names.add(name)
        added.append(Source(name, source.kind, source.place, topics=source.topics))
    if added:
        _write(path, [_line(source) for source in added])
    return added


def _line(source: Source) -> str:
    """One item in flow style; JSON strings are YAML strings."""
    fields = {"name": source.name, "type": source.kind, "url": source.place}
    text = ", ".join(f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in fields.items())
    if source.topics:
        text += f", topics: {json.dumps(list(source.topics), ensure_ascii=False)}"
    return f"- {{{text}}}"


def _write(path: Path, lines: list[str]) -> None:
    text = path.read_text("utf-8-sig")
    try:
        end, indent = load_yaml(text).end_of_list("sources")
    except BadDocument as error:
        raise ConfigError([f"{path}: {error.reason}"]) from error
    before = text.splitlines(keepends=True)
    if before and not before[end - 1].endswith("\n"):
        before[end - 1] += "\n"
    new = [f"{' ' * indent}{line}\n" for line in lines]
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_text("".join([*before[:end], *new, *before[end:]]), "utf-8")
    try:
        load_settings(beside)
        os.replace(beside, path)  # noqa: PTH105
    finally:
        beside.unlink(missing_ok=True)
