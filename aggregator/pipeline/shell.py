"""The steps around the plan, with input and output: read, load, save, publish."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aggregator.model import FeedRecord, Problem, Reading, Source, SourceState
from aggregator.model.urls import is_http_url
from aggregator.pictures import pictures_in
from aggregator.pipeline.feed_set import FeedSet
from aggregator.pipeline.intake import document_loader, with_configured_options
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Changes, Plan
from aggregator.pipeline.records import set_aside
from aggregator.pipeline.unchanged import StoredFeedsLoader, update_unchanged
from aggregator.pipeline.update import update_stories
from aggregator.pipeline.update_result import UpdateResult
from aggregator.publish import Published, RenderCache, publish
from aggregator.read import ReadOptions, read_sources
from aggregator.store import Store

StepProgress = Callable[[str, int, int], None]
"""Called with the name of the step, the number of units done, and their total."""


def no_step_progress(_what: str, _done: int, _of: int) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where to publish, and in which formats. `only` limits publishing to the feeds of some topics
    (slugs; empty: all). `complete`: these are all formats of the configuration, so that files in
    others are removed. `cache` has what was rendered the last time (None: there is no next one)."""

    folder: Path
    formats: tuple[str, ...]
    only: frozenset[str] = frozenset()
    complete: bool = True
    cache: RenderCache | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run: one reading per source, the plan, what was saved, the files that
    changed, and the sources that were set aside, with the reasons."""

    readings: tuple[Reading, ...]
    plan: Plan
    changes: Changes
    published: Published
    set_aside: Mapping[str, str] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems of all readings, in the order of the sources."""
        return tuple(problem for reading in self.readings for problem in reading.problems)

    @property
    def offline(self) -> tuple[Reading, ...]:
        """The readings of all URLs, where none of several could be reached: there is no network."""
        urls = [r for r in self.readings if is_http_url(r.source.location)]
        unreachable = all(reading.unreachable for reading in urls)
        return tuple(urls) if len(urls) > 1 and unreachable else ()


def publish_feeds(
    feed_set: FeedSet,
    store: Store,
    options: PlanOptions,
    output: Output,
    now: datetime,
    unchanged: Collection[str] = (),
) -> tuple[Published, dict[str, str]]:
    """Write the files of the feeds that changed, remove those without a feed, and save both in the
    store. Returns also the sources (name -> reason) of stories that could not be rendered; they are
    set aside. The files of `unchanged` feeds (slugs) are not even looked at. Raises StoreError;
    OSError where the folder cannot be created. Where a file cannot be written, the others are, and
    the result has the error."""
    feeds = [feed for feed in feed_set.feeds if not output.only or feed.slug in output.only]
    published = publish(
        feeds,
        options.site,
        output.formats,
        output.folder,
        store.outputs(),
        store.save_outputs,
        aliases=options.names_by_alias,
        with_index=not output.only,
        remove_stale=output.complete and not output.only,
        private=options.private_names,
        unchanged=unchanged,
        cache=output.cache,
        pictures=pictures_in(output.folder, options.pictures),
        parents=options.parents,
    )
    records = () if output.only else new_feed_records(feed_set, options, now)
    if published.rendered or published.disowned or records:
        store.save_outputs(published.rendered, published.disowned, records)
    faulty = _faulty_sources(feed_set, published)
    if faulty:
        states = store.sources()
        names = [name for name in faulty if name in states]
        store.save(source_states=[set_aside(states[name], faulty[name]) for name in names])
    return published, faulty


def ingest(
    sources: Collection[Source],
    read_options: ReadOptions,
    store: Store,
    options: PlanOptions,
    now: datetime,
    progress: StepProgress = no_step_progress,
) -> UpdateResult:
    """Read the sources, plan and save; nothing is published. Raises StoreError or UpdateFailed."""
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
    progress: StepProgress = no_step_progress,
    load_feeds: StoredFeedsLoader | None = None,
    fetch_pictures: Callable[[FeedSet], None] | None = None,
) -> Report:
    """Read all `sources` once, plan, save and publish. With `load_feeds`, nothing is planned if no
    reading changes a story: the feeds of the stored stories are published. `fetch_pictures` is
    called before they are.

    An error of one source costs that source alone. Raises StoreError, UpdateFailed or OSError where
    nothing can be saved or published; the files that were published before stay.
    """
    readings = tuple(_read(sources, read_options, store, now, progress))
    progress("merging", 0, 1)
    updated = load_feeds and update_unchanged(readings, store, options, now, load_feeds)
    if updated is None:
        updated = update_stories(readings, store, options, now)
    if fetch_pictures is not None:
        progress("fetching pictures", 0, 1)
        fetch_pictures(updated.plan.feed_set)
    progress("publishing", 0, 1)
    published, faulty = publish_feeds(updated.plan.feed_set, store, options, output, now)
    if published.error is not None:
        raise published.error
    reasons = {**updated.excluded, **updated.set_aside, **faulty}
    return Report(updated.readings, updated.plan, updated.changes, published, reasons)


def new_feed_records(feed_set: FeedSet, options: PlanOptions, now: datetime) -> list[FeedRecord]:
    """The records of feeds that changed: new ones, those that exist again, and those that were
    removed because the configuration no longer has their topics."""
    stored = feed_set.records
    current = {feed.slug for feed in feed_set.feeds}
    aliases = set(options.aliases) | set(options.names_by_alias)
    changed = [
        FeedRecord(slug, stored[slug].created if slug in stored else now)
        for slug in sorted(current)
        if slug not in stored or stored[slug].removed is not None
    ]
    for slug, record in sorted(stored.items()):
        if slug not in current | aliases and record.removed is None and options.topics:
            changed.append(FeedRecord(slug, record.created, now))
    return changed


def _faulty_sources(feed_set: FeedSet, published: Published) -> dict[str, str]:
    """The sources of the leads of the stories that could not be rendered, with the reasons."""
    return {
        feed_set.stories[entry].lead.source: failure.reason
        for failure in published.failures
        for entry in failure.entries
        if entry in feed_set.stories
    }


def _read(
    sources: Collection[Source],
    options: ReadOptions,
    store: Store,
    now: datetime,
    progress: StepProgress,
) -> Iterable[Reading]:
    stored = store.sources()
    states: dict[str, SourceState] = {
        source.name: with_configured_options(source, stored.get(source.name)) for source in sources
    }
    documents = document_loader(sources, stored, store)

    def file_progress(done: int, of: int) -> None:
        progress("reading files", done, of)

    readings = read_sources(sources, states, documents, options, now, file_progress)
    for number, reading in enumerate(readings, 1):
        progress("reading sources", number, len(sources))
        yield reading
