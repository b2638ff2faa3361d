"""The topics of a configuration, from the file itself and its topic files, as one checked tree."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from aggregator.config.mistakes import KeyPath
from aggregator.config.sections import AllSection, ConfigFile, TopicSection
from aggregator.config.topic_files import read_topic
from aggregator.errors import BadDocument
from aggregator.model import EVERYTHING, Match, Topic

Add = Callable[[KeyPath, str], None]
"""Called with the key and the reason of each mistake."""


def topics_of(checked: ConfigFile, base: Path, add: Add) -> tuple[Topic, ...]:
    """All topics, their parents as slugs. `base` is the folder that paths are relative to; `add` is
    called for each mistake."""
    topics: list[tuple[KeyPath, Topic]] = [
        (("topics", n), _topic(t)) for n, t in enumerate(checked.topics)
    ]
    for number, pattern in enumerate(checked.topic_files):
        key: KeyPath = ("topic_files", number)
        paths = sorted(glob.glob(os.path.normpath(base / pattern), recursive=True))  # noqa: PTH207
        if not paths:
            add(key, f"no such file: {pattern}")
        for path in paths:
            try:
                topics.append((key, read_topic(Path(path))))
            except BadDocument as error:
                add(key, f"{path}:{error.line}: {error.reason}")
    return _tree(topics, add)


def dated_feeds(checked: ConfigFile) -> Iterator[tuple[str, TopicSection | AllSection]]:
    """The sections that say how the stories of a feed are dated, each with the feed's slug."""
    yield EVERYTHING, checked.all
    yield from ((topic.slug, topic) for topic in checked.topics)


def _topic(section: TopicSection) -> Topic:
    match = Match(**dict(section.match))
    return Topic(section.slug, section.name, section.parent, (), section.keywords, match)


def _tree(topics: list[tuple[KeyPath, Topic]], add: Add) -> tuple[Topic, ...]:
    by_slug: dict[str, Topic] = {}
    keys: dict[str, KeyPath] = {}
    for key, topic in topics:
        if topic.slug in by_slug:
            add(key, f"two topics have the slug {topic.slug!r}")
        by_slug[topic.slug] = topic
        keys[topic.slug] = key
    by_name = {topic.name.casefold(): slug for slug, topic in by_slug.items()}
    for slug, topic in by_slug.items():
        if topic.parent is None:
            continue
        slug_of_name = by_name.get(topic.parent.casefold())
        parent = topic.parent if topic.parent in by_slug else slug_of_name
        if parent is None:
            add((*keys[slug], "parent"), f"topic {slug!r}: there is no topic {topic.parent!r}")
        by_slug[slug] = replace(topic, parent=parent)
    for slug in by_slug:
        if _has_cycle(slug, by_slug):
            add((*keys[slug], "parent"), f"topic {slug!r} is among its own parents")
    return tuple(by_slug.values())


def _has_cycle(slug: str, by_slug: dict[str, Topic]) -> bool:
    visited, current = {slug}, by_slug[slug].parent
    while current is not None and current in by_slug:
        if current in visited:
            return True
        visited.add(current)
        current = by_slug[current].parent
    return False
