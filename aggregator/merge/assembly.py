"""Articles to stories: groups, stable ids, lead articles, update times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from uuid import NAMESPACE_URL, uuid5

from aggregator.merge.content_digest import content_digest, is_earlier_digest
from aggregator.merge.copies import copies_of
from aggregator.merge.declared import group_declared, sort_key
from aggregator.merge.joining import ArticleGroup, TextMerging, join, representative
from aggregator.merge.known_stories import KnownStories
from aggregator.merge.options import MergeOptions
from aggregator.merge.similarity.epoch import Epochs, TextSource
from aggregator.model import NO_WORDS, Article, Story, StoryRecord, Verdict


@dataclass(frozen=True, slots=True)
class Merged:
    """The current `stories`, and the `story_records` to store for them and for merged ones."""

    stories: tuple[Story, ...]
    story_records: tuple[StoryRecord, ...]


_MAX_ROUNDS = 8  # merging is repeated at most this often, so that it always ends
_BY_DECLARATION = MergeOptions(text=False)


def merge(
    articles: Mapping[str, Article],
    story_records: Collection[StoryRecord],
    now: datetime,
    options: MergeOptions = _BY_DECLARATION,
    *,
    epochs: TextSource | None = None,
    changed: frozenset[str] = frozenset(),
    reworded: frozenset[str] = frozenset(),
    shown: Collection[Story] = (),
) -> Merged:
    """The stories of `articles` (unified, by key, each with a quality), which continue those of
    `story_records`.

    `changed` are the keys of stored articles whose text has changed, `reworded` of those of which
    entries show other words. `epochs` holds the statistics
    by which texts are compared, and caches them for the next merge. `shown` are stories that an
    earlier merge gave: one with the same articles and record is given back as it is.

    The result does not depend on the order of the input. Earlier stories influence the grouping, so
    merging is repeated until nothing changes: to merge the result again gives the same stories.
    (One round is enough where no source declares anything and no story ends.) The record of a story
    without any of `articles` stays as it is.
    """
    has_declarations = any(a.related or a.verdict is not Verdict.NONE for a in articles.values())
    records_by_id = {record.id: record for record in story_records}
    known = KnownStories(shown, records_by_id, articles)
    epochs = epochs or Epochs()
    for number in range(_MAX_ROUNDS):
        text = TextMerging(options, epochs, now, changed if number == 0 else frozenset())
        merged = _merge_once(articles, records_by_id.values(), now, text, known, reworded)
        updated_by_id = records_by_id | {record.id: record for record in merged.story_records}
        is_stable = updated_by_id == records_by_id or not (
            has_declarations or _ended_ids(updated_by_id) - _ended_ids(records_by_id)
        )
        records_by_id = updated_by_id
        if is_stable:
            break
    return Merged(merged.stories, tuple(_with_final_targets(records_by_id)))


def _ended_ids(records_by_id: Mapping[str, StoryRecord]) -> set[str]:
    return {record.id for record in records_by_id.values() if record.merged_into}


def _with_final_targets(records_by_id: Mapping[str, StoryRecord]) -> Iterator[StoryRecord]:
    """The records, in which each merged story names the story that continues it now, even where the
    story that it was merged into has itself been merged since."""
    merged_into = {
        record.id: record.merged_into for record in records_by_id.values() if record.merged_into
    }
    for record in records_by_id.values():
        last = record.merged_into
        while last is not None and last in merged_into:
            last = merged_into[last]
        yield record if last == record.merged_into else replace(record, merged_into=last)


def _merge_once(
    articles: Mapping[str, Article],
    story_records: Collection[StoryRecord],
    now: datetime,
    text: TextMerging,
    known: KnownStories,
    reworded: frozenset[str],
) -> Merged:
    current_records = [record for record in story_records if record.merged_into is None]
    previous_story = _previous_stories(current_records)
    former_roots = frozenset(key for record in current_records for key in record.anchors)
    root_of = group_declared(articles, previous_story, former_roots)
    groups = join(root_of, articles, story_records, previous_story, text)
    visible = frozenset(key for members in groups.values() for key in members.keys)
    used_ids = {record.id for record in story_records}
    successors = _successors(groups, current_records)
    stories, new_records = [], []
    for root in sorted(groups, key=lambda root: (articles[root].published, root)):
        members = groups[root]
        predecessors = _by_age(successors.get(root, ()), articles, members)
        previous = (
            predecessors[0] if predecessors else _new(_group(articles, members), used_ids, now)
        )
        used_ids.add(previous.id)
        story, record = known.of(
            previous,
            members.keys,
            partial(_continued, previous, articles, members, now, reworded),
        )
        stories.append(story)
        new_records.append(_with_members(record, predecessors, members, former_roots, visible))
        new_records.extend(_ended(record, previous.id, now) for record in predecessors[1:])
    inherited = {record.id for predecessors in successors.values() for record in predecessors}
    new_records.extend(
        _without_visible_articles(m, visible) for m in current_records if m.id not in inherited
    )
    return Merged(tuple(stories), tuple(new_records))


def _ended(record: StoryRecord, story_id: str, now: datetime) -> StoryRecord:
    """The record of a story that has become one with the story `story_id`."""
    updated = max(record.updated, now)
    return replace(
        record, members=frozenset(), anchors=frozenset(), merged_into=story_id, updated=updated
    )


def _by_age(
    predecessors: Collection[StoryRecord], articles: Mapping[str, Article], members: ArticleGroup
) -> list[StoryRecord]:
    """The predecessors of a group, the oldest first, whose id stays. Of two of the same age, the
    one that the best article already leads comes first: otherwise a subscriber with both entries
    would see one turn into the other."""
    if len(predecessors) < 2:
        return list(predecessors)
    best = max(_group(articles, members), key=sort_key).key
    return sorted(
        predecessors, key=lambda record: (record.published, record.lead != best, record.id)
    )


def _group(articles: Mapping[str, Article], members: ArticleGroup) -> list[Article]:
    return [articles[key] for key in sorted(members.keys)]


def _previous_stories(current_records: Iterable[StoryRecord]) -> dict[str, str]:
    """The id of the story that each article was last shown under, by its key. Stories that share an
    article (because its file moved) count as one story."""
    story_of: dict[str, str] = {}
    parent: dict[str, str] = {}  # a union-find forest of story ids
    for record in sorted(current_records, key=lambda record: record.id):
        shared = {story_of[key] for key in record.members if key in story_of}
        united = {representative(parent, story_id) for story_id in shared}
        first = min(united, default=record.id)
        parent |= dict.fromkeys((record.id, *united), first)
        story_of |= dict.fromkeys(record.members, record.id)
    return {key: representative(parent, story_id) for key, story_id in story_of.items()}


def _successors(
    groups: Mapping[str, ArticleGroup], current_records: Iterable[StoryRecord]
) -> dict[str, list[StoryRecord]]:
    """The stored stories that each group continues: each story has at most one successor.

    The successor is the group with its lead (by which subscribers know it), else with its origin
    article, else with most of its anchors, else with most of its members.
    """
    group_of = {key: root for root, members in groups.items() for key in members.keys}
    root_group = {key: root for root, members in groups.items() for key in members.roots}
    successors: dict[str, list[StoryRecord]] = {}
    for record in current_records:
        successor = root_group.get(record.lead) or root_group.get(record.origin_key)
        successor = successor or group_of.get(record.lead) or group_of.get(record.origin_key)
        successor = (
            successor or _most(group_of, record.anchors) or _most(root_group, record.members)
        )
        if successor is not None:
            successors.setdefault(successor, []).append(record)
    return successors


def _most(group_of: Mapping[str, str], keys: Iterable[str]) -> str | None:
    counts = Counter(group_of[key] for key in keys if key in group_of)
    return min(counts, key=lambda root: (-counts[root], root), default=None)


def _new(group: list[Article], used_ids: Collection[str], now: datetime) -> StoryRecord:
    """The record of a new story; its id is derived from its earliest article and never changes."""
    first = min(group, key=lambda article: (article.published, article.key))
    return StoryRecord(
        id=_new_id(first.key, used_ids),
        origin_key=first.key,
        lead="",
        title=NO_WORDS,
        published=min(first.published, now),
        updated=min(max(article.published for article in group), now),
        content_digest="",
    )


def _new_id(key: str, used_ids: Collection[str]) -> str:
    return next(story_id for story_id in ids_of_key(key) if story_id not in used_ids)


def ids_of_key(key: str) -> Iterator[str]:
    """The ids of stories whose first article has this key, in the order in which they are given:
    ``urn:uuid:`` URIs (RFC 9562, version 5) of the key, then of the key with ``#2``, ``#3``, ..."""
    for number in count(1):
        yield uuid5(NAMESPACE_URL, key if number == 1 else f"{key}#{number}").urn


def _continued(
    previous: StoryRecord,
    articles: Mapping[str, Article],
    members: ArticleGroup,
    now: datetime,
    reworded: frozenset[str],
) -> tuple[Story, StoryRecord]:
    return _update(previous, _group(articles, members), now, reworded)


def _update(
    previous: StoryRecord, group: list[Article], now: datetime, reworded: frozenset[str]
) -> tuple[Story, StoryRecord]:
    """The current story, and the record to store for it. `reworded`: see ``merge``."""
    lead = _lead(group, previous.lead)
    coverage = tuple(sorted((a for a in group if a.key != lead.key), key=sort_key, reverse=True))
    title = previous.title if previous.lead == lead.key and previous.title else lead.title
    copies = tuple(sorted(copies_of(group).items())) if coverage else ()
    story = Story(
        previous.id, title, previous.published, previous.updated, lead, coverage, copies=copies
    )
    digest = content_digest(story)
    unchanged = previous.content_digest in ("", digest)
    if not (unchanged or is_earlier_digest(story, previous, reworded)):
        story = replace(story, updated=max(previous.updated, now))
    record = replace(
        previous, lead=lead.key, title=title, updated=story.updated, content_digest=digest
    )
    return story, record


def story_from_record(record: StoryRecord, articles: Mapping[str, Article]) -> Story | None:
    """A stored story with those of its articles that `articles` (by key) contains; None where it
    contains none."""
    group = [articles[key] for key in sorted(record.members) if key in articles]
    return _update(record, group, record.updated, frozenset())[0] if group else None


def _without_visible_articles(record: StoryRecord, visible: frozenset[str]) -> StoryRecord:
    """The record of a story that has no visible article, without articles that moved to others."""
    return replace(record, members=record.members - visible, anchors=record.anchors - visible)


def _with_members(
    record: StoryRecord,
    predecessors: Iterable[StoryRecord],
    members: ArticleGroup,
    former_roots: frozenset[str],
    visible: frozenset[str],
) -> StoryRecord:
    """The record with the articles of the group, and earlier members that are not visible now.

    Articles that moved to another group are recorded there. An anchor always stays an anchor.
    """
    records = [record, *predecessors]
    absent = frozenset().union(*(previous.members for previous in records)) - visible
    absent_roots = frozenset().union(*(previous.anchors for previous in records)) - visible
    roots = members.roots | (members.keys & former_roots)
    return replace(record, members=members.keys | absent, anchors=roots | absent_roots)


def _lead(group: list[Article], current: str) -> Article:
    """The best article; the current lead stays where its quality is the same."""
    best = max(group, key=sort_key)
    for article in group:
        if article.key == current and article.quality == best.quality:
            demoted = article.verdict is Verdict.SUPERSEDED and best.key in article.related
            return best if demoted else article
    return best
