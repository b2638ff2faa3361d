"""What a publisher repeats: templates of titles, footers, show notes, fixed excerpts.

Repeated text is no evidence that two articles are of one event, so it is removed before they are
compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aggregator.merge.similarity.words import Word

Run = tuple[str, ...]
"""A sequence of adjacent terms."""

_PASSAGE = 3  # terms per sequence of an excerpt that is counted
_OPENING = (4, 3, 2)  # terms at the beginning of a title that can be a template, longest first
_ENDING = (4, 3, 2, 1)  # the same for its end
_MIN_LEFT = 2  # terms of a title that must remain
# A sequence is repeated where this share of a publisher's articles or titles has it, and at least
# this number. Half and twice the shares give the same figures on nine mixed streams
# (benchmarks/merge_model.py).
_EXCERPT_SHARE = 0.15
_EXCERPT_LEAST = 3
_TITLE_SHARE = 0.10
_TITLE_LEAST = 4


@dataclass(frozen=True, slots=True)
class Repeats:
    """Sequences of terms that many of a publisher's titles begin or end with (`openings`,
    `endings`), and that many of its excerpts contain (`passages`)."""

    openings: frozenset[Run] = frozenset()
    endings: frozenset[Run] = frozenset()
    passages: frozenset[Run] = frozenset()

    def cut(
        self, title: Sequence[Word], excerpt: Sequence[Word]
    ) -> tuple[Sequence[Word], Sequence[Word]]:
        """The title and the excerpt without repeated sequences."""
        return self._cut_title(title), self._cut_excerpt(excerpt)

    def _cut_title(self, title: Sequence[Word]) -> Sequence[Word]:
        for size in _ENDING if self.endings else ():
            if len(title) >= size + _MIN_LEFT and terms(title[-size:]) in self.endings:
                title = title[:-size]
                break
        for size in _OPENING if self.openings else ():
            if len(title) >= size + _MIN_LEFT and terms(title[:size]) in self.openings:
                return title[size:]
        return title

    def _cut_excerpt(self, excerpt: Sequence[Word]) -> Sequence[Word]:
        if not self.passages:
            return excerpt
        sequence = terms(excerpt)
        repeated: set[int] = set()
        for start in range(len(sequence) - _PASSAGE + 1):
            if sequence[start : start + _PASSAGE] in self.passages:
                repeated.update(range(start, start + _PASSAGE))
        return [word for position, word in enumerate(excerpt) if position not in repeated]


def terms(sequence: Iterable[Word]) -> Run:
    """The terms of these words, in order."""
    return tuple(word.term for word in sequence)


def learn_repeats(texts: Sequence[tuple[Sequence[Word], Sequence[Word]]]) -> Repeats:
    """What the titles and excerpts (pairs of both) of one publisher repeat.

    A template is what different titles share, so equal titles count once.
    """
    titles = {terms(title) for title, _ in texts}
    excerpts = [terms(excerpt) for _, excerpt in texts]
    title_limit = max(_TITLE_LEAST, _TITLE_SHARE * len(titles))
    return Repeats(
        _frequent(
            ([title[:size] for size in _OPENING if len(title) > size] for title in titles),
            title_limit,
        ),
        _frequent(
            ([title[-size:] for size in _ENDING if len(title) > size] for title in titles),
            title_limit,
        ),
        _frequent(
            (
                {run[start : start + _PASSAGE] for start in range(len(run) - _PASSAGE + 1)}
                for run in excerpts
            ),
            max(_EXCERPT_LEAST, _EXCERPT_SHARE * len(texts)),
        ),
    )


def _frequent(runs: Iterable[Iterable[Run]], limit: float) -> frozenset[Run]:
    """The sequences that at least `limit` texts have; a single term must be in twice as many."""
    counts = Counter(run for of_text in runs for run in of_text)
    return frozenset(
        run for run, count in counts.items() if count >= (limit if len(run) > 1 else 2 * limit)
    )
