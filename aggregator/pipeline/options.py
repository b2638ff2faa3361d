"""What the plan goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregator.config import Settings
from aggregator.merge import MergeOptions
from aggregator.model import Site, Topic
from aggregator.rank import RankingOptions


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """`ranking_of` overrides `ranking` by the slug of a topic; `promoted` are the slugs of those
    whose entries are dated when they enter the top, `digests` says ``daily`` or ``weekly``, and
    `private` are the slugs of those that are only for who has their token."""

    site: Site
    topics: tuple[Topic, ...] = ()
    ranking: RankingOptions = field(default_factory=RankingOptions)
    ranking_of: Mapping[str, RankingOptions] = field(default_factory=dict)
    include_withheld: bool = False
    merging: MergeOptions = field(default_factory=MergeOptions)
    promoted: frozenset[str] = frozenset()
    digests: Mapping[str, str] = field(default_factory=dict)
    private: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> PlanOptions:
        """What the configuration says of merging, topics and ranking."""
        return cls(
            settings.site,
            settings.topics,
            settings.ranking,
            settings.ranking_of,
            settings.include_withheld,
            settings.merging,
            settings.promoted,
            settings.digests,
            frozenset(settings.http.tokens),
        )

    def ranking_for(self, slug: str) -> RankingOptions:
        """How the feed of this topic is ranked."""
        return self.ranking_of.get(slug, self.ranking)
