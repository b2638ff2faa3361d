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
    """What merging, topics, ranking and feeds go by.

    `ranking_of` overrides `ranking` by the slug of a topic; `promoted` are the slugs of those
    whose entries are dated when they enter the top, `digests` says ``daily`` or ``weekly``, and
    `private` are the slugs of those that are only for who has their token; `aliases` are former
    slugs with the present ones."""

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
            settings.aliases,
        )

    def ranking_for(self, slug: str) -> RankingOptions:
        """How the feed of this topic is ranked."""
        return self.ranking_of.get(slug, self.ranking)

    def digest_slug(self, slug: str) -> str:
        """The slug of the digest of a topic: ``<slug>-daily``, or where a topic or an alias has
        that name ``<slug>-daily-digest``. Empty where the topic has no digest."""
        if slug not in self.digests:
            return ""
        name = f"{slug}-{self.digests[slug]}"
        taken = {topic.slug for topic in self.topics} | set(self.aliases)
        return f"{name}-digest" if name in taken else name

    @property
    def names_by_alias(self) -> dict[str, str]:
        """Former names of feeds with the present ones, digests too; those of private topics
        not."""
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
        """The names that no file may have: those of private topics, their digests and their
        former names, unless a public topic has them now."""
        stems = set(self.private)
        stems |= {alias for alias, slug in self.aliases.items() if slug in self.private}
        names = {f"{stem}{end}" for stem in stems for end in ("", *_DIGESTS)}
        public = {topic.slug for topic in self.topics} - self.private
        public |= {self.digest_slug(slug) for slug in public} | set(self.names_by_alias)
        return frozenset(names - public)


_DIGESTS = ("-daily", "-weekly", "-daily-digest", "-weekly-digest")
