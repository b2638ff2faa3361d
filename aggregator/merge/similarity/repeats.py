"""What a publisher repeats: the template of its titles, its footers, show notes, fixed excerpts.

It is no evidence that two of its articles tell one event, so it is cut before they are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aggregator.merge.similarity.words import Word

Run = tuple[str, ...]
"""Terms that follow each other."""

_PASSAGE = 3  # terms: the runs of excerpts that are counted
_OPENING = (4, 3, 2)  # terms of a title's beginning that may be a template, the longest first
_ENDING = (4, 3, 2, 1)
_LEFT = 2  # terms of a title at least stay
_EXCERPT_SHARE = 0.15  # of a publisher's articles have the passage, and at least ...
_EXCERPT_LEAST = 3
_TITLE_SHARE = 0.10  # of its titles have the opening or ending, and at least ...
_TITLE_LEAST = 4
# The shares are those of the study of nine mixed streams; twice and half of them give the same.


@dataclass(frozen=True, slots=True)
class Repeats:
    """Runs of terms that a publisher's titles begin or end with, and that its excerpts hold."""

    openings: frozenset[Run] = frozenset()
    endings: frozenset[Run] = frozenset()
    passages: frozenset[Run] = frozenset()

    def cut(
        self, title: Sequence[Word], excerpt: Sequence[Word]
    ) -> tuple[Sequence[Word], Sequence[Word]]:
        """The title and the excerpt without what is repeated."""
        return self._cut_title(title), self._cut_excerpt(excerpt)

    def _cut_title(self, title: Sequence[Word]) -> Sequence[Word]:
        for size in _ENDING if self.endings else ():
            if len(title) >= size + _LEFT and terms(title[-size:]) in self.endings:
                title = title[:-size]
                break
        for size in _OPENING if self.openings else ():
            if len(title) >= size + _LEFT and terms(title[:size]) in self.openings:
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
        return [word for at, word in enumerate(excerpt) if at not in repeated]


def terms(sequence: Iterable[Word]) -> Run:
    """The terms of these words."""
    return tuple(word.term for word in sequence)


def learn_repeats(texts: Sequence[tuple[Sequence[Word], Sequence[Word]]]) -> Repeats:
    """What the titles and excerpts of one publisher repeat.

    A template is what different titles have in common, so copies of one title count once.
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
            ({e[at : at + _PASSAGE] for at in range(len(e) - _PASSAGE + 1)} for e in excerpts),
            max(_EXCERPT_LEAST, _EXCERPT_SHARE * len(texts)),
        ),
    )


def _frequent(runs: Iterable[Iterable[Run]], limit: float) -> frozenset[Run]:
    """Runs that are in so many texts; a single term must be in twice as many."""
    counts = Counter(run for of_text in runs for run in of_text)
    return frozenset(
        run for run, count in counts.items() if count >= (limit if len(run) > 1 else 2 * limit)
    )
