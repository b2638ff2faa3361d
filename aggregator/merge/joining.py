"""Which of the declared groups are one story: by what was one before, and by what they say."""

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
    """What merging by text needs: `changed` are known articles whose text is another now."""

    options: MergeOptions
    epochs: Epochs
    now: datetime
    changed: frozenset[str]


def join(
    root_of: Mapping[str, str],
    articles: Mapping[str, Article],
    remembered: Collection[StoryRecord],
    homes: Mapping[str, str],
    text: TextMerging,
) -> dict[str, ArticleGroups]:
    """The stories by their root: declared groups, joined by what was one story and by text.

    `root_of` gives the root of each article by declaration, `homes` the story that it was shown
    under. What text joined is judged anew where something new is near; elsewhere it stays.
    """
    unjudged = frozenset(k for k in root_of if articles[k].verdict is Verdict.NONE)
    fresh = text.changed | (root_of.keys() - homes.keys())
    if not text.options.text or not fresh:
        return _united(root_of, _for_good(root_of, remembered, unjudged))
    from aggregator.merge.similarity.join import Candidate, join_by_text

    groups = _united(root_of, _for_good(root_of, remembered, unjudged, loose=unjudged))
    candidates = [
        Candidate(
            root,
            _by_age([articles[k] for k in members.keys]),
            homes.get(root, ""),
        )
        for root, members in groups.items()
    ]
    index = text.epochs.index(articles.values(), text.now)
    if text.epochs.take_growth():
        fresh |= root_of.keys()
    joined = join_by_text(candidates, fresh, text.options, index)
    compared = frozenset(key for root in joined for key in groups[root].keys)
    kept = _for_good(root_of, remembered, unjudged, loose=unjudged & compared)
    return _united(root_of, [*kept, *joined.items()])


def _by_age(articles: list[Article]) -> tuple[Article, ...]:
    if len(articles) > 1:
        articles.sort(key=lambda article: (article.published, article.key))
    return tuple(articles)


def _for_good(
    root_of: Mapping[str, str],
    remembered: Collection[StoryRecord],
    unjudged: frozenset[str],
    loose: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, str]]:
    """Pairs of roots that were one story and stay one.

    Roots that led one story once lead one story for good, and go where its lead goes: without this
    the entry of a subscriber would split and join again with each verdict that the source takes
    back. Those in `loose` were joined by text, which is compared anew; but a story without a
    verdict that had an id of its own and ended in another never leaves it, since its id is gone
    and it would come back as unread.
    """
    known = {record.id: record for record in remembered}
    for record in known.values():
        last = record
        while last.merged_into in known:
            last = known[last.merged_into]
        goes_on_in = root_of.get(last.lead) or root_of.get(last.origin_key)
        if last is record:
            roots = sorted({key for key in record.anchors - loose if root_of.get(key) == key})
        else:
            roots = [root_of[record.origin_key]] if record.origin_key in unjudged else []
        if goes_on_in:
            yield from ((goes_on_in, root) for root in roots)
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
    return {root: _members(found, roots[root]) for root, found in keys.items()}


def _members(keys: list[str], roots: set[str]) -> ArticleGroups:
    """Most are of one article, which is its own root: one set serves as both."""
    both = frozenset(keys)
    return ArticleGroups(both, both if both == roots else frozenset(roots))


def top(parent: Mapping[str, str], one: str) -> str:
    """Follow the parents up to the one that is its own."""
    while parent[one] != one:
        one = parent[one]
    return one
