"""Groups of articles as sums, and how alike two of them are.

Everything that the score is made of adds up, so that a group costs the same whatever its size, and
the mean over all pairs of articles of two groups is one product:

    alike(A, B)  = mean similarity of the pairs, less what is usual here,
                   faded by time, less for other numbers, more for what was one story before
    score(A, B)  = alike(A, B) / sqrt(cohesion(A) * cohesion(B)) * exp(-0.012 * more words)

where cohesion is the mean similarity inside the group, drawn towards a usual one while the group
is small, and more words is how many the articles have on average beyond a headline's ten (longer
texts share more by chance). A story told in ever different words needs less in common with another
than one whose articles all say the same: that is the calibration, and it needs no threshold for a
language, a subject or a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.sums import dense_products, extreme, indicator, products, squares
from aggregator.merge.texts import Floats, Ints, Texts

_COHESION = 0.15  # the mean similarity inside a usual story ...
_PRIOR = 22.0  # ... counts as much as this many pairs of articles
_LENGTH = 0.012  # for each word more, the score falls by so much (as a share)
_MORE = 0.008  # for each word more, articles of a usual story are so much more similar
_FADE = 0.33  # of the window: the time between articles in which evidence fades to 1/e
_OTHER_NUMBERS = 0.75  # what evidence counts where headlines name different numbers ...
_SERIES = 0.5  # ... and once more where they differ in nothing else,
_NEXT_DAY = 0.1  # ... or this where they are also so far apart in time:
_CADENCE = (
    18 * 3600.0
)  # seconds; what is counted on sooner is an update, later the next of a series
_SENSE_ALONE = 0.2  # meaning counts for more than this only where words are shared
_SHARE = 0.4  # of what is usual counts for nothing
_PAIRS = 1_000  # pairs of articles as which that is drawn towards nothing
_LOYALTY = 1 / 0.75  # what was one story stays one while the score is 3/4 of the threshold
_NEVER = -1e6

# Columns of what simply adds up.
_COUNT, _WORDS, _TIME, _NUMBERED, _UNDATED, _UNSENSED, _SETTLED, _ITSELF = range(8)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sums of what the articles of two groups have in common, over pairs of articles."""

    words_and_grams: Floats
    sense: Floats
    both_sensed: NDArray[np.bool_]
    pairs: Floats

    @property
    def similarity(self) -> Floats:
        """All views together: the mean of the three, or of the two where sense is not known."""
        most = _SENSE_ALONE * self.pairs + 2 * self.words_and_grams
        sense = np.where(self.both_sensed, np.minimum(self.sense, most), np.float32(0))
        views = np.where(self.both_sensed, np.float32(3), np.float32(2))
        return np.asarray((self.words_and_grams + sense) / views)

    def __getitem__(self, at: Ints | NDArray[np.bool_]) -> Evidence:
        return Evidence(
            self.words_and_grams[at], self.sense[at], self.both_sensed[at], self.pairs[at]
        )

    def summed(self, some: Ints, into: Ints, number: int) -> Evidence:
        """The sums of `some` of it, each part `into` one of `number`."""
        sums = (
            np.bincount(into, values[some], number).astype(np.float32)
            for values in (self.words_and_grams, self.sense, ~self.both_sensed, self.pairs)
        )
        said, sense, unsensed, pairs = sums
        return Evidence(said, sense, unsensed == 0, pairs)

    def add(self, to: Ints, more: Evidence) -> None:
        """Add evidence on parts to that on the pairs number `to`, each at most once."""
        self.words_and_grams[to] += more.words_and_grams
        self.sense[to] += more.sense
        self.both_sensed[to] &= more.both_sensed


@dataclass(frozen=True, slots=True)
class Groups:
    """Sums, one row a group. `marks` are sums of what headlines name: numbers, headlines without
    and with their numbers, and stories that the articles were shown under. `within` is twice the
    similarity over the pairs inside."""

    said: Any
    sense: Floats
    marks: tuple[Any, Any, Any, Any]
    totals: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    language: Ints
    within: NDArray[np.float64]
    usual: float
    window: timedelta | None

    def __len__(self) -> int:
        return len(self.totals)

    @property
    def counts(self) -> NDArray[np.float64]:
        """How many articles each has."""
        return self.totals[:, _COUNT]

    def joined(self, into: Ints, number: int, within: NDArray[np.float64]) -> Groups:
        """The groups that these become, where each goes `into` one of `number`."""
        sums = indicator(into, number)
        return replace(
            self,
            said=(sums @ self.said).tocsr(),
            sense=np.asarray(sums @ self.sense),
            marks=tuple((sums @ mark).tocsr() for mark in self.marks),
            totals=np.asarray(sums.astype(np.float64) @ self.totals),
            first=extreme(np.minimum, into, self.first, np.full(number, np.inf)),
            last=extreme(np.maximum, into, self.last, np.full(number, -np.inf)),
            language=extreme(np.maximum, into, self.language, np.zeros(number, np.int64)),
            within=within,
        )

    # ------------------------------------------------------------ two groups

    def evidence(self, one: Ints, other: Ints) -> Evidence:
        """What pairs of groups have in common."""
        said, sense = products(self.said, one, other), dense_products(self.sense, one, other)
        sensed = self.totals[:, _UNSENSED] == 0
        pairs = (self.counts[one] * self.counts[other]).astype(np.float32)
        return Evidence(said, sense, sensed[one] & sensed[other], pairs)

    def alike(self, one: Ints, other: Ints, found: Evidence) -> NDArray[np.float64]:
        """The sum over the pairs of articles, after time, numbers, verdicts and languages; far
        below 0 where two groups may not be one. `found` is the evidence on these pairs."""
        made = (found.similarity - self.usual * found.pairs).astype(np.float64)
        made *= self._fading(one, other) * self._numbers(one, other)
        story = self.marks[3]
        same = products(story, one, other) / found.pairs if story.nnz else 0
        made *= 1 + (_LOYALTY - 1) * same
        return np.where(self.strangers(one, other), _NEVER * found.pairs, made)

    def strangers(self, one: Ints, other: Ints) -> NDArray[np.bool_]:
        """Pairs that are never one: two stories by their sources' verdict, or two languages."""
        settled, spoken = self.totals[:, _SETTLED] > 0, self.language
        differ = (spoken[one] != spoken[other]) & (spoken[one] > 0) & (spoken[other] > 0)
        return np.asarray(differ | (settled[one] & settled[other]))

    def _fading(self, one: Ints, other: Ints) -> Any:
        """How much evidence counts by the time between two groups; 0 outside the window.

        Without a window time says nothing, and neither does an article without a date.
        """
        if self.window is None:
            return 1.0
        limit = self.window.total_seconds()
        outside = np.maximum(self.first[one] - self.last[other], self.first[other] - self.last[one])
        return np.where(outside > limit, 0, np.exp(self._apart(one, other) / (-_FADE * limit)))

    def _apart(self, one: Ints, other: Ints) -> Any:
        """Seconds between the mean times of two groups; 0 where an article has no date."""
        means = self.totals[:, _TIME] / self.counts
        dated = self.totals[:, _UNDATED] == 0
        return abs(means[one] - means[other]) * (dated[one] & dated[other])

    def _numbers(self, one: Ints, other: Ints) -> Any:
        """What is left of the evidence where the headlines of pairs name other numbers."""
        numbers, headlines, exact, _ = self.marks
        numbered = self.totals[:, _NUMBERED]
        left = np.ones(len(one))
        some = np.flatnonzero((numbered[one] > 0) & (numbered[other] > 0))
        one, other = one[some], other[some]
        pairs = self.counts[one] * self.counts[other]
        differ = numbered[one] * numbered[other] - products(numbers, one, other)
        series = products(headlines, one, other) - products(exact, one, other)
        next_one = np.where(self._apart(one, other) > _CADENCE, _NEXT_DAY, _SERIES)
        left[some] = (1 - (1 - _OTHER_NUMBERS) * differ.clip(0) / pairs) * (
            1 - (1 - next_one) * series.clip(0) / pairs
        )
        return left

    # ------------------------------------------------------------ the score

    @property
    def strengths(self) -> NDArray[np.float64]:
        """What `alike` is multiplied by on each group's side of the score."""
        more = self.totals[:, _WORDS] / self.counts
        made: NDArray[np.float64] = np.exp(-_LENGTH / 2 * more) / (
            self.counts * np.sqrt(np.maximum(self.cohesion, 1e-6))
        )
        return made

    @property
    def cohesion(self) -> NDArray[np.float64]:
        """The mean similarity inside each group, drawn towards a usual one while it is small."""
        usual = _COHESION * np.exp(_MORE * self.totals[:, _WORDS] / self.counts)
        pairs = self.counts * (self.counts - 1)
        return np.asarray((self.within.clip(0) + _PRIOR * usual) / (pairs + _PRIOR))


@dataclass(frozen=True, slots=True)
class Members:
    """The articles of the groups: rows of the texts, the number of each one's group, the number
    of the story that it was shown under (below 0: none), and whether its source calls it a story
    of its own."""

    rows: Ints
    group: Ints
    story: Ints
    settled: NDArray[np.bool_]


def groups_of(texts: Texts, members: Members, window: timedelta | None, usual: float) -> Groups:
    """The sums of these groups; their numbers go from 0 up without a gap. `usual` is the usual
    similarity of the window."""
    rows, group = members.rows, members.group
    views = texts.views(rows)
    number = int(group.max()) + 1 if len(group) else 0
    itself = squares(views.said) + (views.sense**2).sum(1)
    numbers = texts.numbers[rows]
    times = texts.published[rows]
    totals = np.column_stack(
        [
            np.ones(len(rows)),
            views.lengths,
            times - texts.published[0],
            np.diff(numbers.indptr) > 0,
            ~texts.dated[rows],
            ~views.sensed,
            members.settled,
            itself / np.where(views.sensed, 3, 2),
        ]
    ).astype(np.float64)
    singles = Groups(
        said=views.said,
        sense=views.sense,
        marks=(
            numbers,
            texts.series[rows],
            texts.headlines[rows],
            _stories(members.story),
        ),
        totals=totals,
        first=times,
        last=times,
        language=texts.languages[rows].astype(np.int64),
        within=np.zeros(len(rows)),
        usual=usual,
        window=window,
    )
    if np.array_equal(group, np.arange(len(rows))):
        return singles
    groups = singles.joined(group, number, np.zeros(number))
    each = np.arange(number)
    pairs = groups.counts * (groups.counts - 1)
    within = groups.evidence(each, each).similarity - groups.totals[:, _ITSELF]
    return replace(groups, within=np.where(pairs > 0, within - groups.usual * pairs, 0))


def usual_similarity(texts: Texts) -> float:
    """So much of what two articles here have in common counts for nothing: a share of the median,
    drawn towards none where there are few to learn it from."""
    views = texts.views(texts.sample)
    number = len(texts.sample)
    if number < 2:
        return 0.0
    one, other = np.triu_indices(number, 1)
    said = np.asarray((views.said @ views.said.T).todense())[one, other]
    sense = (views.sense @ views.sense.T)[one, other]
    both = views.sensed[one] & views.sensed[other]
    found = Evidence(said, sense, both, np.ones(len(one), np.float32)).similarity
    median = max(0.0, float(np.median(found)))
    pairs = len(texts) * (len(texts) - 1) / 2
    return _SHARE * median * pairs / (pairs + _PAIRS)


def _stories(story: Ints) -> Any:
    """Articles by the stories that they were shown under: 1 where it was."""
    known, columns = np.unique(story, return_inverse=True)
    made = indicator(columns.ravel(), len(known)).T.tocsr()
    made.data[story < 0] = 0
    made.eliminate_zeros()
    return made


def numbered(values: Sequence[str]) -> Ints:
    """A number for each of the values, the same for the same value, below 0 for an empty one."""
    known: dict[str, int] = {}
    return np.array(
        [
            known.setdefault(value, len(known)) if value else -1 - n
            for n, value in enumerate(values)
        ],
        np.int64,
    )
