"""Decide which declared groups are one story: by earlier stories and by their text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.merge.options import MergeOptions
from aggregator.merge.similarity.epoch import TextSource
from aggregator.model import Article, StoryRecord, Verdict


@dataclass(frozen=True, slots=True)
class ArticleGroup:
    """The keys of the articles of one story, and which of them are roots."""

    keys: frozenset[str]
    roots: frozenset[str]


@dataclass(frozen=True, slots=True)
class TextMerging:
    """The inputs of merging by text; `changed` are the keys of stored articles whose text has
    changed."""

    options: MergeOptions
    epochs: TextSource
    now: datetime
    changed: frozenset[str]


def join(
    root_of: Mapping[str, str],
    articles: Mapping[str, Article],
    story_records: Collection[StoryRecord],
    previous_story: Mapping[str, str],
    text: TextMerging,
) -> dict[str, ArticleGroup]:
    """The groups of articles that are one story, by a root of each: declared groups, joined where
    they were one story before and by their text.

    `root_of` maps articles to their root by declaration, `previous_story` to the story that they
    were shown under. Joins by text are reconsidered only near new or changed articles.
    """
    without_verdict = frozenset(k for k in root_of if articles[k].verdict is Verdict.NONE)
    fresh = text.changed | (root_of.keys() - previous_story.keys())
    if not text.options.text or not fresh:
        return _united(root_of, _permanent_joins(root_of, story_records, without_verdict))
    from aggregator.merge.similarity.join import Candidate, join_by_text

    groups = _united(
        root_of,
        _permanent_joins(root_of, story_records, without_verdict, reconsidered=without_verdict),
    )
    candidates = [
        Candidate(
            root,
            _by_age([articles[k] for k in group.keys]),
            previous_story.get(root, ""),
        )
        for root, group in groups.items()
    ]
    index = text.epochs.index(articles.values(), text.now)
    if text.epochs.take_growth():
        fresh |= root_of.keys()
    joined = join_by_text(candidates, fresh, text.options, index)
    compared = frozenset(key for root in joined for key in groups[root].keys)
    permanent = _permanent_joins(
        root_of, story_records, without_verdict, reconsidered=without_verdict & compared
    )
    return _united(root_of, [*permanent, *joined.items()])


def _by_age(articles: list[Article]) -> tuple[Article, ...]:
    if len(articles) > 1:
        articles.sort(key=lambda article: (article.published, article.key))
    return tuple(articles)


def _permanent_joins(
    root_of: Mapping[str, str],
    story_records: Collection[StoryRecord],
    without_verdict: frozenset[str],
    reconsidered: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, str]]:
    """Pairs of roots that were one story before and must stay one.

    Roots that were once in one story stay together, and follow its lead: otherwise a subscriber's
    entry would split and join again with each verdict that the source takes back. Roots in
    `reconsidered` were joined by text and are compared again. An article without a verdict whose
    own story was merged into another one never leaves that: its id is gone, and it would come back
    as an unread entry.
    """
    records_by_id = {record.id: record for record in story_records}
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
            roots = [root_of[record.origin_key]] if record.origin_key in without_verdict else []
        if current_root:
            yield from ((current_root, root) for root in roots)
        yield from ((roots[0], root) for root in roots[1:])


def _united(
    root_of: Mapping[str, str], pairs: Iterable[tuple[str, str]]
) -> dict[str, ArticleGroup]:
    """The groups by root after the roots of each pair are united; the smallest root represents the
    group."""
    parent = {root: root for root in root_of.values()}
    for pair in pairs:
        first, second = sorted(representative(parent, root) for root in pair)
        parent[second] = first
    keys: dict[str, list[str]] = {}
    roots: dict[str, set[str]] = {}
    for key, root in root_of.items():
        root_of_group = representative(parent, root)
        keys.setdefault(root_of_group, []).append(key)
        roots.setdefault(root_of_group, set()).add(root)
    return {root: _group(member_keys, roots[root]) for root, member_keys in keys.items()}


def _group(keys: list[str], roots: set[str]) -> ArticleGroup:
    """Most groups are a single article, its own root: both fields then share one set."""
    key_set = frozenset(keys)
    return ArticleGroup(key_set, key_set if key_set == roots else frozenset(roots))


def representative(parent: Mapping[str, str], node: str) -> str:
    """The representative of a node in a union-find forest: its ancestor that is its own parent."""
    while parent[node] != node:
        node = parent[node]
    return node
