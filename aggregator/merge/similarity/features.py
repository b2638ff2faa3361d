"""What two articles have in common and what speaks against it, as numbers.

`NAMES` lists the features in the order of the columns; `MEANING` says each in words. All are
symmetric in the two articles, and depend on the two and on the epoch's statistics alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Floats, Ints
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.segments import Shared, largest, shared_entries, sums

MEANING = {
    "cosine": "likeness of the whole texts (0 to 1)",
    "title_cosine": "likeness of the headlines (0 to 1)",
    "spelling_cosine": "likeness of the headlines' spelling (0 to 1)",
    "title_in_title_least": "share of the one headline that the other has, the smaller",
    "title_in_title_most": "share of the one headline that the other has, the larger",
    "title_in_text_least": "share of the one headline that the other's text has, the smaller",
    "title_in_text_most": "share of the one headline that the other's text has, the larger",
    "title_shared": "worth of the words that both headlines have (nats)",
    "shared": "worth of all words that both have (nats)",
    "title_in_text": "worth of the headline's words that the other's text has (nats)",
    "shared_1": "worth of the rarest shared word",
    "shared_2": "worth of the second rarest",
    "shared_3": "worth of the third rarest",
    "title_shared_1": "worth of the rarest word that both headlines have",
    "title_shared_2": "worth of the second rarest there",
    "title_shared_3": "worth of the third rarest there",
    "rare_shared": "number of rare shared words",
    "beyond_usual": "worth of the shared words beyond what is usual",
    "general_1": "rarity in the language of the rarest shared word",
    "general_2": "of the second rarest",
    "general": "rarity in the language of all shared words",
    "elsewhere": "nothing that is rare in the language is shared, and either names something rare",
    "documents_1": "how many articles have the rarest shared word (log)",
    "documents_2": "how many have the second rarest (log)",
    "only_few": "number of shared words that hardly another article has",
    "names_shared": "worth of the shared names",
    "name_shared_1": "worth of the rarest shared name",
    "names_apart_1": "worth of the rarest name that only one headline has",
    "names_apart": "worth of the names that only one headline has",
    "words_apart_1": "worth of the rarest word that only one headline has",
    "words_apart": "worth of the words that only one headline has",
    "title_lead": "rarest shared word of the headlines less the rarest unshared",
    "rarest_is_shared": "rarest shared word against the rarest of the two texts",
    "rarest_of_title_is_shared": "rarest shared word of the headlines against their rarest",
    "units_least": "names and words of the one headline that the other's text has, the fewer",
    "units_most": "names and words of the one headline that the other's text has, the more",
    "units_worth_least": "their worth, a name of several words counted once, the smaller",
    "units_worth_most": "their worth, a name of several words counted once, the larger",
    "unit_2_least": "worth of the second best of them, the smaller",
    "unit_2_most": "worth of the second best of them, the larger",
    "unit_3_most": "worth of the third best of them, the larger",
    "numbers_shared": "shared numbers",
    "numbers_apart": "numbers that only one headline has",
    "same_publisher": "both are of one publisher",
    "same_publisher_cosine": "both are of one publisher and alike",
    "same_publisher_title_cosine": "both are of one publisher and their headlines are alike",
    "same_publisher_shared": "both are of one publisher and share words",
    "same_publisher_hours": "both are of one publisher, time apart",
    "same_publisher_numbers": "both are of one publisher and name other numbers",
    "next_in_series": "the headlines differ in their numbers alone, and a day lies between",
    "repeated": "one publisher says the same again within half a day",
    "template": "share of the publisher's headlines that have the shared words",
    "publisher_size": "articles of the one publisher (log)",
    "hours": "time between them (log of 1 + hours)",
    "hours_cosine": "time between them where they are alike",
    "length_least": "distinct words of the shorter text",
    "length_most": "distinct words of the longer text",
    "length_ratio": "shorter against longer",
    "excerpts": "one of the two at least has an excerpt",
}
NAMES = tuple(MEANING)
_RARE = 4.4  # nats: a word that fewer than one article in eighty has
_USUAL = 3.0  # nats
_EQUAL = 0.99  # likeness of texts that are the same
_HALF_A_DAY = float(np.log1p(12))  # an edition or a report of the next day is another event
_CADENCE = float(np.log1p(18))  # what is counted on sooner ("12 dead", "14 dead") is an update
_TELLING = 12.0  # nats: a headline that says this little ("v1.2.0") is the same by chance
_USUAL_IN_LANGUAGE = 8.5  # nats: a word that is one of 5,000 in running text, or more usual
_RARE_IN_LANGUAGE = 9.5  # nats: a word that is one of 13,000, or rarer
_FEW = 1.1  # log(1 + 2): two articles
_NO_DOCUMENTS = 9.0  # the logarithm where no word is shared


def features(corpus: Corpus, one: Ints, other: Ints, hours: Floats) -> Floats:
    """One row a pair of rows of the corpus, one column a feature; `hours` is the time between
    the two articles of each pair."""
    sizes = np.diff(corpus.terms.ends.values)
    swap = sizes[one] > sizes[other]
    short, long = np.where(swap, other, one), np.where(swap, one, other)
    # In the order of the row that is looked into, the look-ups stay near each other in memory.
    order = np.argsort(long, kind="stable")
    table = _Pairs(corpus, short[order], long[order], hours[order]).table()
    result = np.empty_like(table)
    result[order] = table
    return result


class _Pairs:
    """The pairs of a text that has fewer terms and one that has more."""

    def __init__(self, corpus: Corpus, short: Ints, long: Ints, hours: Floats) -> None:
        self.corpus = corpus
        self.number = len(short)
        self.hours = np.log1p(hours)
        self.short, self.long = short, long
        self.sizes = np.diff(corpus.terms.ends.values)
        self.columns: dict[str, NDArray[np.floating]] = {}

    def table(self) -> Floats:
        """All features, in the order of `NAMES`."""
        shared = shared_entries(self.corpus.terms, self.short, self.long)
        self._add_shared(shared)
        self._add_titles(shared)
        self._add_units()
        self._add_rest()
        table = np.column_stack([self.columns[name] for name in NAMES])
        return table.astype(np.float32)

    def _add_shared(self, shared: Shared) -> None:
        corpus, put = self.corpus, self.columns
        worth = np.minimum(
            corpus.column("worth")[shared.here], corpus.column("worth")[shared.there]
        )
        terms = corpus.terms.columns[shared.here]
        general, documents, name, number = (
            corpus.of_term(column)[terms] for column in ("general", "documents", "name", "number")
        )
        put["cosine"] = self._sum(
            shared.pair,
            corpus.column("vector")[shared.here] * corpus.column("vector")[shared.there],
        )
        put["shared"] = self._sum(shared.pair, worth)
        put["beyond_usual"] = self._sum(shared.pair, np.maximum(worth - _USUAL, 0))
        put["rare_shared"] = self._sum(shared.pair, worth > _RARE)
        put["general"] = self._sum(shared.pair, general)
        put["names_shared"] = self._sum(shared.pair, worth * name)
        put["numbers_shared"] = self._sum(shared.pair, number)
        put["shared_1"], put["shared_2"], put["shared_3"] = self._best(shared.pair, worth, 3)
        put["general_1"], put["general_2"] = self._best(shared.pair, general, 2)
        (put["name_shared_1"],) = self._best(shared.pair, worth * name, 1)
        words = number == 0
        fewest = self._best(shared.pair[words], _NO_DOCUMENTS - documents[words], 2)
        put["documents_1"], put["documents_2"] = (_NO_DOCUMENTS - few for few in fewest)
        put["only_few"] = self._sum(shared.pair[words], documents[words] <= _FEW)

    def _add_titles(self, shared: Shared) -> None:
        corpus, put = self.corpus, self.columns
        inside = (corpus.column("title")[shared.here] > 0) & (
            corpus.column("title")[shared.there] > 0
        )
        pair, here, there = shared.pair[inside], shared.here[inside], shared.there[inside]
        worth = np.minimum(corpus.column("worth")[here], corpus.column("worth")[there])
        put["title_cosine"] = self._sum(
            pair, corpus.column("title")[here] * corpus.column("title")[there]
        )
        put["title_shared"] = self._sum(pair, worth)
        best = self._best(pair, worth, 3)
        put["title_shared_1"], put["title_shared_2"], put["title_shared_3"] = best
        habits = np.maximum(corpus.column("habit")[here], corpus.column("habit")[there])
        count = self._sum(pair, np.ones(len(pair)))
        put["template"] = self._sum(pair, habits) / np.maximum(count, 1) * self._same_publisher
        sides = [self._title_side(self.short, self.long), self._title_side(self.long, self.short)]
        least, most = np.minimum(*[side.in_text for side in sides]), np.maximum(
            *[side.in_text for side in sides]
        )  # fmt: skip
        totals = [side.total for side in sides]
        in_text = [side.in_text / np.maximum(side.total, 1e-6) for side in sides]
        in_title = [put["title_shared"] / np.maximum(total, 1e-6) for total in totals]
        put["title_in_text"] = np.maximum(least, most)
        put["title_in_text_least"], put["title_in_text_most"] = np.sort(in_text, axis=0)
        put["title_in_title_least"], put["title_in_title_most"] = np.sort(in_title, axis=0)
        for name, values in {
            "names_apart_1": [side.name_apart for side in sides],
            "names_apart": [side.names_apart for side in sides],
            "words_apart_1": [side.word_apart for side in sides],
            "words_apart": [side.words_apart for side in sides],
            "numbers_apart": [side.numbers_apart for side in sides],
        }.items():
            put[name] = np.minimum(*values)
        rare_apart = np.minimum(*[side.general_apart for side in sides])
        named_apart = np.clip((rare_apart - _RARE_IN_LANGUAGE) / 2, 0, 1)
        unnamed = np.clip((_USUAL_IN_LANGUAGE - put["general_1"]) / 1.5, 0, 1)
        put["elsewhere"] = unnamed * named_apart
        differ = [(side.numbers_apart > 0) & (side.plain_apart == 0) for side in sides]
        self.only_numbers_differ = differ[0] & differ[1]
        put["title_lead"] = put["title_shared_1"] - put["words_apart_1"]
        rarest = np.minimum(*[side.rarest for side in sides])
        put["rarest_of_title_is_shared"] = put["title_shared_1"] / np.maximum(rarest, 1e-6)

    def _add_units(self) -> None:
        """What the headlines name that the other text has, each name of several words once."""
        put = self.columns
        sides = [self._units(self.short, self.long), self._units(self.long, self.short)]
        for name, at in {"units": 0, "units_worth": 1, "unit_2": 2, "unit_3": 3}.items():
            least, most = np.sort([side[at] for side in sides], axis=0)
            put[f"{name}_least"], put[f"{name}_most"] = least, most

    def _units(self, rows: Ints, others: Ints) -> list[NDArray[np.float64]]:
        """Of each pair the number of units, their worth, and that of the second and third best.

        A unit is a run of words of the title that the other text has beside each other too: the
        parts of a name come together, and say no more than the rarest of them."""
        corpus = self.corpus
        entries, pair = corpus.sequence_ends.entries(rows)
        terms, joint = corpus.sequence[entries], corpus.joint[entries]
        here, there = corpus.terms.find(rows[pair], terms), corpus.terms.find(others[pair], terms)
        hit = there >= 0
        together = (joint >= 0) & (corpus.neighbours.find(others[pair], joint) >= 0)
        together[1:] &= hit[:-1] & (pair[1:] == pair[:-1])
        worth = np.minimum(corpus.column("worth")[here[hit]], corpus.column("worth")[there[hit]])
        pair, together = pair[hit], together[hit]
        starts = np.flatnonzero(~together)
        if not len(starts):
            return [np.zeros(self.number)] * 4
        best = np.maximum.reduceat(worth, starts).astype(np.float64)
        pair = pair[starts]
        _, second, third = self._best(pair, best, 3)
        return [self._sum(pair, np.ones(len(pair))), self._sum(pair, best), second, third]

    def _title_side(self, rows: Ints, others: Ints) -> _TitleSide:
        """The words of the title of each of `rows`, and which of them the other text has."""
        corpus = self.corpus
        entries, pair = corpus.terms.ends.entries(rows)
        inside = corpus.column("title")[entries] > 0
        entries, pair = entries[inside], pair[inside]
        in_other = corpus.terms.find(others[pair], corpus.terms.columns[entries]) >= 0
        worth = corpus.column("worth")[entries]
        terms = corpus.terms.columns[entries]
        name, number, general = (
            corpus.of_term(column)[terms] for column in ("name", "number", "general")
        )
        apart = ~in_other
        return _TitleSide(
            total=self._sum(pair, worth),
            in_text=self._sum(pair[in_other], worth[in_other]),
            rarest=self._best(pair, worth, 1)[0],
            name_apart=self._best(pair[apart], (worth * name)[apart], 1)[0],
            names_apart=self._sum(pair[apart], (worth * name)[apart]),
            general_apart=self._best(pair[apart], general[apart], 1)[0],
            word_apart=self._best(pair[apart], worth[apart], 1)[0],
            words_apart=self._sum(pair[apart], worth[apart]),
            plain_apart=self._sum(pair[apart], 1 - number[apart]),
            numbers_apart=self._sum(pair[apart], number[apart]),
        )

    def _add_rest(self) -> None:
        corpus, put = self.corpus, self.columns
        spelling = shared_entries(corpus.grams, self.short, self.long)
        vector = corpus.column("gram_vector")
        put["spelling_cosine"] = self._sum(
            spelling.pair, vector[spelling.here] * vector[spelling.there]
        )
        same = self._same_publisher
        put["same_publisher"] = same
        put["same_publisher_cosine"] = same * put["cosine"]
        put["same_publisher_title_cosine"] = same * put["title_cosine"]
        put["same_publisher_shared"] = same * put["shared"]
        put["same_publisher_hours"] = same * self.hours
        put["same_publisher_numbers"] = same * put["numbers_apart"]
        again = (put["cosine"] > _EQUAL) & (put["title_cosine"] > _EQUAL)
        again &= (self.hours < _HALF_A_DAY) & (put["title_shared"] > _TELLING)
        put["repeated"] = same * again
        put["next_in_series"] = self.only_numbers_differ * (self.hours > _CADENCE)
        put["publisher_size"] = same * corpus.column("size")[self.short]
        put["hours"] = self.hours
        put["hours_cosine"] = self.hours * put["cosine"]
        least, most = self.sizes[self.short], self.sizes[self.long]
        put["length_least"], put["length_most"] = least.astype(float), most.astype(float)
        put["length_ratio"] = least / np.maximum(1, most)
        excerpt = corpus.column("has_excerpt")
        put["excerpts"] = np.maximum(excerpt[self.short], excerpt[self.long]).astype(np.float64)
        rarest = np.minimum(corpus.column("rarest")[self.short], corpus.column("rarest")[self.long])
        put["rarest_is_shared"] = put["shared_1"] / np.maximum(rarest, 1e-6)

    @property
    def _same_publisher(self) -> NDArray[np.float64]:
        one, other = (
            self.corpus.column("publisher")[self.short],
            self.corpus.column("publisher")[self.long],
        )
        return np.asarray((one == other) & (one >= 0), np.float64)

    def _sum(self, pair: Ints, values: NDArray[np.generic]) -> NDArray[np.float64]:
        return sums(pair, values, self.number)

    def _best(
        self, pair: Ints, values: NDArray[np.floating], most: int
    ) -> list[NDArray[np.float64]]:
        return largest(pair, values, most, self.number)


@dataclass(frozen=True, slots=True)
class _TitleSide:
    """Of one title of each pair: the worth of all its words, of those that the other text has,
    and what it has for itself."""

    total: NDArray[np.float64]
    in_text: NDArray[np.float64]
    rarest: NDArray[np.float64]
    name_apart: NDArray[np.float64]
    names_apart: NDArray[np.float64]
    general_apart: NDArray[np.float64]
    word_apart: NDArray[np.float64]
    words_apart: NDArray[np.float64]
    plain_apart: NDArray[np.float64]
    numbers_apart: NDArray[np.float64]
