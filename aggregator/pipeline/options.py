"""The options of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aggregator.config import Settings
from aggregator.merge import MergeOptions
from aggregator.model import Site, Topic
from aggregator.pictures import PictureOptions
from aggregator.rank import RankingOptions

_DIGEST_SUFFIXES = ("-daily", "-weekly", "-daily-digest", "-weekly-digest")


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The options of merging, topics, ranking and feeds.

    `ranking_of` overrides `ranking` by the slug of a topic. `promoted` are the slugs of topics
    whose entries are dated by the time at which they entered the top; `digests` maps slugs to
    ``daily`` or ``weekly``; `private` are the slugs of topics that need a token; `aliases` map
    former slugs to current ones. `include_withheld`: withheld articles are shown. New articles
    that are older than `keep` are not stored (None: all are). `pictures`: those of the output."""

    site: Site
    topics: tuple[Topic, ...] = ()
    ranking: RankingOptions = field(default_factory=RankingOptions)
    ranking_of: Mapping[str, RankingOptions] = field(default_factory=dict)
    include_withheld: bool = False
    merging: MergeOptions = field(default_factory=MergeOptions)
    promoted: frozenset[str] = frozenset()
    digests: Mapping[str, str] = field(default_factory=dict)
    private: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    keep: timedelta | None = None
    pictures: PictureOptions = field(default_factory=PictureOptions)

    @classmethod
    def of(cls, settings: Settings) -> PlanOptions:
        """The options of a configuration."""
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
            settings.aliases,
            settings.keep,
            settings.pictures,
        )

    def ranking_for(self, slug: str) -> RankingOptions:
        """The options by which the feed of a topic (slug) is ranked."""
        return self.ranking_of.get(slug, self.ranking)

    @property
    def parents(self) -> dict[str, str]:
        """The slug of the topic above by the slug of a topic that is under one."""
        return {topic.slug: topic.parent for topic in self.topics if topic.parent}

    def digest_slug(self, slug: str) -> str:
        """The slug of the digest of a topic: ``<slug>-daily``, or ``<slug>-daily-digest`` where a
        topic or an alias has that name; empty where the topic has no digest."""
        if slug not in self.digests:
            return ""
        name = f"{slug}-{self.digests[slug]}"
        taken = {topic.slug for topic in self.topics} | set(self.aliases)
        return f"{name}-digest" if name in taken else name

    @property
    def names_by_alias(self) -> dict[str, str]:
        """The former names of public feeds and digests with their current names."""
        names = {}
        for alias, slug in self.aliases.items():
            if slug in self.private:
                continue
            names[alias] = slug
            if digest := self.digest_slug(slug):
                names.setdefault(f"{alias}-{self.digests[slug]}", digest)
        return names

    @property
    def private_names(self) -> frozenset[str]:
        """The names that no file may have: those of private topics and their digests, current and
        former, unless a public topic has them now."""
        stems = set(self.private)
        stems |= {alias for alias, slug in self.aliases.items() if slug in self.private}
        names = {f"{stem}{suffix}" for stem in stems for suffix in ("", *_DIGEST_SUFFIXES)}
        public = {topic.slug for topic in self.topics} - self.private
        public |= {self.digest_slug(slug) for slug in public} | set(self.names_by_alias)
        return frozenset(names - public)
