"""Each headline of a pair compared with the whole text of the other article.

All functions take the rows of many pairs and return one value per pair.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.expanded import ExpandedRows
from aggregator.merge.similarity.segments import largest, sums

Values = NDArray[np.float64]
Record = TypeVar("Record", "TitleSide", "Units")


@dataclass(frozen=True, slots=True)
class TitleSide:
    """The words of one headline per pair. Worths are in nats; `in_text` is the worth of those that
    the other text contains, fields that end in `apart` are about those that it does not."""

    total: Values
    in_text: Values
    rarest: Values
    rarest_name_apart: Values
    names_apart: Values
    rarest_in_language_apart: Values
    rarest_word_apart: Values
    words_apart: Values
    non_numbers_apart: Values
    numbers_apart: Values


def title_sides(compared: ExpandedRows, lefts: Ints, rights: Ints) -> tuple[TitleSide, TitleSide]:
    """The headlines of `lefts`, each compared with the text of the row at the same position in
    `rights`, and the other way round."""
    both = _title_side(compared, np.append(lefts, rights), np.append(rights, lefts))
    return _halves(both, len(lefts))


def _halves(both: Record, size: int) -> tuple[Record, Record]:
    """A record of arrays of twice this size as two records of this size."""
    columns = [getattr(both, field.name) for field in fields(both)]
    record = type(both)
    return record(*(c[:size] for c in columns)), record(*(c[size:] for c in columns))


def _title_side(compared: ExpandedRows, rows: Ints, others: Ints) -> TitleSide:
    pair_count = len(rows)
    entries, pair_index = compared.terms.entries(rows)
    in_title = compared.terms.column("title")[entries] > 0
    entries, pair_index = entries[in_title], pair_index[in_title]
    terms = compared.terms.numbers[entries]
    in_other = compared.terms.find(others[pair_index], terms) >= 0
    worth = compared.terms.column("worth")[entries]
    apart = ~in_other
    pair_apart, worth_apart, terms_apart = pair_index[apart], worth[apart], terms[apart]
    name_worth_apart = worth_apart * compared.term_fact("name")[terms_apart]
    general_apart = compared.term_fact("general")[terms_apart]
    number_apart = compared.term_fact("number")[terms_apart]
    return TitleSide(
        total=sums(pair_index, worth, pair_count),
        in_text=sums(pair_index[in_other], worth[in_other], pair_count),
        rarest=largest(pair_index, worth, 1, pair_count)[0],
        rarest_name_apart=largest(pair_apart, name_worth_apart, 1, pair_count)[0],
        names_apart=sums(pair_apart, name_worth_apart, pair_count),
        rarest_in_language_apart=largest(pair_apart, general_apart, 1, pair_count)[0],
        rarest_word_apart=largest(pair_apart, worth_apart, 1, pair_count)[0],
        words_apart=sums(pair_apart, worth_apart, pair_count),
        non_numbers_apart=sums(pair_apart, 1 - number_apart, pair_count),
        numbers_apart=sums(pair_apart, number_apart, pair_count),
    )


@dataclass(frozen=True, slots=True)
class Units:
    """The units that a headline shares with the other text, per pair: their number, the sum of
    their worths, and the second and third largest worth (nats)."""

    count: Values
    worth: Values
    second: Values
    third: Values


def shared_units(compared: ExpandedRows, lefts: Ints, rights: Ints) -> tuple[Units, Units]:
    """The units of the headlines of `lefts` that are shared with the texts of `rights`, and the
    other way round.

    A unit is a sequence of words of the headline that are adjacent in the other text too: the parts
    of a name come together and say no more than the rarest of them, which gives the worth.
    """
    both = _shared_units(compared, np.append(lefts, rights), np.append(rights, lefts))
    return _halves(both, len(lefts))


def _shared_units(compared: ExpandedRows, rows: Ints, others: Ints) -> Units:
    pair_count = len(rows)
    entries, pair_index = compared.title_words.entries(rows)
    terms, joints = compared.title_words.numbers[entries], compared.joints[entries]
    in_own = compared.terms.find(rows[pair_index], terms)
    in_other = compared.terms.find(others[pair_index], terms)
    is_shared = in_other >= 0
    together = (joints >= 0) & (compared.neighbours.find(others[pair_index], joints) >= 0)
    together[1:] &= is_shared[:-1] & (pair_index[1:] == pair_index[:-1])
    worths = compared.terms.column("worth")
    worth = np.minimum(worths[in_own[is_shared]], worths[in_other[is_shared]])
    pair_index, together = pair_index[is_shared], together[is_shared]
    starts = np.flatnonzero(~together)
    if not len(starts):
        nothing = np.zeros(pair_count)
        return Units(nothing, nothing, nothing, nothing)
    unit_worth = np.maximum.reduceat(worth, starts).astype(np.float64)
    pair_index = pair_index[starts]
    _, second, third = largest(pair_index, unit_worth, 3, pair_count)
    count = sums(pair_index, np.ones(len(pair_index)), pair_count)
    return Units(count, sums(pair_index, unit_worth, pair_count), second, third)
