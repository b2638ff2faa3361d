"""Decide which declared groups are one story, by earlier stories and by their text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.merge.options import MergeOptions
from aggregator.merge.similarity.epoch import Epochs
from aggregator.model import Article, StoryRecord, Verdict


@dataclass(frozen=True, slots=True)
class ArticleGroups:
    """The keys of one story, and which of them are roots."""

    keys: frozenset[str]
    roots: frozenset[str]


@dataclass(frozen=True, slots=True)
class TextMerging:
    """Inputs of merging by text: `changed` are keys of stored articles whose text has changed."""

    options: MergeOptions
    epochs: Epochs
    now: datetime
    changed: frozenset[str]


def join(
    root_of: Mapping[str, str],
    articles: Mapping[str, Article],
    remembered: Collection[StoryRecord],
    previous_story: Mapping[str, str],
    text: TextMerging,
) -> dict[str, ArticleGroups]:
    """The stories by their root: declared groups, joined by what was one story and by text.

    `root_of` gives the root of each article by declaration, `previous_story` the
    story that it was shown under. Joins by text are reconsidered only near new or changed articles.
    """
    unjudged = frozenset(k for k in root_of if articles[k].verdict is Verdict.NONE)
    fresh = text.changed | (root_of.keys() - previous_story.keys())
    if not text.options.text or not fresh:
        return _united(root_of, _permanent_joins(root_of, remembered, unjudged))
    from aggregator.merge.similarity.join import Candidate, join_by_text

    groups = _united(
        root_of, _permanent_joins(root_of, remembered, unjudged, reconsidered=unjudged)
    )
    candidates = [
        Candidate(
            root,
            _by_age([articles[k] for k in members.keys]),
            previous_story.get(root, ""),
        )
        for root, members in groups.items()
    ]
    index = text.epochs.index(articles.values(), text.now)
    if text.epochs.take_growth():
        fresh |= root_of.keys()
    joined = join_by_text(candidates, fresh, text.options, index)
    compared = frozenset(key for root in joined for key in groups[root].keys)
    permanent = _permanent_joins(root_of, remembered, unjudged, reconsidered=unjudged & compared)
    return _united(root_of, [*permanent, *joined.items()])


def _by_age(articles: list[Article]) -> tuple[Article, ...]:
    if len(articles) > 1:
        articles.sort(key=lambda article: (article.published, article.key))
    return tuple(articles)


def _permanent_joins(
    root_of: Mapping[str, str],
    remembered: Collection[StoryRecord],
    unjudged: frozenset[str],
    reconsidered: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, str]]:
    """Pairs of roots that were one story and stay one.

    Roots that led one story once lead one story for good, and go where its lead goes: without this
    the entry of a subscriber would split and join again with each verdict that the source takes
    back. Those in `reconsidered` were joined by text, which is compared anew; but a story without a
    verdict that had an id of its own and ended in another never leaves it, since its id is gone
    and it would come back as unread.
    """
    records_by_id = {record.id: record for record in remembered}
    for record in records_by_id.values():
        last = record
        while last.merged_into in records_by_id:
            last = records_by_id[last.merged_into]
        current_root = root_of.get(last.lead) or root_of.get(last.origin_key)
        if last is record:
            roots = sorted(
                {key for key in record.anchors - reconsidered if root_of.get(key) == key}
            )
        else:
            roots = [root_of[record.origin_key]] if record.origin_key in unjudged else []
        if current_root:
            yield from ((current_root, root) for root in roots)
        yield from ((roots[0], other) for other in roots[1:])


def _united(
    root_of: Mapping[str, str], pairs: Iterable[tuple[str, str]]
) -> dict[str, ArticleGroups]:
    """The groups by root, with each of the pairs of roots in one; the least root stands for it."""
    parent = {root: root for root in root_of.values()}
    for pair in pairs:
        first, second = sorted(top(parent, root) for root in pair)
        parent[second] = first
    keys: dict[str, list[str]] = {}
    roots: dict[str, set[str]] = {}
    for key, root in root_of.items():
        above = top(parent, root)
        keys.setdefault(above, []).append(key)
        roots.setdefault(above, set()).add(root)
    return {root: _members(member_keys, roots[root]) for root, member_keys in keys.items()}


def _members(keys: list[str], roots: set[str]) -> ArticleGroups:
    """Most groups are one article, its own root: one set serves as both, to save memory."""
    key_set = frozenset(keys)
    return ArticleGroups(key_set, key_set if key_set == roots else frozenset(roots))


def top(parent: Mapping[str, str], node: str) -> str:
    """The representative of `node` in a union-find forest: the ancestor that is its own parent."""
    while parent[node] != node:
        node = parent[node]
    return node
