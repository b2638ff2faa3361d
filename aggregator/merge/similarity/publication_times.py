"""When the articles of a window were published, by their rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Floats, Ints
from aggregator.model import Article

UNDATED_HOURS = 8.0
"""The time between two articles of which one has no date, or where time does not count: half of the
pairs of one event are closer."""


@dataclass(frozen=True, slots=True)
class PublicationTimes:
    """When the article of each row was published (`seconds` since 1970; NaN: unknown, or not in
    this window), and which rows are in the window (`present`). Articles of one event are at most
    `limit` seconds apart; infinite: time does not count."""

    seconds: NDArray[np.float64]
    present: NDArray[np.bool_]
    limit: float

    def hours(self, left: Ints, right: Ints) -> Floats:
        """The hours between the two rows of each pair."""
        if np.isinf(self.limit):
            return np.full(len(left), UNDATED_HOURS, np.float32)
        distance = np.abs(self.seconds[left] - self.seconds[right]) / 3600
        return np.nan_to_num(distance, nan=UNDATED_HOURS).astype(np.float32)

    def are_far_apart(self, left: Ints, right: Ints) -> NDArray[np.bool_]:
        """Whether the two rows of each pair are more than `limit` apart. An article without a date
        is near to every other."""
        return np.asarray(np.abs(self.seconds[left] - self.seconds[right]) > self.limit)


def publication_seconds(articles: Iterable[Article]) -> NDArray[np.float64]:
    """When each was published, in seconds since 1970; NaN: not known."""
    return np.array([a.published.timestamp() if a.dated else np.nan for a in articles], np.float64)
