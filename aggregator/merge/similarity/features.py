"""What two articles have in common and what speaks against it, as numbers.

``feature_names`` lists and explains the features. All are symmetric in the two articles, and depend
only on these and on the statistics of the epoch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Floats, Ints
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.expanded import ExpandedRows
from aggregator.merge.similarity.feature_names import NAMES
from aggregator.merge.similarity.segments import SharedEntries, largest, shared_entries, sums
from aggregator.merge.similarity.title_sides import TitleSide, Values, shared_units, title_sides

# The model is learned on features that these constants shape (benchmarks/merge_model.py --write),
# so a change of one must be followed by learning.
_RARE = 4.4  # nats: a word that one article in eighty contains; does not matter from 3.9 to 4.9
_USUAL = 3.0  # nats: a word that one article in twenty contains; does not matter from 2.5 to 3.5
_SAME = 0.99  # cosine of texts that are the same
_HALF_A_DAY = float(np.log1p(12))  # a report of the next day is another event
_CADENCE = float(np.log1p(18))  # a new count ("14 dead" after "12 dead") comes sooner
_MIN_REPEATED = 12.0  # nats: shorter headlines ("v1.2.0") are the same by chance
_COMMON_IN_LANGUAGE = 8.5  # nats: a word that is one of 5,000 in running text, or more frequent
_RARE_IN_LANGUAGE = 9.5  # nats: a word that is one of 13,000, or rarer
_FEW_DOCUMENTS = 1.1  # ln(1 + articles): two articles
_NO_DOCUMENTS = 9.0  # stands for ln(1 + articles) where no word is shared
_EPSILON = 1e-6  # avoids division by 0
_SLICE = 10_000  # pairs at a time, which bounds the memory that it takes


def features(corpus: Corpus, lefts: Ints, rights: Ints, hours: Floats) -> Floats:
    """One row per pair of rows of the corpus, one column per feature, in the order of `NAMES`.
    `hours` is the time between the two articles of each pair."""
    rows, position = np.unique(np.append(lefts, rights), return_inverse=True)
    left, right = np.split(position, 2)
    compared = ExpandedRows(corpus, rows)
    table = np.empty((len(left), len(NAMES)), np.float32)
    for start in range(0, len(left), _SLICE):
        part = slice(start, start + _SLICE)
        table[part] = _table(compared, left[part], right[part], hours[part])
    return table


def _table(compared: ExpandedRows, lefts: Ints, rights: Ints, hours: Floats) -> Floats:
    swap = compared.sizes[lefts] > compared.sizes[rights]
    short, long = np.where(swap, rights, lefts), np.where(swap, lefts, rights)
    # Sorted by the row that is searched, the look-ups stay close to each other in memory.
    order = np.argsort(long, kind="stable")
    table = _Pairs(compared, short[order], long[order], hours[order]).table()
    result = np.empty_like(table)
    result[order] = table
    return result


class _Pairs:
    """Pairs of rows: `short` has at most as many terms as `long`. Each method fills the columns of
    one group of features; later groups use columns of earlier ones."""

    def __init__(self, compared: ExpandedRows, short: Ints, long: Ints, hours: Floats) -> None:
        self.compared = compared
        self.pair_count = len(short)
        self.hours = np.log1p(hours)
        self.short, self.long = short, long
        self.publisher = compared.publishers[short]
        same_publisher = (self.publisher == compared.publishers[long]) & (self.publisher >= 0)
        self.same_publisher = same_publisher.astype(np.float64)
        self.columns: dict[str, NDArray[np.floating]] = {}

    def table(self) -> Floats:
        """All features, in the order of `NAMES`."""
        shared = shared_entries(self.compared.terms, self.short, self.long)
        sides = title_sides(self.compared, self.short, self.long)
        self._add_shared(shared)
        self._add_shared_titles(shared)
        self._add_containment(sides)
        self._add_apart(sides)
        self._add_units()
        self._add_spelling_and_size()
        self._add_publisher_and_time(sides)
        table = np.column_stack([self.columns[name] for name in NAMES])
        return table.astype(np.float32)

    def _add_shared(self, shared: SharedEntries) -> None:
        compared, columns, pair_index = self.compared, self.columns, shared.pair_index
        worth = self._shared_worth(shared)
        terms = compared.terms.numbers[shared.left]
        general, documents = (
            compared.term_fact("general")[terms],
            compared.term_fact("documents")[terms],
        )
        name, number = compared.term_fact("name")[terms], compared.term_fact("number")[terms]
        vector = compared.terms.column("vector")
        columns["cosine"] = self._sum(pair_index, vector[shared.left] * vector[shared.right])
        columns["shared"] = self._sum(pair_index, worth)
        columns["beyond_usual"] = self._sum(pair_index, np.maximum(worth - _USUAL, 0))
        columns["rare_shared"] = self._sum(pair_index, worth > _RARE)
        columns["general"] = self._sum(pair_index, general)
        columns["names_shared"] = self._sum(pair_index, worth * name)
        columns["numbers_shared"] = self._sum(pair_index, number)
        columns["shared_1"], columns["shared_2"], columns["shared_3"] = self._best(
            pair_index, worth, 3
        )
        columns["general_1"], columns["general_2"] = self._best(pair_index, general, 2)
        (columns["name_shared_1"],) = self._best(pair_index, worth * name, 1)
        is_word = number == 0
        fewest = self._best(pair_index[is_word], _NO_DOCUMENTS - documents[is_word], 2)
        columns["documents_1"], columns["documents_2"] = (_NO_DOCUMENTS - value for value in fewest)
        columns["only_few"] = self._sum(pair_index[is_word], documents[is_word] <= _FEW_DOCUMENTS)
        rarest = np.minimum(compared.rarest[self.short], compared.rarest[self.long])
        columns["rarest_is_shared"] = columns["shared_1"] / np.maximum(rarest, _EPSILON)

    def _add_shared_titles(self, shared: SharedEntries) -> None:
        columns, terms = self.columns, self.compared.terms
        title = terms.column("title")
        in_titles = (title[shared.left] > 0) & (title[shared.right] > 0)
        left, right = shared.left[in_titles], shared.right[in_titles]
        shared = SharedEntries(shared.pair_index[in_titles], left, right)
        worth, pair_index = self._shared_worth(shared), shared.pair_index
        columns["title_cosine"] = self._sum(pair_index, title[left] * title[right])
        columns["title_shared"] = self._sum(pair_index, worth)
        best = self._best(pair_index, worth, 3)
        columns["title_shared_1"], columns["title_shared_2"], columns["title_shared_3"] = best
        count = self._sum(pair_index, np.ones(len(pair_index)))
        same = np.flatnonzero(self.same_publisher[pair_index])
        shares = self.compared.title_shares(
            self.publisher[pair_index[same]], terms.numbers[left[same]]
        )
        columns["template"] = self._sum(pair_index[same], shares) / np.maximum(count, 1)

    def _add_containment(self, sides: tuple[TitleSide, TitleSide]) -> None:
        """How much of each headline the other headline and the other text contain."""
        columns = self.columns
        totals = [np.maximum(side.total, _EPSILON) for side in sides]
        in_text = [side.in_text / total for side, total in zip(sides, totals, strict=True)]
        in_title = [columns["title_shared"] / total for total in totals]
        columns["title_in_text"] = np.maximum(*[side.in_text for side in sides])
        columns["title_in_text_least"], columns["title_in_text_most"] = np.sort(in_text, axis=0)
        columns["title_in_title_least"], columns["title_in_title_most"] = np.sort(in_title, axis=0)
        rarest = np.maximum(np.minimum(*[side.rarest for side in sides]), _EPSILON)
        columns["rarest_of_title_is_shared"] = columns["title_shared_1"] / rarest

    def _add_apart(self, sides: tuple[TitleSide, TitleSide]) -> None:
        """What each headline has and the other text has not; the smaller side counts."""
        columns = self.columns
        columns["names_apart_1"] = np.minimum(*[side.rarest_name_apart for side in sides])
        columns["names_apart"] = np.minimum(*[side.names_apart for side in sides])
        columns["words_apart_1"] = np.minimum(*[side.rarest_word_apart for side in sides])
        columns["words_apart"] = np.minimum(*[side.words_apart for side in sides])
        columns["numbers_apart"] = np.minimum(*[side.numbers_apart for side in sides])
        columns["title_lead"] = columns["title_shared_1"] - columns["words_apart_1"]
        rare_apart = np.minimum(*[side.rarest_in_language_apart for side in sides])
        named_apart = np.clip((rare_apart - _RARE_IN_LANGUAGE) / 2, 0, 1)
        unnamed = np.clip((_COMMON_IN_LANGUAGE - columns["general_1"]) / 1.5, 0, 1)
        columns["elsewhere"] = unnamed * named_apart

    def _add_units(self) -> None:
        columns = self.columns
        sides = shared_units(self.compared, self.short, self.long)
        counts, worths = [side.count for side in sides], [side.worth for side in sides]
        seconds, thirds = [side.second for side in sides], [side.third for side in sides]
        columns["units_least"], columns["units_most"] = np.sort(counts, axis=0)
        columns["units_worth_least"], columns["units_worth_most"] = np.sort(worths, axis=0)
        columns["unit_2_least"], columns["unit_2_most"] = np.sort(seconds, axis=0)
        columns["unit_3_most"] = np.maximum(*thirds)

    def _add_spelling_and_size(self) -> None:
        compared, columns = self.compared, self.columns
        shared, vector = (
            shared_entries(compared.grams, self.short, self.long),
            compared.grams.column("vector"),
        )
        columns["spelling_cosine"] = self._sum(
            shared.pair_index, vector[shared.left] * vector[shared.right]
        )
        sizes = compared.sizes
        least, most = sizes[self.short], sizes[self.long]
        columns["length_least"], columns["length_most"] = least.astype(float), most.astype(float)
        columns["length_ratio"] = least / np.maximum(1, most)
        has_excerpt = compared.have_excerpt
        columns["excerpts"] = np.maximum(has_excerpt[self.short], has_excerpt[self.long])

    def _add_publisher_and_time(self, sides: tuple[TitleSide, TitleSide]) -> None:
        columns, same = self.columns, self.same_publisher
        columns["same_publisher"] = same
        columns["same_publisher_cosine"] = same * columns["cosine"]
        columns["same_publisher_title_cosine"] = same * columns["title_cosine"]
        columns["same_publisher_shared"] = same * columns["shared"]
        columns["same_publisher_hours"] = same * self.hours
        columns["same_publisher_numbers"] = same * columns["numbers_apart"]
        columns["publisher_size"] = same * self.compared.publisher_sizes[self.short]
        columns["hours"] = self.hours
        columns["hours_cosine"] = self.hours * columns["cosine"]
        is_same_text = (columns["cosine"] > _SAME) & (columns["title_cosine"] > _SAME)
        is_same_text &= columns["title_shared"] > _MIN_REPEATED
        columns["repeated"] = same * (is_same_text & (self.hours < _HALF_A_DAY))
        left, right = ((side.numbers_apart > 0) & (side.non_numbers_apart == 0) for side in sides)
        columns["next_in_series"] = (left & right) * (self.hours > _CADENCE)

    def _shared_worth(self, shared: SharedEntries) -> Floats:
        """The worth of each shared term: the smaller of its worths in the two articles."""
        worth = self.compared.terms.column("worth")
        return np.minimum(worth[shared.left], worth[shared.right])

    def _sum(self, pair_index: Ints, values: NDArray[np.generic]) -> Values:
        return sums(pair_index, values, self.pair_count)

    def _best(self, pair_index: Ints, values: NDArray[np.floating], count: int) -> list[Values]:
        return largest(pair_index, values, count, self.pair_count)
