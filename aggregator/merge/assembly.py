"""Groups to stories: joins that stay, ids that never change, the lead, and what has changed."""

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
    """`stories` as they are now; `memories` are what to remember of them and of ended ones."""

    stories: tuple[Story, ...]
    story_records: tuple[StoryRecord, ...]


_ROUNDS = 8


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
    known = {record.id: record for record in remembered}
    told: _Told = {}
    epochs = epochs or Epochs()
    for number in range(_ROUNDS):
        text = TextMerging(options, epochs, now, changed if number == 0 else frozenset())
        merged = _merge_once(articles, known.values(), now, text, told)
        after = known | {record.id: record for record in merged.story_records}
        rests = after == known or not declared
        known = after
        if rests:
            break
    return Merged(merged.stories, tuple(_where_they_go_on(known)))


def _where_they_go_on(known: Mapping[str, StoryRecord]) -> Iterator[StoryRecord]:
    """The memories; each that ended names the story in which it goes on now, also where the one
    that it ended into has ended since."""
    into = {record.id: record.merged_into for record in known.values() if record.merged_into}
    for record in known.values():
        last = record.merged_into
        while last is not None and last in into:
            last = into[last]
        yield record if last == record.merged_into else replace(record, merged_into=last)


_Told = dict[tuple[str, str, str, datetime, frozenset[str]], tuple[Story, StoryRecord]]
"""How a story goes on, by its id, lead, look and time before and by the keys of its group: most
stories are the same in the last round as in the one before."""


def _merge_once(
    articles: Mapping[str, Article],
    remembered: Collection[StoryRecord],
    now: datetime,
    text: TextMerging,
    told: _Told,
) -> Merged:
    living = [record for record in remembered if record.merged_into is None]
    homes = _homes(living)
    led = frozenset(key for record in living for key in record.anchors)
    root_of = group_declared(articles, homes, led)
    groups = join(root_of, articles, remembered, homes, text)
    placed = frozenset(key for members in groups.values() for key in members.keys)
    taken = {record.id for record in remembered}
    heirs = _heirs(groups, living)
    stories, story_records = [], []
    for root in sorted(groups, key=lambda root: (articles[root].published, root)):
        members = groups[root]
        claims = _by_age(heirs.get(root, ()), articles, members)
        before = claims[0] if claims else _new(_group(articles, members), taken, now)
        taken.add(before.id)
        same = (before.id, before.lead, before.content_digest, before.updated, members.keys)
        if same not in told:
            told[same] = _continue(before, _group(articles, members), now)
        story, record = told[same]
        stories.append(story)
        story_records.append(_with_members(record, claims, members, led, placed))
        story_records.extend(
            replace(
                claim,
                members=frozenset(),
                anchors=frozenset(),
                merged_into=before.id,
                updated=max(claim.updated, now),
            )
            for claim in claims[1:]
        )
    inherited = {record.id for claims in heirs.values() for record in claims}
    story_records.extend(_unseen(m, placed) for m in living if m.id not in inherited)
    return Merged(tuple(stories), tuple(story_records))


def _by_age(
    claims: Collection[StoryRecord], articles: Mapping[str, Article], members: ArticleGroups
) -> list[StoryRecord]:
    """The oldest first, whose id stays. Of two as old, the one that the best article led already:
    to who has both entries, the other one would change into what the first one is."""
    if len(claims) < 2:
        return list(claims)
    best = max(_group(articles, members), key=sort_key).key
    return sorted(claims, key=lambda one: (one.published, one.lead != best, one.id))


def _group(articles: Mapping[str, Article], members: ArticleGroups) -> list[Article]:
    return [articles[key] for key in sorted(members.keys)]


def _homes(living: Iterable[StoryRecord]) -> dict[str, str]:
    """The story that each article was last shown under. Stories that share an article (its file
    moved to an article of another) are one home."""
    homes: dict[str, str] = {}
    one_home: dict[str, str] = {}
    for record in sorted(living, key=lambda record: record.id):
        shared = {homes[key] for key in record.members if key in homes}
        home = min({top(one_home, other) for other in shared}, default=record.id)
        one_home[record.id] = home
        one_home.update(dict.fromkeys((top(one_home, other) for other in shared), home))
        homes.update(dict.fromkeys(record.members, record.id))
    return {key: top(one_home, home) for key, home in homes.items()}


def _heirs(
    groups: Mapping[str, ArticleGroups], living: Iterable[StoryRecord]
) -> dict[str, list[StoryRecord]]:
    """Which group goes on with which remembered stories: each story has one heir at most.

    It is the group that holds its lead (what subscribers know it by), else its founder, else
    most of those that made it a story, else most of its members.
    """
    group_of = {key: root for root, members in groups.items() for key in members.keys}
    root_group = {key: root for root, members in groups.items() for key in members.roots}
    heirs: dict[str, list[StoryRecord]] = {}
    for record in living:
        heir = root_group.get(record.lead) or root_group.get(record.origin_key)
        heir = heir or group_of.get(record.lead) or group_of.get(record.origin_key)
        heir = heir or _most(group_of, record.anchors) or _most(root_group, record.members)
        if heir is not None:
            heirs.setdefault(heir, []).append(record)
    return heirs


def _most(group_of: Mapping[str, str], keys: Iterable[str]) -> str | None:
    counted = Counter(group_of[key] for key in keys if key in group_of)
    return min(counted, key=lambda root: (-counted[root], root), default=None)


def _new(group: list[Article], taken: Collection[str], now: datetime) -> StoryRecord:
    """A story that was never seen: its id comes from its first article and is minted once."""
    first = min(group, key=lambda article: (article.published, article.key))
    return StoryRecord(
        id=_mint(first.key, taken),
        origin_key=first.key,
        lead="",
        title=NO_WORDS,
        published=min(first.published, now),
        updated=min(max(article.published for article in group), now),
        content_digest="",
    )


def _mint(key: str, taken: Collection[str]) -> str:
    """``urn:uuid:`` of RFC 4122, version 5, of the key; never an id that was given before."""
    number = 1
    while (urn := uuid5(NAMESPACE_URL, key if number == 1 else f"{key}#{number}").urn) in taken:
        number += 1
    return urn


def _continue(
    before: StoryRecord, group: list[Article], now: datetime
) -> tuple[Story, StoryRecord]:
    """The story as it is now, and what to remember of how it is shown."""
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
    return _continue(record, group, record.updated)[0] if group else None


def _unseen(record: StoryRecord, placed: frozenset[str]) -> StoryRecord:
    """A story of which nothing is to be seen at present; what moved elsewhere is not its own."""
    return replace(record, members=record.members - placed, anchors=record.anchors - placed)


def _with_members(
    record: StoryRecord,
    claims: Iterable[StoryRecord],
    members: ArticleGroups,
    led: frozenset[str],
    placed: frozenset[str],
) -> StoryRecord:
    """What is in the group now, and what was and is not to be seen at present.

    What moved to another group is remembered there. Having led a story is never forgotten.
    """
    before = [record, *claims]
    absent = frozenset().union(*(claim.members for claim in before)) - placed
    absent_roots = frozenset().union(*(claim.anchors for claim in before)) - placed
    roots = members.roots | (members.keys & led)
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
