"""The shell around the plan: read, load, plan, save, place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.merge import Epochs, Lexicon
from aggregator.model import Article, DocumentState, PollDay, Problem, Reading, Source
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.plan import Plan, plan
from aggregator.publish import Published, publish
from aggregator.read import ReadOptions, read_sources
from aggregator.store import Remembered, Store

_GRACE = timedelta(days=30)  # coverage goes on coming for days after a story has left the window
Watch = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


def unwatched(_what: str, _done: int, _of: int) -> None:
    """The watch that tells nobody."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where to publish, and in which formats. `only` limits it to some topics' feeds."""

    folder: Path
    formats: tuple[str, ...]
    only: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Report:
    """What happened: one reading a source, the plan, and the files that changed."""

    readings: tuple[Reading, ...]
    plan: Plan
    published: Published

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that could not be read, in the order of the sources."""
        return tuple(problem for reading in self.readings for problem in reading.problems)

    @property
    def offline(self) -> tuple[Reading, ...]:
        """The readings of all URLs, where not one of them could be reached: no network."""
        urls = [r for r in self.readings if r.source.place.startswith(("http://", "https://"))]
        unreachable = all(reading.unreachable for reading in urls)
        return tuple(urls) if len(urls) > 1 and unreachable else ()


def load(store: Store, options: PlanOptions, now: datetime) -> Remembered:
    """What is remembered and can still be in a feed."""
    return store.remembered(_horizon(options, now))


def lexicon() -> Lexicon:
    """The lexicon; the packages that hold it are imported only when texts are compared."""
    from aggregator.lexicon import load_lexicon

    return load_lexicon()


def stored_epochs(store: Store) -> Epochs:
    """The statistics by which texts are compared, as the store remembers them."""
    return Epochs(lexicon, store.statistics)


def settle(
    readings: Collection[Reading],
    store: Store,
    options: PlanOptions,
    now: datetime,
    epochs: Epochs | None = None,
) -> Plan:
    """Load, plan and save: what follows from the readings is remembered; nothing is published.

    A process that settles often keeps the `epochs` of its store (``stored_epochs``).
    """
    epochs = epochs or stored_epochs(store)
    articles = [article for reading in readings for article in reading.articles]
    places = {(article.source, article.ref) for article in articles}
    remembered = store.remembered(_horizon(options, now), places)
    made = plan(articles, remembered, options, now, epochs)
    store.save(
        articles_told=made.articles,
        story_memories=made.memories,
        story_promotions=made.promotions,
        document_states=_documents(readings),
        source_states=[reading.state for reading in readings],
        poll_days=_polls(readings, now, made.new),
        statistics=epochs.renewed,
    )
    epochs.renewed = None
    return made


def remember(readings: Collection[Reading], store: Store, now: datetime) -> None:
    """Save how reading went, where it gave nothing that a plan could come of."""
    store.save(
        document_states=_documents(readings),
        source_states=[reading.state for reading in readings],
        poll_days=_polls(readings, now),
    )


def publish_plan(made: Plan, store: Store, options: PlanOptions, output: Output) -> Published:
    """Place what changed of the plan's feeds."""
    feeds = [feed for feed in made.feeds if not output.only or feed.slug in output.only]
    published = publish(
        feeds, options.site, output.formats, output.folder, store.outputs(),
        whole=not output.only,
    )  # fmt: skip
    if published.made:
        store.save_outputs(published.made)
    return published


def read_only(
    sources: Collection[Source],
    read_options: ReadOptions,
    store: Store,
    options: PlanOptions,
    now: datetime,
    watch: Watch = unwatched,
) -> tuple[tuple[Reading, ...], Plan]:
    """The first four steps: read, load, plan and save; nothing is published."""
    readings = tuple(_read(sources, read_options, store, now, watch))
    watch("merging", 0, 1)
    return readings, settle(readings, store, options, now)


def run(
    sources: Collection[Source],
    read_options: ReadOptions,
    store: Store,
    options: PlanOptions,
    output: Output,
    now: datetime,
    watch: Watch = unwatched,
) -> Report:
    """Read all `sources` once, merge, rank and publish. Returns what happened.

    What one source does wrong costs that source alone. Raises StoreError or OSError when nothing
    can be remembered or published; what was published before stays as it is.
    """
    readings, made = read_only(sources, read_options, store, options, now, watch)
    watch("publishing", 0, 1)
    return Report(readings, made, publish_plan(made, store, options, output))


def _polls(
    readings: Iterable[Reading], now: datetime, new: Iterable[Article] = ()
) -> list[PollDay]:
    """What to count of this day."""
    brought = Counter(article.source for article in new)
    day = int(now.timestamp()) // 86_400
    return [
        PollDay(r.source.name, day, 1, int(bool(r.state.error)), brought[r.source.name])
        for r in readings
        if not r.postponed
    ]


def _documents(readings: Iterable[Reading]) -> dict[str, tuple[DocumentState, ...]]:
    return {r.source.name: r.documents for r in readings if r.documents}


def _read(
    sources: Collection[Source],
    options: ReadOptions,
    store: Store,
    now: datetime,
    watch: Watch,
) -> Iterable[Reading]:
    states = store.sources()

    def step(done: int, of: int) -> None:
        watch("reading files", done, of)

    found = read_sources(sources, states, store.documents, options, now, step)
    for number, reading in enumerate(found, 1):
        watch("reading sources", number, len(sources))
        yield reading


def _horizon(options: PlanOptions, now: datetime) -> datetime | None:
    """How far back articles can matter; None where some feed has no age limit."""
    windows = [options.ranking.window, *(o.window for o in options.ranking_of.values())]
    limits = [window for window in windows if window is not None]
    return None if len(limits) < len(windows) else now - max(limits) - _GRACE
