"""What the articles of a window say, as vectors whose products are similarities.

Three views of a text, each of length 1 and each a sum over its words, weighed by how rare the word
is in its language at this time (idf, smoothed as if fifty more articles were there):

- `words`: the beginnings of the words of title and excerpt;
- `grams`: four characters at a time of the title's words, for spellings and compounds;
- `sense`: static word vectors of title and excerpt, for the languages that they know; of longer
  texts less what is usual here, since they all turn towards it.

Since they are sums, the product of two groups' sums is the sum over all their pairs of articles.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aggregator.merge.commonwords import COMMON, EVERY
from aggregator.merge.options import WordVectors
from aggregator.merge.words import grams, guess, language, latin, stem, tokens
from aggregator.model import Article

_SMOOTHING = 50
_SHRINK = 10  # the usual sense is drawn towards none as if by so many more articles
_HEADLINE = 10.0  # words
_LONGEST = 120  # words: more say no more about the length
_UNKNOWN, _ENGLISH, _OTHER = 0, 1, 2
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Views:
    """One row an article. `lengths` are numbers of words beyond a headline's; `sensed` says which
    rows have a `sense`."""

    words: Any
    grams: Any
    sense: Floats
    lengths: Floats
    sensed: NDArray[np.bool_]


class Texts:
    """The texts of a window; more can be added. Row numbers are given in the order of adding."""

    def __init__(self, vectors: WordVectors | None = None) -> None:
        self.row_of: dict[str, int] = {}
        self.languages = array("i")
        self.guessed = array("b")  # does the text seem to be in a language of the vectors?
        self._vectors = vectors
        self._language_ids: dict[str, int] = {"": 0}
        self._words: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self._stem_of = array("i")
        self._latin = array("b")
        self._counts = (_Counts(), _Counts())  # of titles, of whole texts
        self._known_sense = np.zeros((0, 0), np.float32)
        self._sense_at: dict[int, int] = {}
        self._idf: Floats | None = None

    def __len__(self) -> int:
        return len(self.row_of)

    def add(self, articles: Iterable[Article]) -> None:
        """Take in the texts of articles; how rare a word is changes with them."""
        for article in articles:
            self.row_of[article.key] = len(self.row_of)
            code = language(article.lang)
            self.languages.append(self._language_ids.setdefault(code, len(self._language_ids)))
            words = tokens(article.title)
            rest = tokens(article.excerpt)
            spoken = code or guess((*words, *rest))
            self.guessed.append(_ENGLISH if spoken == "en" else _OTHER if spoken else _UNKNOWN)
            title = [self._word(word) for word in words]
            self._counts[0].append(title)
            self._counts[1].append(title + [self._word(word) for word in rest])
        self._idf = None

    def _word(self, word: str) -> int:
        found = self._words.get(word)
        if found is None:
            found = self._words[word] = len(self._words)
            beginning = stem(word)
            self._stem_of.append(self._stems.setdefault(beginning, len(self._stems)))
            self._latin.append(latin(word))
        return found

    def stem_counts(self) -> Any:
        """Articles by stems: how often each stands in title and excerpt."""
        counts = self._counts[1].matrix(len(self._words))
        stems = np.frombuffer(self._stem_of, np.int32)[counts.indices]
        made = sparse.csr_matrix((counts.data, stems, counts.indptr), (len(self), len(self._stems)))
        made.sum_duplicates()
        return made

    def rarity(self) -> Floats:
        """Languages by stems: the logarithm of one in how many articles has the stem."""
        if self._idf is None:
            counts = self.stem_counts()
            of = np.frombuffer(self.languages, np.int32)
            each = np.repeat(of, np.diff(counts.indptr))
            shape = (len(self._language_ids), len(self._stems))
            cells = each.astype(np.int64) * shape[1] + counts.indices
            seen = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
            number = np.bincount(of, minlength=shape[0])[:, None]
            seen = seen + _SMOOTHING * self._common()
            made = np.log((number + 1 + _SMOOTHING) / (seen + 1))
            self._idf = np.maximum(made, 0).astype(np.float32)
        return self._idf

    def rarity_of(self, stems: Iterable[str]) -> dict[str, float]:
        """How rare these stems are, in the language where they are rarest."""
        rarity = self.rarity().max(0)
        return {one: float(rarity[self._stems[one]]) for one in stems if one in self._stems}

    def _common(self) -> Any:
        """Languages by stems: 1 for the words that are common in the language."""
        made = np.zeros((len(self._language_ids), len(self._stems)), np.int64)
        for code, number in self._language_ids.items():
            for word in COMMON.get(code, EVERY):
                if (found := self._stems.get(stem(word))) is not None:
                    made[number, found] = 1
        return made

    def views(self, rows: Sequence[int]) -> Views:
        """The vectors of these articles."""
        at = np.asarray(rows, np.int64)
        rarity = self.rarity()
        languages = np.frombuffer(self.languages, np.int32)[at]
        title, whole = (counts.rows(at, len(self._words)) for counts in self._counts)
        lengths = np.clip(np.asarray(whole.sum(1)).ravel(), 8, _LONGEST) - _HEADLINE
        stem_of = np.frombuffer(self._stem_of, np.int32)
        weighed_title = self._weighed(title, languages, rarity, stem_of)
        short, used = _used_columns(weighed_title)
        sense, sensed = self._sense(at, whole, languages, rarity, stem_of)
        return Views(
            self._by_stems(whole, languages, rarity, stem_of),
            _unit(short @ self._gram_matrix(used)),
            sense,
            lengths.astype(np.float32),
            sensed,
        )

    def _by_stems(self, whole: Any, languages: Any, rarity: Floats, stem_of: Any) -> Any:
        shape = (whole.shape[0], len(self._stems))
        made = sparse.csr_matrix((whole.data, stem_of[whole.indices], whole.indptr), shape)
        made.sum_duplicates()
        each = np.repeat(languages, np.diff(made.indptr))
        made.data = (1 + np.log(made.data)) * rarity[each, made.indices]
        return _unit(made)

    def _weighed(self, counts: Any, languages: Any, rarity: Floats, stem_of: Any) -> Any:
        each = np.repeat(languages, np.diff(counts.indptr))
        data = counts.data * rarity[each, stem_of[counts.indices]]
        return sparse.csr_matrix((data, counts.indices, counts.indptr), counts.shape)

    def _gram_matrix(self, used: Ints) -> Any:
        """Words by grams, each word's grams of length 1 together."""
        words = list(self._words)
        numbers: dict[str, int] = {}
        indices, data, ends = array("i"), array("f"), array("i", [0])
        for word in used.tolist():
            parts = grams(words[word])
            indices.extend(numbers.setdefault(part, len(numbers)) for part in parts)
            data.extend([len(parts) ** -0.5] * len(parts))
            ends.append(len(indices))
        arrays = (np.array(data, np.float32), np.array(indices), np.array(ends))
        return sparse.csr_matrix(arrays, (len(used), len(numbers)))

    def _sense(
        self, at: Ints, whole: Any, languages: Any, rarity: Floats, stem_of: Any
    ) -> tuple[Floats, NDArray[np.bool_]]:
        letters = np.frombuffer(self._latin, np.int8).astype(np.float32)
        share = np.asarray(whole @ letters).ravel() / np.maximum(
            1, np.asarray(whole.sum(1)).ravel()
        )
        guessed = np.frombuffer(self.guessed, np.int8)
        usual = (guessed == _ENGLISH).sum() > (guessed == _OTHER).sum()
        sensed = (guessed[at] == _ENGLISH) | ((guessed[at] == _UNKNOWN) & usual)
        sensed &= share > 0.5
        if self._vectors is None or not sensed.any():
            return np.zeros((len(languages), 0), np.float32), np.zeros(len(languages), np.bool_)
        short, used = _used_columns(self._weighed(whole, languages, rarity, stem_of))
        made = np.asarray(short @ self._sense_of(used), np.float32)
        made[~sensed] = 0
        made = _of_length_1(made)
        number = sensed.sum()
        usual = made.sum(0) / (number + _SHRINK)
        share = (1 - _HEADLINE / np.maximum(_HEADLINE, np.asarray(whole.sum(1)).ravel()))[:, None]
        made[sensed] -= (share * usual)[sensed]
        return _of_length_1(made), sensed

    def _sense_of(self, used: Ints) -> Floats:
        """The vectors of words; each word is looked up once."""
        assert self._vectors is not None
        new = [word for word in used.tolist() if word not in self._sense_at]
        if new:
            names = list(self._words)
            found = np.asarray(self._vectors([names[word] for word in new]), np.float32)
            before = self._known_sense if self._sense_at else found[:0]
            self._sense_at.update({word: len(before) + n for n, word in enumerate(new)})
            self._known_sense = np.concatenate([before, found])
        return self._known_sense[[self._sense_at[word] for word in used.tolist()]]


class _Counts:
    """Rows of word numbers, packed."""

    def __init__(self) -> None:
        self._words = array("i")
        self._ends = array("q", [0])

    def append(self, words: list[int]) -> None:
        self._words.extend(words)
        self._ends.append(len(self._words))

    def matrix(self, width: int) -> Any:
        """All rows; a word that is repeated stands in several cells."""
        indices = np.frombuffer(self._words, np.int32).copy()
        ends = np.frombuffer(self._ends, np.int64).copy()
        data = np.ones(len(indices), np.float32)
        return sparse.csr_matrix((data, indices, ends), (len(ends) - 1, width))

    def rows(self, at: Ints, width: int) -> Any:
        """Some rows, each word once with its count."""
        ends = np.frombuffer(self._ends, np.int64)
        sizes = ends[at + 1] - ends[at]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        shift = np.repeat(ends[at] - starts[:-1], sizes)
        indices = np.frombuffer(self._words, np.int32)[np.arange(starts[-1]) + shift]
        data = np.ones(len(indices), np.float32)
        made = sparse.csr_matrix((data, indices, starts), (len(at), width))
        made.sum_duplicates()
        return made


def _used_columns(matrix: Any) -> tuple[Any, Ints]:
    """The matrix without its empty columns, and the numbers of those that are left."""
    used, compact = np.unique(matrix.indices, return_inverse=True)
    shape = (matrix.shape[0], len(used))
    return sparse.csr_matrix((matrix.data, compact, matrix.indptr), shape), used


def _of_length_1(made: Floats) -> Floats:
    norms = np.linalg.norm(made, axis=1, keepdims=True)
    scaled: Floats = (made / np.where(norms > 0, norms, 1)).astype(np.float32)
    return scaled


def _unit(matrix: Any) -> Any:
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(1)).ravel())
    return sparse.diags(1 / np.where(norms > 0, norms, 1)).astype(np.float32) @ matrix
