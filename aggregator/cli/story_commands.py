"""``aggregator feed``, ``stories``, ``explain``, ``check`` and ``init``: answers from the store."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

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
    """Print one feed."""
    with opened(config) as (settings, store):
        if format_ not in FORMATS:
            raise ConfigError([f"--format {format_}: unknown, not one of {', '.join(FORMATS)}"])
        options, moment = PlanOptions.of(settings), current_time(now)
        found = current_plan(settings, store, options, moment)
        _check_topic(found, slug)
        if limit is None:
            limit = options.ranking_for(slug).max_entries
        asked = Selection(query, min_quality, since, limit=limit)
        if asked == Selection(limit=options.ranking_for(slug).max_entries):
            (made,) = (one for one in found.feeds if one.slug == slug)
        else:
            made = StoryQueries(found, options, moment).feed(slug, asked)
        sys.stdout.buffer.write(render(made, format_))


def stories(config: Path, slug: str, now: datetime | None, *, as_json: bool) -> None:
    """Print the stories of a topic; all that are inside its window, without a limit on number."""
    with opened(config) as (settings, store):
        found = current_plan(settings, store, unlimited(settings), current_time(now))
        _check_topic(found, slug)
        for number, ranked in enumerate(found.ranked[slug], 1):
            if as_json:
                say_json(story_fields(ranked), ascii_only=False)
            else:
                say(_line(number, ranked))


def explain(config: Path, wanted: str, now: datetime | None) -> None:
    """Print why a story stands where it stands."""
    with opened(config) as (settings, store):
        found = current_plan(settings, store, unlimited(settings), current_time(now))
        places = _places(found, _at_rank(found, wanted))
        if not places:
            raise UnknownStory(
                f"no story has the id, the rank or the URL {wanted!r} "
                "(it may have left the window, or its sources were not read yet)"
            )
        _, _, ranked = places[0]
        story = ranked.story
        say(story.title)
        say(f"  {story.lead.url}")
        say(f"  {story.id}")
        say(f"  first published {rfc3339(story.published)}, updated {rfc3339(story.updated)}\n")
        say(f"Score {ranked.score:.2f}, heat {ranked.heat}:")
        for term in ranked.terms:
            say(f"  {term.value:9.2f}  {term.name}: {term.why}")
        if story.lead.key in found.estimated:
            say(f"\nIts source gives no quality, so {story.lead.quality} was made of:")
            for reason in found.priors.reasons(story.lead):
                say(f"  {reason}")
        if why := found.topics.why(story):
            say("\nTopics, and why:")
            for slug, reason in sorted(why.items()):
                say(f"  {slug}: {reason}")
        say("\nPlace in the feeds:")
        for slug, number, one in places:
            total = len(found.ranked[slug])
            say(f"  {slug}: {number} of {total}, score {one.score:.2f}")
        say("\nArticles, best first:")
        for article in story.articles:
            say(f"  {article.quality:4}  {article.title} ({article.publisher.name})")
            say(f"        {_reason(article, story)}")
        from aggregator.cli.explain_pair import print_cohesion

        print_cohesion(story, settings.merging, store, current_time(now))


def check(config: Path) -> None:
    """Print that the configuration is good, or its mistakes."""
    with errors_as_text():
        settings = load_settings(config)
        if mistakes := [*settings.missing, *settings.warnings]:
            raise ConfigError(mistakes)
        sources = counted(len(settings.sources), "source")
        topics = counted(len(settings.topics), "topic")
        say(f"{config}: ok; {sources}, {topics}, formats {', '.join(settings.formats)}")


def init(folder: Path) -> None:
    """Write the starter configuration."""
    with errors_as_text():
        for path in write_starter(folder):
            say(f"wrote {path}")
        config = folder / "aggregator.yaml"
        settings = load_settings(config)
        say("\nNext:")
        say(f"  aggregator build -c {config}    # reads, and publishes into {settings.output}")
        say(f"  aggregator serve -c {config}    # shows it at http://127.0.0.1:8000/")
        say(f"Then put your own sources into {config}, and: aggregator run -c {config}")


def _check_topic(found: Plan, slug: str) -> None:
    if slug not in found.ranked:
        known = ", ".join(sorted(found.ranked))
        warn(f"no topic {slug!r}; there are: {known}")
        raise typer.Exit(EXIT_FAILED)


def _at_rank(found: Plan, wanted: str) -> str:
    """The id of the story at a rank, as `aggregator stories` prints it; anything else as it is."""
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 7):
        return wanted
    ranked = found.ranked[EVERYTHING]
    number = int(wanted)
    return ranked[number - 1].story.id if 0 < number <= len(ranked) else wanted


def _places(found: Plan, wanted: str) -> list[tuple[str, int, Ranked]]:
    """(feed, place in it, story) for the story with that id or URL, in every feed it is in."""
    urn = wanted if wanted.startswith("urn:") else f"urn:uuid:{wanted}"
    key = canonical_url(wanted)

    def is_it(story: Story) -> bool:
        held = key and any(key in (a.key, *a.aliases) for a in story.articles)
        return story.id == urn or bool(held)

    ordered: Sequence[str] = sorted(found.ranked, key=lambda slug: (slug != EVERYTHING, slug))
    return [
        (slug, number, ranked)
        for slug in ordered
        for number, ranked in enumerate(found.ranked[slug], 1)
        if is_it(ranked.story)
    ]


def _reason(article: Article, story: Story) -> str:
    lead = story.lead
    original = dict(story.copies).get(article.key)
    if original and article.key != lead.key:
        title = next(a.publisher.name for a in story.articles if a.key == original)
        return f"a copy: the words of {title}"
    if article.key == lead.key:
        return "leads: the best quality of the story"
    if lead.key in article.related or article.key in lead.related:
        return "declared as related to the lead by its source"
    others = {a.title for a in story.articles if a.key in article.related}
    others |= {a.title for a in story.articles if article.key in a.related}
    if others:
        return f"declared as related to: {'; '.join(sorted(others)[:3])}"
    return "says the same, or was shown under this story before"


def _line(number: int, ranked: Ranked) -> str:
    story = ranked.story
    more = f", {len(story.coverage)} more" if story.coverage else ""
    topics = ", ".join(story.topics)
    return (
        f"{number:4}. {story.title}\n"
        f"      {story.lead.publisher.name}{more} · score {ranked.score:.1f}, heat {ranked.heat}"
        f" · {rfc3339(story.lead.published)}{f' · {topics}' if topics else ''}\n"
        f"      {story.lead.url}"
    )
