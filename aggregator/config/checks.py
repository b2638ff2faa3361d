"""Checks over several keys: duplicate names and addresses, file names that collide, queries that
cannot be meant as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from aggregator.classify import EVERYTHING
from aggregator.config.mistakes import KeyPath, Mistakes
from aggregator.config.sections import ConfigFile, TopicSection
from aggregator.model import Site, Source, Topic
from aggregator.publish import ICON_TYPES
from aggregator.publish.templating import problems_of
from aggregator.store import store_url_problem

_MAX_ICON_BYTES = 200_000  # browsers load it with the first page


def check_file(
    checked: ConfigFile, sources: Iterable[Source], topics: Iterable[Topic], mistakes: Mistakes
) -> None:
    """Add every mistake and warning that needs more than one key to be seen."""
    if problem := store_url_problem(checked.store):
        mistakes.add(("store",), problem)
    _check_locations(sources, mistakes)
    _check_queries(checked, mistakes)
    _check_digests(checked, topics, mistakes)


def check_look(site: Site, mistakes: Mistakes) -> None:
    """Add what is wrong with the site's own icon, style sheet and templates."""
    if problem := _icon_problem(Path(site.icon)) if site.icon else "":
        mistakes.add(("site", "icon"), problem)
    if site.css and not Path(site.css).is_file():
        mistakes.add(("site", "css"), f"there is no file {site.css}")
    if site.templates and not Path(site.templates).is_dir():
        mistakes.add(("site", "templates"), f"there is no folder {site.templates}")
    elif site.templates:
        for problem in problems_of(Path(site.templates)):
            mistakes.add(("site", "templates"), problem)


def _icon_problem(path: Path) -> str:
    """Why this file cannot be an icon; ``""`` if it can."""
    if path.suffix.lower() not in ICON_TYPES:
        return f"must be a file of type {', '.join(ICON_TYPES)}"
    if not path.is_file():
        return f"there is no file {path}"
    if path.stat().st_size > _MAX_ICON_BYTES:
        return f"must not be larger than {_MAX_ICON_BYTES:,} bytes"
    return ""


def _check_locations(sources: Iterable[Source], mistakes: Mistakes) -> None:
    """Warn of two sources with the same URL or path."""
    first: dict[str, str] = {}
    for number, source in enumerate(sources):
        if source.location and source.location in first:
            key = "url" if "://" in source.location else "path"
            mistakes.warn(
                ("sources", number, key),
                f"the source {first[source.location]!r} already reads this",
            )
        first.setdefault(source.location, source.name)


def aliases_of(
    sections: Iterable[TopicSection], topics: Iterable[Topic], mistakes: Mistakes
) -> dict[str, str]:
    """Former slug -> current slug. An alias that is also the slug or alias of a topic is a
    mistake."""
    taken = {topic.slug: f"the topic {topic.slug!r} has this slug" for topic in topics}
    aliases: dict[str, str] = {}
    for number, section in enumerate(sections):
        for position, alias in enumerate(section.aliases):
            if alias in taken:
                mistakes.add(("topics", number, "aliases", position), taken[alias])
                continue
            taken[alias] = f"this is already an alias of {section.slug!r}"
            aliases[alias] = section.slug
    return aliases


def _check_queries(checked: ConfigFile, mistakes: Mistakes) -> None:
    """Warn of queries with an unclosed quote or without any word."""
    for key, query in _queries(checked):
        if query.count('"') % 2:
            mistakes.warn(key, f"a quote is not closed in {query!r}")
        elif not any(character.isalnum() for character in query):
            mistakes.warn(key, f"{query!r} contains no word to search for")


def _queries(checked: ConfigFile) -> Iterator[tuple[KeyPath, str]]:
    rankings: list[tuple[KeyPath, object]] = [(("ranking",), checked.ranking)]
    for number, topic in enumerate(checked.topics):
        if topic.match.query:
            yield ("topics", number, "match", "query"), topic.match.query
        rankings.append((("topics", number, "ranking"), topic.ranking))
    for key, ranking in rankings:
        for name in ("pinned", "blocked"):
            for position, query in enumerate(getattr(ranking, name, ())):
                yield (*key, name, position), query


def _check_digests(checked: ConfigFile, topics: Iterable[Topic], mistakes: Mistakes) -> None:
    """Warn of a digest whose usual file name belongs to a topic, so that it gets another."""
    slugs = {topic.slug for topic in topics} | {EVERYTHING}
    for number, topic in enumerate(checked.topics):
        if topic.digest and f"{topic.slug}-{topic.digest}" in slugs:
            name = f"{topic.slug}-{topic.digest}"
            mistakes.warn(
                ("topics", number, "digest"),
                f"{name!r} is also a topic, so the digest is named '{name}-digest'",
            )
    name = f"{EVERYTHING}-{checked.all.digest}"
    if checked.all.digest and name in slugs:
        reason = f"{name!r} is also a topic, so the digest is named '{name}-digest'"
        mistakes.warn(("all", "digest"), reason)
