"""``aggregator feed``, ``stories``, ``explain``, ``check`` and ``init``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import typer

from aggregator.cli.session import (
    EXIT_FAILED,
    counted,
    current_plan,
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
from aggregator.pipeline import EVERYTHING, Plan, PlanOptions
from aggregator.publish import FORMATS, render, story_fields
from aggregator.queries import Selection, StoryQueries


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
        options, moment = PlanOptions.of(settings), current_time(now)
        plan = current_plan(settings, store, options, moment)
        _check_topic(plan, slug)
        default_limit = options.ranking_for(slug).max_entries
        selection = Selection(query, min_quality, since, limit=limit or default_limit)
        if selection == Selection(limit=default_limit):
            (selected,) = (feed for feed in plan.feeds if feed.slug == slug)
        else:
            selected = StoryQueries(plan, options, moment).feed(slug, selection)
        sys.stdout.buffer.write(render(selected, format_))


def stories(config: Path, slug: str, now: datetime | None, *, as_json: bool) -> None:
    """Print all stories inside the window of a topic, without a limit on their number."""
    with opened(config) as (settings, store):
        plan = current_plan(settings, store, unlimited(settings), current_time(now))
        _check_topic(plan, slug)
        for number, ranked in enumerate(plan.ranked[slug], 1):
            if as_json:
                say_json(story_fields(ranked), ascii_only=False)
            else:
                say(_line(number, ranked))


def explain(config: Path, name: str, now: datetime | None) -> None:
    """Print why a story has its rank; `name` is its id, its rank or the URL of an article."""
    with opened(config) as (settings, store):
        moment = current_time(now)
        plan = current_plan(settings, store, unlimited(settings), moment)
        positions = _positions(plan, _id_at_rank(plan, name))
        if not positions:
            raise UnknownStory(
                f"no story has the id or rank {name!r} or an article with this URL "
                "(it may have left the window, or its source was not read yet)"
            )
        ranked = positions[0].ranked
        _print_score(ranked, plan)
        say("\nPosition in the feeds:")
        for position in positions:
            total, score = len(plan.ranked[position.slug]), position.ranked.score
            say(f"  {position.slug}: {position.number} of {total}, score {score:.2f}")
        say("\nArticles, best first:")
        for article in ranked.story.articles:
            say(f"  {article.quality:4}  {article.title} ({article.publisher.name})")
            say(f"        {_reason(article, ranked.story)}")
        from aggregator.cli.explain_pair import print_cohesion

        print_cohesion(ranked.story, settings.merging, store, moment)


def _print_score(ranked: Ranked, plan: Plan) -> None:
    """Print the story with the terms of its score, the estimate of its quality, and its topics."""
    story = ranked.story
    say(story.title)
    say(f"  {story.lead.url}")
    say(f"  {story.id}")
    say(f"  first published {rfc3339(story.published)}, updated {rfc3339(story.updated)}\n")
    say(f"Score {ranked.score:.2f}, heat {ranked.heat}:")
    for term in ranked.terms:
        say(f"  {term.value:9.2f}  {term.name}: {term.why}")
    if story.lead.key in plan.estimated:
        say(f"\nIts source gives no quality; {story.lead.quality} is estimated from:")
        for reason in plan.priors.reasons(story.lead):
            say(f"  {reason}")
    if why := plan.topics.why(story):
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


def _check_topic(plan: Plan, slug: str) -> None:
    if slug not in plan.ranked:
        warn(f"no topic {slug!r}; there are: {', '.join(sorted(plan.ranked))}")
        raise typer.Exit(EXIT_FAILED)


def _id_at_rank(plan: Plan, name: str) -> str:
    """The id of the story at a rank, as `aggregator stories` prints it; other names unchanged."""
    if not (name.isascii() and name.isdigit() and len(name) < 7):
        return name
    ranked = plan.ranked[EVERYTHING]
    number = int(name)
    return ranked[number - 1].story.id if 0 < number <= len(ranked) else name


class _Position(NamedTuple):
    """The position of a story in a feed, from 1."""

    slug: str
    number: int
    ranked: Ranked


def _positions(plan: Plan, name: str) -> list[_Position]:
    """The positions of the story with this id or article URL: in the feed of everything first."""
    urn = name if name.startswith("urn:") else f"urn:uuid:{name}"
    key = canonical_url(name)

    def matches(story: Story) -> bool:
        return story.id == urn or bool(
            key and any(key in (article.key, *article.aliases) for article in story.articles)
        )

    slugs = sorted(plan.ranked, key=lambda slug: (slug != EVERYTHING, slug))
    return [
        _Position(slug, number, ranked)
        for slug in slugs
        for number, ranked in enumerate(plan.ranked[slug], 1)
        if matches(ranked.story)
    ]


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
