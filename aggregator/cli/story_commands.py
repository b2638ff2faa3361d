"""``aggregator feed``, ``stories``, ``explain``, ``check`` and ``init``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import typer

from aggregator.cli.session import (
    EXIT_FAILED,
    counted,
    current_queries,
    current_time,
    errors_as_text,
    opened,
    say,
    say_json,
    unlimited,
    warn,
)
from aggregator.config import load_settings, write_starter
from aggregator.errors import ConfigError, UnknownStory
from aggregator.identify import canonical_url
from aggregator.model import Article, Ranked, Story
from aggregator.model.times import rfc3339
from aggregator.pipeline import PlanOptions
from aggregator.publish import FORMATS, render, story_fields
from aggregator.queries import Position, Selection, StoryQueries


def feed(
    config: Path,
    slug: str,
    format_: str,
    limit: int | None,
    min_quality: int | None,
    since: datetime | None,
    query: str,
    now: datetime | None,
) -> None:
    """Print a feed to standard output in a format of FORMATS. Exits with 1 for an unknown topic."""
    with opened(config) as (settings, store):
        if format_ not in FORMATS:
            raise ConfigError([f"--format {format_}: must be one of {', '.join(FORMATS)}"])
        options = PlanOptions.of(settings)
        queries = current_queries(settings, store, options, current_time(now))
        _check_topic(queries, slug)
        default_limit = options.ranking_for(slug).max_entries
        selection = Selection(query, min_quality, since, limit=limit or default_limit)
        if selection == Selection(limit=default_limit):
            selected = queries.published_feed(slug)
        else:
            selected = queries.feed(slug, selection)
        sys.stdout.buffer.write(render(selected, format_))


def stories(config: Path, slug: str, now: datetime | None, *, as_json: bool) -> None:
    """Print all stories inside the window of a topic, without a limit on their number."""
    with opened(config) as (settings, store):
        queries = current_queries(settings, store, unlimited(settings), current_time(now))
        _check_topic(queries, slug)
        for number, ranked in enumerate(queries.stories(slug, Selection()), 1):
            if as_json:
                say_json(story_fields(ranked), ascii_only=False)
            else:
                say(_line(number, ranked))


def explain(config: Path, name: str, now: datetime | None) -> None:
    """Print why a story has its rank; `name` is its id, its rank or the URL of an article."""
    with opened(config) as (settings, store):
        moment = current_time(now)
        queries = current_queries(settings, store, unlimited(settings), moment)
        placed = _placed(queries, name)
        if placed is None:
            raise UnknownStory(
                f"no story has the id or rank {name!r} or an article with this URL "
                "(it may have left the window, or its source was not read yet)"
            )
        ranked, positions = placed
        _print_score(ranked, queries)
        say("\nPosition in the feeds:")
        for slug, position in positions.items():
            in_feed = queries.ranked(slug, ranked.story.id)
            score = in_feed.score if in_feed else 0
            say(f"  {slug}: {position.number} of {position.total}, score {score:.2f}")
        say("\nArticles, best first:")
        for article in ranked.story.articles:
            say(f"  {article.quality:4}  {article.title} ({article.publisher.name})")
            say(f"        {_reason(article, ranked.story)}")
        from aggregator.cli.explain_pair import print_cohesion

        print_cohesion(ranked.story, settings.merging, store, moment)


def _print_score(ranked: Ranked, queries: StoryQueries) -> None:
    """Print the story with the terms of its score, the estimate of its quality, and its topics."""
    story, baselines = ranked.story, queries.source.baselines
    say(story.title)
    say(f"  {story.lead.url}")
    say(f"  {story.id}")
    say(f"  first published {rfc3339(story.published)}, updated {rfc3339(story.updated)}\n")
    say(f"Score {ranked.score:.2f}, heat {ranked.heat}:")
    for term in ranked.terms:
        say(f"  {term.value:9.2f}  {term.name}: {term.why}")
    if queries.is_estimated(story):
        say(f"\nIts source gives no quality; {story.lead.quality} is estimated from:")
        for reason in baselines.priors.reasons(story.lead):
            say(f"  {reason}")
    if why := baselines.topics.why(story):
        say("\nTopics, and why:")
        for slug, reason in sorted(why.items()):
            say(f"  {slug}: {reason}")


def check(config: Path) -> None:
    """Print the number of sources and topics, or all mistakes, missing secrets and warnings. Exits
    with 2 if there are any."""
    with errors_as_text():
        settings = load_settings(config)
        if mistakes := [*settings.missing, *settings.warnings]:
            raise ConfigError(mistakes)
        sources = counted(len(settings.sources), "source")
        topics = counted(len(settings.topics), "topic")
        say(f"{config}: ok; {sources}, {topics}, formats {', '.join(settings.formats)}")


def init(folder: Path) -> None:
    """Write the starter configuration into a folder, and print the next steps."""
    with errors_as_text():
        for path in write_starter(folder):
            say(f"wrote {path}")
        config = folder / "aggregator.yaml"
        settings = load_settings(config)
        say("\nNext:")
        say(f"  aggregator build -c {config}    # read once and publish into {settings.output}")
        say(f"  aggregator serve -c {config}    # show the result at http://127.0.0.1:8000/")
        say(f"Then add your sources to {config}, and run: aggregator run -c {config}")


def _check_topic(queries: StoryQueries, slug: str) -> None:
    if slug not in queries.topics:
        warn(f"no topic {slug!r}; there are: {', '.join(sorted(queries.topics))}")
        raise typer.Exit(EXIT_FAILED)


def _placed(queries: StoryQueries, name: str) -> tuple[Ranked, dict[str, Position]] | None:
    """The story with this id, rank or article URL as it is ranked in the first feed that has it,
    and its positions in all feeds: in the feed of everything first. None where none has it."""
    for story_id in _ids(queries, name):
        positions = {
            slug: position
            for slug in queries.topics_of(story_id)
            if (position := queries.position(slug, story_id))
        }
        for slug in positions:
            if ranked := queries.ranked(slug, story_id):
                return ranked, positions
    return None


def _ids(queries: StoryQueries, name: str) -> list[str]:
    """The ids of the stories that the name may mean. A rank is that of `aggregator stories`."""
    if name.isascii() and name.isdigit() and len(name) < 7:
        ranked = queries.at_rank(int(name))
        return [ranked] if ranked else []
    ids = [name if name.startswith("urn:") else f"urn:uuid:{name}"]
    key = canonical_url(name)
    return [*ids, *queries.at_address(key)] if key else ids


def _reason(article: Article, story: Story) -> str:
    """Why an article belongs to its story."""
    lead = story.lead
    original = dict(story.copies).get(article.key)
    if original and article.key != lead.key:
        publisher = next(a.publisher.name for a in story.articles if a.key == original)
        return f"a copy of the text of {publisher}"
    if article.key == lead.key:
        return "lead: the best quality of the story"
    if lead.key in article.related or article.key in lead.related:
        return "declared as related to the lead by its source"
    related = {a.title for a in story.articles if a.key in article.related}
    related |= {a.title for a in story.articles if article.key in a.related}
    if related:
        return f"declared as related to: {'; '.join(sorted(related)[:3])}"
    return "no source declares it as related: merged by text, now or at an earlier build"


def _line(number: int, ranked: Ranked) -> str:
    """The entry of a story in the list: rank and title, then its figures, then its URL."""
    story = ranked.story
    more = f", {len(story.coverage)} more" if story.coverage else ""
    topics = ", ".join(story.topics)
    return (
        f"{number:4}. {story.title}\n"
        f"      {story.lead.publisher.name}{more} · score {ranked.score:.1f}, heat {ranked.heat}"
        f" · {rfc3339(story.lead.published)}{f' · {topics}' if topics else ''}\n"
        f"      {story.lead.url}"
    )
