"""What the articles of a window say, as vectors whose products are similarities.

Three views of a text, each of length 1 and each a sum over its words, weighed by how rare the word
is in its language at this time (idf, smoothed as if fifty more articles were there):

- words: the beginnings of the words of title and excerpt;
- grams: four characters at a time of the title's words, for spellings and compounds;
- sense: static word vectors of title and excerpt, for the languages that they know; of longer
  texts less what is usual here, since they all turn towards it.

Since they are sums, the product of two groups' sums is the sum over all their pairs of articles.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aggregator.merge.options import VectorLoader, WordVectors, no_vectors
from aggregator.merge.vocabulary import Vocabulary
from aggregator.merge.words import language, tokens
from aggregator.model import Article

SAMPLE = 400
"""Articles from which it is learned what is usual in a window: every so-manieth of them."""
_SMOOTHING = 50
_SHRINK = 10  # the usual sense is drawn towards none as if by so many more articles
_HEADLINE = 10.0  # words
_LONGEST = 120  # words: more say no more about the length
_SHORTEST = 8
_SERIES = np.uint64(0x9E3779B97F4A7C15)  # an odd number with no pattern in its bits
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Views:
    """One row an article. `said` is words and grams side by side, `lengths` are numbers of words
    beyond a headline's, `sensed` says which rows have a `sense`."""

    words: Any
    grams: Any
    sense: Floats
    lengths: Floats
    sensed: NDArray[np.bool_]

    @property
    def said(self) -> Any:
        """Words and grams side by side: its products are the sums of both similarities."""
        return sparse.hstack([self.words, self.grams], format="csr")


class Texts:
    """The texts of the articles of a window, one row an article, in the order of the articles."""

    def __init__(self, articles: Sequence[Article], vectors: VectorLoader = no_vectors) -> None:
        self.vocabulary = Vocabulary()
        self.published = np.array([article.published.timestamp() for article in articles])
        self.dated = np.array([article.dated for article in articles], np.bool_)
        self._load = vectors
        self._titles, self._wholes = _Rows(), _Rows()
        known: dict[str, int] = {"": 0}
        spoken = array("i")
        for article in articles:
            title = self.vocabulary.numbered(tokens(article.title))
            self._titles.append(title)
            self._wholes.append(title + self.vocabulary.numbered(tokens(article.excerpt)))
            spoken.append(known.setdefault(language(article.lang), len(known)))
        self.languages = np.array(spoken, np.int32)
        self._codes = list(known)

    def __len__(self) -> int:
        return len(self.languages)

    @cached_property
    def _vectors(self) -> WordVectors | None:
        return self._load() if self._readable.any() else None

    @cached_property
    def sample(self) -> Ints:
        """Some rows, from which it is learned what is usual."""
        return np.arange(0, len(self), 1 + len(self) // SAMPLE)

    # ------------------------------------------------------------ words

    @cached_property
    def _stems(self) -> Any:
        """Articles by stems: how often each stands in title and excerpt."""
        counts = self._wholes.matrix(len(self.vocabulary))
        stems = self.vocabulary.stem_of[counts.indices]
        shape = (len(self), len(self.vocabulary.stems))
        made = sparse.csr_matrix((counts.data, stems, counts.indptr), shape)
        made.sum_duplicates()
        return made

    @cached_property
    def rarity(self) -> Floats:
        """Languages by stems: the logarithm of one in how many articles has the stem."""
        each = np.repeat(self.languages, np.diff(self._stems.indptr))
        shape = (len(self._codes), self._stems.shape[1])
        cells = each.astype(np.int64) * shape[1] + self._stems.indices
        seen = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
        number = np.bincount(self.languages, minlength=shape[0])[:, None]
        seen = seen + _SMOOTHING * self.vocabulary.common_stems(self._codes)
        made = np.log((number + 1 + _SMOOTHING) / (seen + 1))
        return np.asarray(np.maximum(made, 0), np.float32)

    @cached_property
    def words(self) -> Any:
        """All articles by stems, weighed, each row of length 1."""
        made = self._stems.copy()
        each = np.repeat(self.languages, np.diff(made.indptr))
        made.data = (1 + np.log(made.data)) * self.rarity[each, made.indices]
        return _unit(made)

    def rarity_of(self, stems: Iterable[str]) -> dict[str, float]:
        """How rare these stems are, in the language where they are rarest."""
        rarity, known = self.rarity.max(0), self.vocabulary.stems
        return {one: float(rarity[known[one]]) for one in stems if one in known}

    # ------------------------------------------------------------ what headlines count and name

    @cached_property
    def numbers(self) -> Any:
        """Articles by the numbers that their headlines name: 1 where it is named."""
        made = self._titles.matrix(len(self.vocabulary))
        made.data *= self.vocabulary.numeric[made.indices]
        made.eliminate_zeros()
        made.sum_duplicates()
        made.data[:] = 1
        return _compact(made)[0]

    @cached_property
    def headlines(self) -> Any:
        """Articles whose headlines name a number, by headline: 1 for the one that it is."""
        return self._headlines(with_numbers=True)

    @cached_property
    def series(self) -> Any:
        """The same without the numbers: headlines of one series ("Forecast for May 8", "... May
        16") are the same."""
        return self._headlines(with_numbers=False)

    def _headlines(self, *, with_numbers: bool) -> Any:
        words, ends = self._titles.packed()
        sizes = np.diff(ends)
        numeric = self.vocabulary.numeric[words]
        spelled = words.astype(np.uint64) + np.uint64(1)
        if not with_numbers:
            spelled[numeric] = 0
        place = np.arange(len(words)) - np.repeat(ends[:-1], sizes)
        cells = mixed(spelled * _SERIES + place.astype(np.uint64))
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(cells)])
        each = sums[ends[1:]] - sums[ends[:-1]]
        named = np.concatenate([[0], np.cumsum(numeric)])
        rows = np.flatnonzero(named[ends[1:]] > named[ends[:-1]])
        columns = np.unique(each[rows], return_inverse=True)[1]
        shape = (len(self), int(columns.max()) + 1 if len(rows) else 1)
        return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape)

    # ------------------------------------------------------------ views

    def views(self, rows: Ints) -> Views:
        """The vectors of these articles."""
        title, whole = (
            counts.rows(rows, len(self.vocabulary)) for counts in (self._titles, self._wholes)
        )
        lengths = np.clip(_row_sums(whole), _SHORTEST, _LONGEST) - _HEADLINE
        short, used = _compact(self._weighed(title, rows))
        sense, sensed = self._sense(rows, whole)
        return Views(
            self.words[rows],
            _unit(short @ self.vocabulary.gram_matrix(used)),
            sense,
            lengths.astype(np.float32),
            sensed,
        )

    def _weighed(self, counts: Any, rows: Ints) -> Any:
        each = np.repeat(self.languages[rows], np.diff(counts.indptr))
        data = counts.data * self.rarity[each, self.vocabulary.stem_of[counts.indices]]
        return sparse.csr_matrix((data, counts.indices, counts.indptr), counts.shape)

    @cached_property
    def _sensed(self) -> NDArray[np.bool_]:
        """Which articles have a sense: all that the vectors can read, where there are vectors."""
        return self._readable if self._vectors else np.zeros(len(self), np.bool_)

    @cached_property
    def _readable(self) -> NDArray[np.bool_]:
        """Which articles the word vectors know the language of: English, said or by its words."""
        wholes = self._wholes.matrix(len(self.vocabulary))
        latin = wholes @ self.vocabulary.latin.astype(np.float32)
        codes, spoken = self.vocabulary.spoken()
        hits = np.asarray((wholes @ spoken).todense())
        order = np.sort(hits, axis=1)
        told = order[:, -1] > order[:, -2]
        said = self.languages > 0
        english_id = self._codes.index("en") if "en" in self._codes else -1
        guessed = told & (hits.argmax(1) == codes.index("en"))
        english = np.where(said, self.languages == english_id, guessed)
        unknown = ~said & ~told
        usual = english.sum() > (~english & ~unknown).sum()
        enough = latin > 0.5 * np.maximum(1, _row_sums(wholes))
        return np.asarray((english | (unknown & usual)) & enough)

    @cached_property
    def _usual_sense(self) -> Any:
        """What the texts of this window have in common by sense."""
        rows = self.sample
        made = self._raw_sense(rows, self._wholes.rows(rows, len(self.vocabulary)))
        return made.sum(0) / (self._sensed[rows].sum() + _SHRINK)

    def _sense(self, rows: Ints, whole: Any) -> tuple[Floats, NDArray[np.bool_]]:
        sensed = self._sensed[rows]
        if not sensed.any():
            return np.zeros((len(rows), 0), np.float32), sensed
        made = self._raw_sense(rows, whole)
        share = (1 - _HEADLINE / np.maximum(_HEADLINE, _row_sums(whole)))[:, None]
        made[sensed] -= (share * self._usual_sense)[sensed]
        return _of_length_1(made), sensed

    def _raw_sense(self, rows: Ints, whole: Any) -> Floats:
        assert self._vectors is not None
        short, used = _compact(self._weighed(whole, rows))
        vectors = np.asarray(self._vectors(self.vocabulary.spelled(used.tolist())), np.float32)
        made = np.asarray(short @ vectors, np.float32)
        made[~self._sensed[rows]] = 0
        return _of_length_1(made)


class _Rows:
    """Rows of word numbers, packed."""

    def __init__(self) -> None:
        self._words = array("i")
        self._ends = array("q", [0])

    def append(self, words: list[int]) -> None:
        self._words.extend(words)
        self._ends.append(len(self._words))

    def packed(self) -> tuple[NDArray[np.int32], Ints]:
        """All words, and where each row begins (and the last one ends)."""
        return np.frombuffer(self._words, np.int32), np.frombuffer(self._ends, np.int64)

    def matrix(self, width: int) -> Any:
        """All rows; a word that is repeated stands in several cells."""
        indices, ends = self.packed()
        data = np.ones(len(indices), np.float32)
        return sparse.csr_matrix((data, indices.copy(), ends.copy()), (len(ends) - 1, width))

    def rows(self, at: Ints, width: int) -> Any:
        """Some rows, each word once with its count."""
        words, ends = self.packed()
        sizes = ends[at + 1] - ends[at]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        shift = np.repeat(ends[at] - starts[:-1], sizes)
        data = np.ones(int(starts[-1]), np.float32)
        indices = words[np.arange(starts[-1]) + shift]
        made = sparse.csr_matrix((data, indices, starts), (len(at), width))
        made.sum_duplicates()
        return made


def _compact(matrix: Any) -> tuple[Any, Ints]:
    """The matrix without its empty columns, and the numbers of those that are left."""
    used, columns = np.unique(matrix.indices, return_inverse=True)
    shape = (matrix.shape[0], len(used))
    return sparse.csr_matrix((matrix.data, columns, matrix.indptr), shape), used


def mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """For each number one that looks like chance (the finaliser of SplitMix64)."""
    made = numbers ^ (numbers >> np.uint64(30))
    made = made * np.uint64(0xBF58476D1CE4E5B9)
    made ^= made >> np.uint64(27)
    made *= np.uint64(0x94D049BB133111EB)
    return np.asarray(made ^ (made >> np.uint64(31)))


def _row_sums(matrix: Any) -> Any:
    return np.asarray(matrix.sum(1)).ravel()


def _of_length_1(made: Floats) -> Floats:
    norms = np.linalg.norm(made, axis=1, keepdims=True)
    scaled: Floats = (made / np.where(norms > 0, norms, 1)).astype(np.float32)
    return scaled


def _unit(matrix: Any) -> Any:
    norms = np.sqrt(_row_sums(matrix.multiply(matrix)))
    return (sparse.diags(1 / np.where(norms > 0, norms, 1)).astype(np.float32) @ matrix).tocsr()
