"""Turn article groups into stories: permanent joins, stable ids, lead articles, update times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from uuid import NAMESPACE_URL, uuid5

from aggregator.merge.copies import copies_of
from aggregator.merge.declared import group_declared, sort_key
from aggregator.merge.joining import ArticleGroups, TextMerging, join, top
from aggregator.merge.options import MergeOptions
from aggregator.merge.similarity.epoch import Epochs
from aggregator.model import NO_WORDS, Article, Story, StoryRecord, Verdict


@dataclass(frozen=True, slots=True)
class Merged:
    """The current `stories`, and the `story_records` to store for them and for merged ones."""

    stories: tuple[Story, ...]
    story_records: tuple[StoryRecord, ...]


_MAX_ROUNDS = 8


_BY_DECLARATION = MergeOptions(text=False)


def merge(
    articles: Mapping[str, Article],
    remembered: Collection[StoryRecord],
    now: datetime,
    options: MergeOptions = _BY_DECLARATION,
    *,
    epochs: Epochs | None = None,
    changed: frozenset[str] = frozenset(),
) -> Merged:
    """The stories of `articles` (unified, with a quality each), continued from `remembered`.

    `changed` are the keys of known articles whose text is another than before. `epochs` holds the
    statistics that texts are compared by, and keeps them for the next merge.

    Deterministic and blind to the order of the input. What was shown together influences what
    belongs together, so a change is followed until it comes to rest: merging again what a merge
    gave changes nothing. (Where nobody declares anything, one round is enough.) A story that none
    of `articles` belongs to stays as it is remembered.
    """
    declared = any(a.related or a.verdict is not Verdict.NONE for a in articles.values())
    records_by_id = {record.id: record for record in remembered}
    cache: _Cache = {}
    epochs = epochs or Epochs()
    for number in range(_MAX_ROUNDS):
        text = TextMerging(options, epochs, now, changed if number == 0 else frozenset())
        merged = _merge_once(articles, records_by_id.values(), now, text, cache)
        after = records_by_id | {record.id: record for record in merged.story_records}
        is_stable = after == records_by_id or not declared
        records_by_id = after
        if is_stable:
            break
    return Merged(merged.stories, tuple(_with_final_targets(records_by_id)))


def _with_final_targets(records_by_id: Mapping[str, StoryRecord]) -> Iterator[StoryRecord]:
    """The records; each merged one names the story that continues it now, even where the story
    that it was merged into has itself been merged since."""
    into = {
        record.id: record.merged_into for record in records_by_id.values() if record.merged_into
    }
    for record in records_by_id.values():
        last = record.merged_into
        while last is not None and last in into:
            last = into[last]
        yield record if last == record.merged_into else replace(record, merged_into=last)


_Cache = dict[tuple[str, str, str, datetime, frozenset[str]], tuple[Story, StoryRecord]]
"""Updated stories by their previous id, lead, digest and time and by the keys of their group:
most stories do not change between the last two rounds, so they are computed once."""


def _merge_once(
    articles: Mapping[str, Article],
    remembered: Collection[StoryRecord],
    now: datetime,
    text: TextMerging,
    cache: _Cache,
) -> Merged:
    living = [record for record in remembered if record.merged_into is None]
    previous_story = _previous_stories(living)
    was_lead = frozenset(key for record in living for key in record.anchors)
    root_of = group_declared(articles, previous_story, was_lead)
    groups = join(root_of, articles, remembered, previous_story, text)
    placed = frozenset(key for members in groups.values() for key in members.keys)
    taken = {record.id for record in remembered}
    successors = _successors(groups, living)
    stories, story_records = [], []
    for root in sorted(groups, key=lambda root: (articles[root].published, root)):
        members = groups[root]
        predecessors = _by_age(successors.get(root, ()), articles, members)
        before = predecessors[0] if predecessors else _new(_group(articles, members), taken, now)
        taken.add(before.id)
        cache_key = (before.id, before.lead, before.content_digest, before.updated, members.keys)
        if cache_key not in cache:
            cache[cache_key] = _update(before, _group(articles, members), now)
        story, record = cache[cache_key]
        stories.append(story)
        story_records.append(_with_members(record, predecessors, members, was_lead, placed))
        story_records.extend(_ended(record, before.id, now) for record in predecessors[1:])
    inherited = {record.id for predecessors in successors.values() for record in predecessors}
    story_records.extend(
        _without_visible_articles(m, placed) for m in living if m.id not in inherited
    )
    return Merged(tuple(stories), tuple(story_records))


def _ended(record: StoryRecord, story_id: str, now: datetime) -> StoryRecord:
    """The record of a story that turned out to be the one with `story_id`."""
    updated = max(record.updated, now)
    return replace(
        record, members=frozenset(), anchors=frozenset(), merged_into=story_id, updated=updated
    )


def _by_age(
    predecessors: Collection[StoryRecord], articles: Mapping[str, Article], members: ArticleGroups
) -> list[StoryRecord]:
    """The oldest first, whose id stays. Of two equally old, the one that the best article already
    led: otherwise a subscriber who has both entries would see one turn into the other."""
    if len(predecessors) < 2:
        return list(predecessors)
    best = max(_group(articles, members), key=sort_key).key
    return sorted(
        predecessors, key=lambda record: (record.published, record.lead != best, record.id)
    )


def _group(articles: Mapping[str, Article], members: ArticleGroups) -> list[Article]:
    return [articles[key] for key in sorted(members.keys)]


def _previous_stories(living: Iterable[StoryRecord]) -> dict[str, str]:
    """The id of the story that each article was last shown under. Stories that share an article
    (its file moved to an article of another) count as one story."""
    previous_story: dict[str, str] = {}
    merged_home: dict[str, str] = {}
    for record in sorted(living, key=lambda record: record.id):
        shared = {previous_story[key] for key in record.members if key in previous_story}
        home = min({top(merged_home, other) for other in shared}, default=record.id)
        merged_home[record.id] = home
        merged_home.update(dict.fromkeys((top(merged_home, other) for other in shared), home))
        previous_story.update(dict.fromkeys(record.members, record.id))
    return {key: top(merged_home, home) for key, home in previous_story.items()}


def _successors(
    groups: Mapping[str, ArticleGroups], living: Iterable[StoryRecord]
) -> dict[str, list[StoryRecord]]:
    """The stored stories that each group continues: each story has at most one successor.

    The successor holds its lead (what subscribers know it by), else its origin article, else
    most of its anchors, else most of its members.
    """
    group_of = {key: root for root, members in groups.items() for key in members.keys}
    root_group = {key: root for root, members in groups.items() for key in members.roots}
    successors: dict[str, list[StoryRecord]] = {}
    for record in living:
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


def _new(group: list[Article], taken: Collection[str], now: datetime) -> StoryRecord:
    """A new story: its id is derived from its first article, once."""
    first = min(group, key=lambda article: (article.published, article.key))
    return StoryRecord(
        id=_new_id(first.key, taken),
        origin_key=first.key,
        lead="",
        title=NO_WORDS,
        published=min(first.published, now),
        updated=min(max(article.published for article in group), now),
        content_digest="",
    )


def _new_id(key: str, taken: Collection[str]) -> str:
    """``urn:uuid:`` of RFC 4122, version 5, of the key; never an id that was given before."""
    number = 1
    while (urn := uuid5(NAMESPACE_URL, key if number == 1 else f"{key}#{number}").urn) in taken:
        number += 1
    return urn


def _update(before: StoryRecord, group: list[Article], now: datetime) -> tuple[Story, StoryRecord]:
    """The current story, and the record to store for it."""
    lead = _lead(group, before.lead)
    coverage = sorted((a for a in group if a.key != lead.key), key=sort_key, reverse=True)
    title = before.title if before.lead == lead.key and before.title else lead.title
    shown = _digest(lead, title, coverage)
    changed = before.content_digest not in ("", shown)
    changed = changed and before.content_digest != _digest_with_addresses(lead, title, coverage)
    updated = max(before.updated, now) if changed else before.updated
    story = Story(
        before.id, title, before.published, updated, lead, tuple(coverage),
        copies=tuple(sorted(copies_of(group).items())) if coverage else (),
    )  # fmt: skip
    return story, replace(before, lead=lead.key, title=title, updated=updated, content_digest=shown)


def story_from_record(record: StoryRecord, articles: Mapping[str, Article]) -> Story | None:
    """A remembered story as it would be shown, of those of its articles (by key) that are given;
    None where there are none."""
    group = [articles[key] for key in sorted(record.members) if key in articles]
    return _update(record, group, record.updated)[0] if group else None


def _without_visible_articles(record: StoryRecord, placed: frozenset[str]) -> StoryRecord:
    """A story with no visible article at present, without the articles that moved elsewhere."""
    return replace(record, members=record.members - placed, anchors=record.anchors - placed)


def _with_members(
    record: StoryRecord,
    predecessors: Iterable[StoryRecord],
    members: ArticleGroups,
    was_lead: frozenset[str],
    placed: frozenset[str],
) -> StoryRecord:
    """The record with the articles of the group, and earlier ones that are not visible now.

    Articles that moved to another group are recorded there. An anchor always stays an anchor.
    """
    before = [record, *predecessors]
    absent = frozenset().union(*(predecessor.members for predecessor in before)) - placed
    absent_roots = frozenset().union(*(predecessor.anchors for predecessor in before)) - placed
    roots = members.roots | (members.keys & was_lead)
    return replace(record, members=members.keys | absent, anchors=roots | absent_roots)


def _lead(group: list[Article], current: str) -> Article:
    """The best article; the one that leads now stays when it is as good as the best."""
    best = max(group, key=sort_key)
    for article in group:
        if article.key == current and article.quality == best.quality:
            demoted = article.verdict is Verdict.SUPERSEDED and best.key in article.related
            return best if demoted else article
    return best


def _digest(lead: Article, title: str, coverage: Iterable[Article]) -> str:
    """Of the words that a subscriber sees: title, excerpt and coverage, whatever its order. An
    address alone that changed is nothing new."""
    seen = [title, lead.excerpt, lead.publisher.name]
    for words in sorted((article.title, article.publisher.name) for article in coverage):
        seen += words
    return blake2b("\0".join(seen).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _digest_with_addresses(lead: Article, title: str, coverage: Iterable[Article]) -> str:
    """What versions up to 0.1.0 remembered, so that nothing is updated by a newer version alone."""
    seen = [lead.key, title, lead.excerpt, lead.publisher.name]
    for article in sorted(coverage, key=lambda article: article.key):
        seen += [article.key, article.title, article.publisher.name]
    return blake2b("\0".join(seen).encode("utf-8", "replace"), digest_size=16).hexdigest()
