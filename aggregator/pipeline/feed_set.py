"""The feeds to publish, with what publishing needs to know beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aggregator.model import Feed, FeedRecord, Story


@dataclass(frozen=True, slots=True)
class FeedSet:
    """All `feeds`, the stored `records` of feeds (by slug), the names of all topics that stories
    can have (`categories`, by slug, also of those without a feed), the titles of the topics that
    have a feed (by slug, "all" first), and the `stories` of the entries, by id."""

    feeds: tuple[Feed, ...]
    records: Mapping[str, FeedRecord]
    categories: Mapping[str, str]
    titles: Mapping[str, str]
    stories: Mapping[str, Story]
