"""What one key alone cannot show: names and addresses given twice, file names that collide, queries
that are surely not meant so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aggregator.classify import EVERYTHING
from aggregator.config.mistakes import KeyPath, Mistakes
from aggregator.config.sections import ConfigFile, TopicSection
from aggregator.model import Source, Topic
from aggregator.store import store_url_problem


def check_store(url: str, mistakes: Mistakes) -> None:
    """Whether the store is of a kind that this program can open."""
    if problem := store_url_problem(url):
        mistakes.add(("store",), problem)


def check_addresses(sources: Iterable[Source], mistakes: Mistakes) -> None:
    """Warn of sources that read the same."""
    first: dict[str, str] = {}
    for number, source in enumerate(sources):
        if source.location and source.location in first:
            key = "url" if "://" in source.location else "path"
            mistakes.warn(
                ("sources", number, key),
                f"the source {first[source.location]!r} reads this already",
            )
        first.setdefault(source.location, source.name)


def aliases_of(
    sections: Iterable[TopicSection], topics: Iterable[Topic], mistakes: Mistakes
) -> dict[str, str]:
    """Former slug -> slug. An alias must be nobody's slug or alias."""
    taken = {topic.slug: f"the topic {topic.slug!r} has this slug" for topic in topics}
    found: dict[str, str] = {}
    for number, section in enumerate(sections):
        for place, alias in enumerate(section.aliases):
            if alias in taken:
                mistakes.add(("topics", number, "aliases", place), taken[alias])
                continue
            taken[alias] = f"it is an alias of {section.slug!r} already"
            found[alias] = section.slug
    return found


def check_queries(checked: ConfigFile, mistakes: Mistakes) -> None:
    """Warn of queries with a quote that is not closed, or without a single word."""
    for key, query in _queries(checked):
        if query.count('"') % 2:
            mistakes.warn(key, f"a quote is not closed in {query!r}")
        elif not any(character.isalnum() for character in query):
            mistakes.warn(key, f"{query!r} has no word that could be found")


def _queries(checked: ConfigFile) -> Iterator[tuple[KeyPath, str]]:
    rankings: list[tuple[KeyPath, object]] = [(("ranking",), checked.ranking)]
    for number, topic in enumerate(checked.topics):
        if topic.match.query:
            yield ("topics", number, "match", "query"), topic.match.query
        rankings.append((("topics", number, "ranking"), topic.ranking))
    for key, ranking in rankings:
        for name in ("pinned", "blocked"):
            for place, query in enumerate(getattr(ranking, name, ())):
                yield (*key, name, place), query


def check_digests(checked: ConfigFile, topics: Iterable[Topic], mistakes: Mistakes) -> None:
    """Warn of a digest whose usual name is that of a topic, so that it gets another."""
    slugs = {topic.slug for topic in topics} | {EVERYTHING}
    for number, topic in enumerate(checked.topics):
        if topic.digest and f"{topic.slug}-{topic.digest}" in slugs:
            name = f"{topic.slug}-{topic.digest}"
            mistakes.warn(
                ("topics", number, "digest"),
                f"{name!r} is a topic too, so that the digest is named '{name}-digest'",
            )
