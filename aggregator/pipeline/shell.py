"""The shell around the plan: read, load, plan, save, publish."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aggregator.model import FeedRecord, Problem, Reading, Source, SourceState
from aggregator.model.urls import is_http_url
from aggregator.pipeline.intake import document_loader, with_configured_options
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Plan
from aggregator.pipeline.records import set_aside
from aggregator.pipeline.update import UpdateResult, update_stories
from aggregator.publish import Published, publish
from aggregator.read import ReadOptions, read_sources
from aggregator.store import Store

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


def no_progress(_what: str, _done: int, _of: int) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where to publish, and in which formats. `only` limits it to some topics' feeds. `complete`
    says that these are all formats of the configuration, so that other files are made no more."""

    folder: Path
    formats: tuple[str, ...]
    only: frozenset[str] = frozenset()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """What happened: one reading per source, the plan, the files that changed, and the sources
    that were set aside with the reason."""

    readings: tuple[Reading, ...]
    plan: Plan
    published: Published
    set_aside: Mapping[str, str] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that could not be read, in the order of the sources."""
        return tuple(problem for reading in self.readings for problem in reading.problems)

    @property
    def offline(self) -> tuple[Reading, ...]:
        """The readings of all URLs, where not one of them could be reached: no network."""
        urls = [r for r in self.readings if is_http_url(r.source.location)]
        unreachable = all(reading.unreachable for reading in urls)
        return tuple(urls) if len(urls) > 1 and unreachable else ()


def publish_plan(
    made: Plan, store: Store, options: PlanOptions, output: Output, now: datetime
) -> tuple[Published, dict[str, str]]:
    """Write the files of the plan's feeds that changed, remove those that are made no more, and
    remember both. Returns also the sources of stories that no feed could be made with, and why;
    their states say so. Raises StoreError; OSError where the folder cannot be made. Where a file
    cannot be written, the others are, and the error is in what is returned."""
    feeds = [feed for feed in made.feeds if not output.only or feed.slug in output.only]
    published = publish(
        feeds, options.site, output.formats, output.folder, store.outputs(), store.save_outputs,
        aliases=options.names_by_alias, whole=not output.only,
        complete=output.complete and not output.only, private=options.private_names,
    )  # fmt: skip
    records = () if output.only else _feed_records(made, options, now)
    if published.rendered or published.disowned or records:
        store.save_outputs(published.rendered, published.disowned, records)
    blamed = _blamed(made, published)
    if blamed:
        states = store.sources()
        store.save(source_states=[
            set_aside(states[name], reason) for name, reason in blamed.items() if name in states
        ])  # fmt: skip
    return published, blamed


def ingest(
    sources: Collection[Source],
    read_options: ReadOptions,
    store: Store,
    options: PlanOptions,
    now: datetime,
    progress: Progress = no_progress,
) -> UpdateResult:
    """The first four steps: read, load, plan and save; nothing is published."""
    readings = tuple(_read(sources, read_options, store, now, progress))
    progress("merging", 0, 1)
    return update_stories(readings, store, options, now)


def run(
    sources: Collection[Source],
    read_options: ReadOptions,
    store: Store,
    options: PlanOptions,
    output: Output,
    now: datetime,
    progress: Progress = no_progress,
) -> Report:
    """Read all `sources` once, merge, rank and publish. Returns what happened.

    What one source does wrong costs that source alone. Raises StoreError, UpdateFailed or OSError
    when nothing can be remembered or published; what was published before stays as it is.
    """
    updated = ingest(sources, read_options, store, options, now, progress)
    progress("publishing", 0, 1)
    published, blamed = publish_plan(updated.plan, store, options, output, now)
    if published.error is not None:
        raise published.error
    aside = {**updated.excluded, **updated.set_aside, **blamed}
    return Report(updated.readings, updated.plan, published, aside)


def _feed_records(made: Plan, options: PlanOptions, now: datetime) -> list[FeedRecord]:
    """What changed of which feeds there are: those that are new or back again, and those that are
    gone since the configuration does not have their topics any more."""
    current = {feed.slug for feed in made.feeds}
    aliases = set(options.aliases) | set(options.names_by_alias)
    changed = [
        FeedRecord(slug, made.feed_records[slug].created if slug in made.feed_records else now)
        for slug in sorted(current)
        if slug not in made.feed_records or made.feed_records[slug].removed is not None
    ]
    for slug, record in sorted(made.feed_records.items()):
        if slug not in current | aliases and record.removed is None and options.topics:
            changed.append(FeedRecord(slug, record.created, now))
    return changed


def _blamed(made: Plan, published: Published) -> dict[str, str]:
    """The sources of the leads of the stories that could not be written, and why."""
    source_of = {story.id: story.lead.source for story in made.stories}
    return {
        source_of[entry]: failure.reason
        for failure in published.failures
        for entry in failure.entries
        if entry in source_of
    }


def _read(
    sources: Collection[Source],
    options: ReadOptions,
    store: Store,
    now: datetime,
    progress: Progress,
) -> Iterable[Reading]:
    remembered = store.sources()
    states: dict[str, SourceState] = {
        source.name: with_configured_options(source, remembered.get(source.name))
        for source in sources
    }
    documents = document_loader(sources, remembered, store)

    def step(done: int, of: int) -> None:
        progress("reading files", done, of)

    readings = read_sources(sources, states, documents, options, now, step)
    for number, reading in enumerate(readings, 1):
        progress("reading sources", number, len(sources))
        yield reading
