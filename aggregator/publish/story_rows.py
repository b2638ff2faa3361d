"""A story as a row of the page of a day, and of a letter: its lead, its coverage, a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.model import Category, Story, story_path
from aggregator.publish.digest import other_publishers
from aggregator.publish.escaping import is_right_to_left, link_uri, safe
from aggregator.publish.picture_urls import LocalPicture, Pictures

_MAX_OPENED = (
    12  # further publishers that a row can open in place; more are on the page of the story
)


@dataclass(frozen=True, slots=True)
class StoryRow:
    """What a row shows. `page` is the path of the page of the story, relative to the URL of the
    site. `named` are the first of the other publishers, each with the URL of its article, `rest`
    are those after them; `publishers` is the number of all, with that of the lead."""

    title: str
    url: str
    lang: str
    is_rtl: bool
    publisher: str
    publishers: int
    excerpt: str
    page: str
    topics: tuple[Category, ...]
    named: tuple[tuple[str, str], ...] = ()
    rest: tuple[tuple[str, str], ...] = ()
    picture: LocalPicture | None = None

    @property
    def opens(self) -> bool:
        """Whether the row lists the publishers that it does not name at once."""
        return 0 < len(self.rest) <= _MAX_OPENED

    @property
    def is_big(self) -> bool:
        """Whether many publishers cover the story."""
        return self.publishers >= BIG


BIG = 7
"""The number of publishers from which on a story is a big one."""


def story_rows(
    stories: Sequence[Story],
    names: Mapping[str, str],
    pictures: Pictures,
    max_named: int,
) -> tuple[StoryRow, ...]:
    """The rows of these stories. `names` are those of the topics that may be mentioned, by slug,
    `max_named` is the number of publishers that are named beside that of the lead."""
    return tuple(_row(story, names, pictures, max_named) for story in stories)


def _row(story: Story, names: Mapping[str, str], pictures: Pictures, max_named: int) -> StoryRow:
    lead, others = story.lead, other_publishers(story)
    title = story.title or lead.url
    row = StoryRow(
        title=title,
        url=link_uri(lead.url),
        lang=lead.lang,
        is_rtl=is_right_to_left(title),
        publisher=lead.publisher.name,
        publishers=len(others) + 1,
        excerpt=lead.excerpt,
        page=story_path(story.id),
        topics=tuple(Category(slug, names[slug]) for slug in story.topics if slug in names),
        named=tuple(others[:max_named]),
        rest=tuple(others[max_named:]),
        picture=pictures.small_of(lead.image.url) if lead.image else None,
    )
    return safe(row)
