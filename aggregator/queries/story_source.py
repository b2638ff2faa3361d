"""What queries need to know of the stories of a window, wherever these are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from aggregator.classify import Query
from aggregator.model import Feed, Story
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.story_step import Baselines
from aggregator.store import ShownStory


class Position(NamedTuple):
    """The position of a story in a feed, from 1, and the `total` number of stories in it."""

    number: int
    total: int


class StorySource(Protocol):
    """The stories of a window, ranked as of `now`: those of a store (``StoredStories``), of a plan
    (``PlannedStories``), or of the memory of a daemon.

    It does not change: when the stories do, there is a new source. Several threads call it at
    once. A story is named by its id; a topic by its slug, "all" for all stories. Methods that take
    a slug raise KeyError for one that is not in `titles`, methods that read a store StoreError.
    """

    @property
    def options(self) -> PlanOptions:
        """The options by which the stories were made and are ranked."""

    @property
    def now(self) -> datetime:
        """The time as of which the stories are ranked."""

    @property
    def baselines(self) -> Baselines:
        """The baselines by which stories of any age get a quality and topics."""

    @property
    def story_count(self) -> int:
        """How many stories the window has."""

    @property
    def titles(self) -> Mapping[str, str]:
        """The titles of the topics that have a feed, by slug; "all" is the first one."""

    @property
    def categories(self) -> Mapping[str, str]:
        """The names of all topics that stories can have, by slug, also of those without a feed."""

    @property
    def menu(self) -> Sequence[Feed]:
        """All feeds, those of topics in the order of `titles` and then the digests, each with its
        title and whether it is private. They may lack their entries."""

    def feed(self, slug: str) -> Feed:
        """The feed that is published under this slug, of a topic or a digest, with its entries.
        Raises KeyError where `menu` has none."""

    def stories(self, ids: Collection[str]) -> Mapping[str, Story]:
        """Those of the stories that the window has, with their topics, by id."""

    def shown(self, ids: Collection[str]) -> Mapping[str, ShownStory]:
        """The same as rows: what they are ranked and selected by, without their articles."""

    def ranked(self, slug: str, ids: Collection[str] | None = None) -> Iterator[str]:
        """The ids of the stories of a topic that are inside its window, best first: the order of
        its feed if that had no limit on its entries. With `ids` only these, in the same order.
        The caller may need only the first ones, so the others should cost nothing."""

    def position(self, slug: str, story_id: str) -> Position | None:
        """Where `ranked` has the story; None where it does not have it."""

    def matching(self, slug: str, query: Query, publisher: str) -> Collection[str] | None:
        """The ids of all stories of a topic that can match the query and have an article by the
        publisher (a name or a domain, empty: any), as far as indexes tell; there may be others, as
        the caller checks the articles. None: no index narrows them down."""

    def at_address(self, address: str) -> Iterable[str]:
        """The ids of the stories that may have an article with this canonical URL as its key or
        one of its aliases."""

    def is_estimated(self, story: Story) -> bool:
        """Whether no source gives a quality to the lead of a story of the window."""

    def is_ready(self, slug: str) -> bool:
        """Whether `matching` and `ranked` take milliseconds for a query with words."""

    def prepare(self, previous: StorySource | None) -> None:
        """Build in advance what the `previous` source of this kind had built when it was asked, so
        that no request waits for it; None: what a first request needs."""
