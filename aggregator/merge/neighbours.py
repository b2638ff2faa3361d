"""Which articles are near enough to be compared: those that share words that few have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from aggregator.merge.texts import Ints, Texts

NEAR = 25
"""So many of the most similar articles of each are compared with it, and so many of its time."""
_LEAST = 0.12  # and they share at least so much
_RARE = 200  # words in more articles than this lead only to what is near in time ...
_USUAL = 0.02  # ... and words in more than this share of all lead nowhere
_NEAR_IN_TIME = 2_000  # articles before and after
_BLOCK = 1_000  # rows at a time
_MASK = (1 << 24) - 1


class Neighbours:
    """Finds the articles of `texts` (in order of publication) that share rare words with some of
    them. What it costs for each does not grow with their number."""

    def __init__(self, texts: Texts, window: timedelta | None) -> None:
        self._texts = texts
        self._limit = np.inf if window is None else window.total_seconds()
        seen = np.bincount(texts.words.indices, minlength=texts.words.shape[1])
        self._rare = _without(texts.words, seen > _RARE)
        self._told = _without(texts.words, seen > max(_RARE, int(_USUAL * len(texts))))

    def of(self, rows: Ints, among: Ints, most: int = NEAR) -> tuple[Ints, Ints]:
        """Pairs of different articles, one of `rows` and one of `among` (both in ascending
        order): each of the `rows` with the `most` similar ones inside the window of time and in
        no other language, by rare words and by words of that time."""
        times = self._texts.published[among]
        found: list[tuple[Ints, Ints]] = [(rows[:0], rows[:0])]
        rare = self._rare[among]
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            published = self._texts.published[block]
            begin = int(np.searchsorted(times, published[0] - self._limit, "left"))
            end = int(np.searchsorted(times, published[-1] + self._limit, "right"))
            products = self._rare[block] @ rare[begin:end].T.tocsr()
            found.append(self._best(products, block, among[begin:end], most))
            near = among[
                max(begin, int(np.searchsorted(among, block[0])) - _NEAR_IN_TIME) : min(
                    end, int(np.searchsorted(among, block[-1])) + _NEAR_IN_TIME
                )
            ]
            products = self._told[block] @ self._told[near].T.tocsr()
            found.append(self._best(products, block, near, most))
        ones, many = zip(*found, strict=True)
        return np.concatenate(ones), np.concatenate(many)

    def _best(self, products: Any, block: Ints, among: Ints, most: int) -> tuple[Ints, Ints]:
        """Of each row of `block` the best, found by sorting one number an entry: row, score, column
        (24 bits each but for the row)."""
        texts = self._texts
        good = np.flatnonzero(products.data >= _LEAST)
        row = np.repeat(np.arange(len(block)), np.diff(products.indptr))[good]
        column = products.indices[good]
        one, other = block[row], among[column]
        spoken, its = texts.languages[one], texts.languages[other]
        right = (one != other) & ((spoken == its) | (spoken == 0) | (its == 0))
        right &= abs(texts.published[one] - texts.published[other]) <= self._limit
        worse = ((1 - products.data[good[right]]).clip(0) * _MASK).astype(np.int64)
        entries = np.sort(row[right] << 48 | worse << 24 | column[right])
        row = entries >> 48
        best = np.arange(len(row)) - np.searchsorted(row, row) < most
        return block[row[best]], among[entries[best] & _MASK]


def _without(words: Any, left_out: Any) -> Any:
    """A copy without some words."""
    made = words.copy()
    made.data[left_out[words.indices]] = 0
    made.eliminate_zeros()
    return made
