"""Each headline of a pair compared with the whole text of the other article.

All functions take the rows of many pairs and return one value per pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.segments import largest, sums

Values = NDArray[np.float64]


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


def title_side(corpus: Corpus, rows: Ints, others: Ints) -> TitleSide:
    """The headlines of `rows`, each compared with the text of the row at the same position in
    `others`."""
    pairs = len(rows)
    entries, pair = corpus.terms.bounds.entries(rows)
    in_title = corpus.terms.column("title")[entries] > 0
    entries, pair = entries[in_title], pair[in_title]
    terms = corpus.terms.numbers[entries]
    in_other = corpus.terms.find(others[pair], terms) >= 0
    worth = corpus.terms.column("worth")[entries]
    apart = ~in_other
    pair_apart, worth_apart, terms_apart = pair[apart], worth[apart], terms[apart]
    name_worth_apart = worth_apart * corpus.term_fact("name")[terms_apart]
    number_apart = corpus.term_fact("number")[terms_apart]
    return TitleSide(
        total=sums(pair, worth, pairs),
        in_text=sums(pair[in_other], worth[in_other], pairs),
        rarest=largest(pair, worth, 1, pairs)[0],
        rarest_name_apart=largest(pair_apart, name_worth_apart, 1, pairs)[0],
        names_apart=sums(pair_apart, name_worth_apart, pairs),
        rarest_in_language_apart=largest(
            pair_apart, corpus.term_fact("general")[terms_apart], 1, pairs
        )[0],
        rarest_word_apart=largest(pair_apart, worth_apart, 1, pairs)[0],
        words_apart=sums(pair_apart, worth_apart, pairs),
        non_numbers_apart=sums(pair_apart, 1 - number_apart, pairs),
        numbers_apart=sums(pair_apart, number_apart, pairs),
    )


@dataclass(frozen=True, slots=True)
class Units:
    """The units that a headline shares with the other text, per pair: their number, the sum of
    their worths, and the second and third largest worth (nats)."""

    count: Values
    worth: Values
    second: Values
    third: Values


def shared_units(corpus: Corpus, rows: Ints, others: Ints) -> Units:
    """The units of the headlines of `rows` that are shared with the texts of `others`.

    A unit is a sequence of words of the headline that are adjacent in the other text too: the parts
    of a name come together and say no more than the rarest of them, which gives the worth.
    """
    pairs = len(rows)
    entries, pair = corpus.sequence_bounds.entries(rows)
    terms, joints = corpus.sequence[entries], corpus.joints[entries]
    own, in_other = corpus.terms.find(rows[pair], terms), corpus.terms.find(others[pair], terms)
    is_shared = in_other >= 0
    together = (joints >= 0) & (corpus.neighbours.find(others[pair], joints) >= 0)
    together[1:] &= is_shared[:-1] & (pair[1:] == pair[:-1])
    worths = corpus.terms.column("worth")
    worth = np.minimum(worths[own[is_shared]], worths[in_other[is_shared]])
    pair, together = pair[is_shared], together[is_shared]
    starts = np.flatnonzero(~together)
    if not len(starts):
        nothing = np.zeros(pairs)
        return Units(nothing, nothing, nothing, nothing)
    unit_worth = np.maximum.reduceat(worth, starts).astype(np.float64)
    pair = pair[starts]
    _, second, third = largest(pair, unit_worth, 3, pairs)
    count = sums(pair, np.ones(len(pair)), pairs)
    return Units(count, sums(pair, unit_worth, pairs), second, third)
