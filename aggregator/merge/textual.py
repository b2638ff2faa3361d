"""Which groups are one story by what their articles say.

Where the window is small everything is compared with everything; in a larger one the articles that
are new are taken a thousand at a time, in the order of publication, with the groups that hold
something like them. Blind to the order in which articles are given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aggregator.merge.agglomerate import Groups, agglomerate
from aggregator.merge.options import MergeOptions, WordVectors
from aggregator.merge.texts import Texts, Views
from aggregator.merge.words import language, tokens
from aggregator.model import Article, Standing

WHOLE = 2_000
"""Up to so many groups all of them are compared, and what was joined by text is judged anew; up to
three times as many where a fifth of them is new."""
_CHUNK = 1_000
_NEAR = 25  # so many of the most similar articles of each new one lead to groups to compare with
_LEAST = 0.08  # and they share at least so much
_COMMON = 200  # words in more articles than this, and in more than 1 %, lead nowhere
_FADE = 0.42  # of the window: the time between articles in which evidence fades to 1/e
_OTHER_NUMBERS = 0.6  # what evidence counts where headlines name different numbers
_SENSE_ALONE = 0.15  # meaning counts for more than this only where words are shared
_SHARE = 0.4  # of what is usual counts for nothing
_SAMPLE = 200  # rows to learn from what is usual ...
_PAIRS = 1_000  # ... which is drawn towards nothing as if by so many pairs
_LOYALTY = 1 / 0.75  # what was one story stays one while the score is 3/4 of the threshold
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group of articles that may be one story with another. `home` is the story that it was
    shown under (empty: none); `settled`: its source calls it a story of its own."""

    root: str
    articles: tuple[Article, ...]
    home: str = ""

    @property
    def settled(self) -> bool:
        """Whether a source has judged that this is a story of its own."""
        return any(article.standing is Standing.STORY for article in self.articles)


def join_by_text(
    candidates: Collection[Candidate],
    fresh: Collection[str],
    options: MergeOptions,
    vectors: WordVectors | None,
) -> dict[str, str]:
    """Root of the story by root of the group, for groups that are not alone.

    `fresh` are the keys of the articles whose text is new: without one nothing is compared.
    Two settled groups are never joined.
    """
    if len(candidates) < 2:
        return {}
    ordered = sorted(candidates, key=lambda one: (one.articles[0].published, one.root))
    texts = Texts(vectors)
    texts.add(article for one in ordered for article in one.articles)
    if compares_all(len(ordered), len(fresh)):
        return _joined(ordered, texts, options)
    return _by_chunks(ordered, frozenset(fresh), texts, options)


def compares_all(groups: int, fresh: int) -> bool:
    """Whether so many groups are few enough to compare all of them, where `fresh` are new."""
    return groups <= WHOLE or (groups <= 3 * WHOLE and 5 * fresh >= groups)


def _joined(group: Sequence[Candidate], texts: Texts, options: MergeOptions) -> dict[str, str]:
    labels = agglomerate(groups_of(group, texts, options.window), options.threshold)
    return {
        one.root: group[label].root
        for one, label in zip(group, labels.tolist(), strict=True)
        if group[label] is not one
    }


def _by_chunks(
    ordered: Sequence[Candidate], fresh: frozenset[str], texts: Texts, options: MergeOptions
) -> dict[str, str]:
    """The new ones by the thousand, each with the groups that hold something like them."""
    current = {one.root: one for one in ordered}
    at = {article.key: one.root for one in ordered for article in one.articles}
    joined: dict[str, str] = {}
    new = [one for one in ordered if any(a.key in fresh for a in one.articles)]
    near = near_rows(texts, options.window)
    keys = list(texts.row_of)
    published = np.array([a.published.timestamp() for one in ordered for a in one.articles])
    for start in range(0, len(new), _CHUNK):
        chunk = {_last(joined, one.root) for one in new[start : start + _CHUNK]}
        rows = [texts.row_of[a.key] for root in sorted(chunk) for a in current[root].articles
                if a.key in fresh]  # fmt: skip
        found = {_last(joined, at[keys[row]]) for row in near(rows, published)}
        group = sorted(
            (current[root] for root in chunk | found),
            key=lambda one: (one.articles[0].published, one.root),
        )
        together: dict[str, list[Article]] = {}
        for other, root in _joined(group, texts, options).items():
            joined[other] = root
            together.setdefault(root, list(current[root].articles)).extend(
                current.pop(other).articles
            )
        for root, articles in together.items():
            articles.sort(key=lambda article: (article.published, article.key))
            current[root] = replace(current[root], articles=tuple(articles))
    return {root: _last(joined, root) for root in joined}


def _last(joined: Mapping[str, str], root: str) -> str:
    while root in joined:
        root = joined[root]
    return root


def near_rows(
    texts: Texts, window: timedelta | None
) -> Callable[[Sequence[int], NDArray[np.float64]], list[int]]:
    """A finder of the rows that are most like some rows, by the rare words that they share."""
    counts = texts.stem_counts()
    counts.data = np.ones_like(counts.data)
    seen = np.bincount(counts.indices, minlength=counts.shape[1])
    rare = np.log((len(texts) + 51) / (seen + 1)).clip(0)
    norms = np.sqrt(counts @ (rare * rare)).clip(1e-6)
    rare[seen > max(_COMMON, len(texts) // 100)] = 0
    weighed = sparse.diags(1 / norms) @ counts @ sparse.diags(rare)
    weighed.eliminate_zeros()
    others = weighed.tocsr().T.tocsr()
    weighed = weighed.tocsr()
    limit = np.inf if window is None else window.total_seconds()

    def find(rows: Sequence[int], published: NDArray[np.float64]) -> list[int]:
        products = (weighed[np.asarray(rows)] @ others).tocsr()
        found: set[int] = set()
        for number, row in enumerate(rows):
            begin, end = products.indptr[number], products.indptr[number + 1]
            near, score = products.indices[begin:end], products.data[begin:end]
            good = (score >= _LEAST) & (abs(published[near] - published[row]) <= limit)
            near, score = near[good], score[good]
            if len(near) > _NEAR:
                near = near[np.lexsort((near, -score))[:_NEAR]]
            found.update(near.tolist())
        return sorted(found)

    return find


def groups_of(group: Sequence[Candidate], texts: Texts, window: timedelta | None) -> Groups:
    """The groups as numbers: sums over their articles of everything that the score is made of."""
    members = [article for one in group for article in one.articles]
    views = texts.views([texts.row_of[article.key] for article in members])
    counts = np.array([len(one.articles) for one in group])
    ends = np.concatenate([[0], np.cumsum(counts)])
    inside = sparse.csr_matrix(
        (np.ones(len(members), np.float32), np.arange(len(members)), ends),
        (len(group), len(members)),
    )
    alike, own = _similarity(inside, views)
    usual = _usual(alike, counts)
    alike -= usual * counts[:, None] * counts
    within = np.diagonal(alike) - own + usual * counts
    alike *= _fading(group, inside, members, window)
    alike *= np.where(_numbers_differ(group), np.float32(_OTHER_NUMBERS), np.float32(1))
    alike[_strangers(group)] = _NEVER
    homes = np.unique([one.home or f" {n}" for n, one in enumerate(group)], return_inverse=True)[1]
    alike[homes[:, None] == homes] *= _LOYALTY
    return Groups(alike, within.clip(0), counts.astype(np.float32), inside @ views.lengths)


def _usual(alike: Any, counts: Any) -> np.float32:
    """What two articles here have in common whatever they tell: the median over pairs of groups.

    Drawn towards nothing where there are few pairs to learn it from.
    """
    step = 1 + len(counts) // _SAMPLE
    some = alike[::step] / (counts[::step, None] * counts)
    pairs = some.size - len(some)
    median = max(0.0, float(np.median(some))) if pairs else 0.0
    return np.float32(_SHARE * median * pairs / (pairs + _PAIRS))


def _similarity(inside: Any, views: Views) -> tuple[Any, Any]:
    """The sums over all pairs of two groups, and over an article with itself."""
    both_views = inside @ sparse.hstack([views.words, views.grams], format="csr")
    alike = np.asarray((both_views @ both_views.T).toarray(), np.float32)
    own = _squares(views.words) + _squares(views.grams)
    counts = np.diff(inside.indptr).astype(np.float32)
    pairs = counts[:, None] * counts
    sensed = np.asarray(inside @ (~views.sensed).astype(np.float32)).ravel() == 0
    sense = np.asarray(inside @ views.sense)
    both = sensed[:, None] & sensed
    with_sense = np.where(both, np.minimum(sense @ sense.T, _SENSE_ALONE * pairs + 2 * alike), 0)
    each = np.where(both, np.float32(1 / 3), np.float32(1 / 2))
    own += np.where(inside.T @ sensed.astype(np.float32) > 0, (views.sense**2).sum(1), 0)
    own *= np.where(inside.T @ sensed.astype(np.float32) > 0, 1 / 3, 1 / 2)
    return (alike + with_sense) * each, np.asarray(inside @ own)


def _squares(matrix: Any) -> Any:
    return np.asarray(matrix.multiply(matrix).sum(1)).ravel()


def _fading(
    group: Sequence[Candidate], inside: Any, members: Iterable[Article], window: timedelta | None
) -> Any:
    """How much evidence counts between two groups by the time between them; 0 outside the window.

    Without a window time says nothing, and neither does an article without a date.
    """
    if window is None:
        return np.float32(1)
    dated = np.array([all(a.dated for a in one.articles) for one in group])
    times = np.array([article.published.timestamp() for article in members])
    means = (inside @ (times - times.min())) / np.diff(inside.indptr)
    apart = abs(means[:, None] - means)
    apart[~(dated[:, None] & dated)] = 0
    limit = window.total_seconds()
    fading = np.exp((apart / (-_FADE * limit)).astype(np.float32))
    first = np.array([min(a.published.timestamp() for a in one.articles) for one in group])
    last = np.array([max(a.published.timestamp() for a in one.articles) for one in group])
    fading[(first[:, None] - last > limit) | (first - last[:, None] > limit)] = 0
    return fading


def _numbers_differ(group: Sequence[Candidate]) -> Any:
    """Pairs of groups whose headlines both have numbers, and none in common."""
    known: dict[str, int] = {}
    of = [
        sorted({word for a in one.articles for word in tokens(a.title) if word[0].isdigit()})
        for one in group
    ]
    columns = [known.setdefault(number, len(known)) for numbers in of for number in numbers]
    sizes = np.array([len(numbers) for numbers in of])
    cells = (np.ones(len(columns), np.float32), columns, np.concatenate([[0], np.cumsum(sizes)]))
    has = sparse.csr_matrix(cells, (len(group), len(known)))
    shared = (has @ has.T).toarray() > 0
    some = sizes > 0
    return some[:, None] & some & ~shared


def _strangers(group: Sequence[Candidate]) -> Any:
    """Pairs that are never one: two stories by their sources' verdict, or of two languages."""
    settled = np.array([one.settled for one in group])
    codes = [sorted({language(a.lang) for a in one.articles} - {""}) for one in group]
    first = np.unique([code[0] if code else "" for code in codes], return_inverse=True)[1]
    known = np.array([bool(code) for code in codes])
    differ = (first[:, None] != first) & known[:, None] & known
    both = settled[:, None] & settled
    return differ | both
