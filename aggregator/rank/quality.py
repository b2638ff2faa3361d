"""A quality for articles that bring none: what its publisher is worth, and what it brings itself.

    quality = prior of the publisher + the parts below, on the story files' scale (most are 87)

The prior is learned from the articles of this publisher whose sources give a quality (less what
their parts explain), drawn towards that of all publishers by the weight of three articles; where
nobody gives any, it is 87. The parts are few and plain, so that each can be explained.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from aggregator.model import Article

TYPICAL_QUALITY = 87
"""What most articles of real story files have, on their scale of 44 to 164."""
_LEAST, _MOST = 44, 164
_PRIOR_WEIGHT = 3.0  # articles
_STEP = 5  # qualities that we give are multiples from 87: the lead does not change for a trifle
_SHORT = 60  # characters of an excerpt that is hardly one
_BAIT = re.compile(
    r"(?i)\byou won'?t believe\b|\bwhat happen(?:s|ed) next\b|\bthis (?:one )?(?:weird|simple) "
    r"(?:old )?trick\b|\bwill (?:blow your mind|shock you)\b|!!|\?!"
)
_MARKET = re.compile(
    r"(?i)\bmarket (?:size|share|report|research|outlook|forecast)\b|\bCAGR\b|\bprice target\b|"
    r"\bstock(?:s)? to (?:buy|watch)\b|\bshares of .{1,80} (?:rise|fall|drop|gain)s?\b|"
    r"\b(?:NASDAQ|NYSE):"
)
Part = tuple[int, str, Callable[[Article], bool]]
PARTS: tuple[Part, ...] = (
    (-25, "it has no picture", lambda a: a.image is None and not a.video),
    (-10, "it has no excerpt", lambda a: not a.excerpt),
    (-5, "its excerpt is very short", lambda a: 0 < len(a.excerpt) < _SHORT),
    (-20, "its headline is one of a market report", lambda a: bool(_MARKET.search(a.title))),
    (-15, "its headline is clickbait", lambda a: bool(_BAIT.search(a.title))),
    (-10, "its headline shouts", lambda a: a.title.isupper() and len(a.title) > 20),
    (30, "it is a video", lambda a: a.video),
)
"""Points, why, and when. To add one, add a line."""


@dataclass(frozen=True, slots=True)
class Priors:
    """What an article of a publisher is worth before its own parts; by name, else `usual`."""

    usual: float = TYPICAL_QUALITY
    of: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    @classmethod
    def learned(cls, articles: Iterable[Article]) -> Priors:
        """From the articles that bring a quality. Blind to their order."""
        known: defaultdict[str, list[int]] = defaultdict(list)
        for article in articles:
            if article.quality is not None:
                known[_name(article)].append(article.quality - _sum_of_parts(article))
        number = sum(map(len, known.values()))
        if not number:
            return cls()
        total = sum(map(sum, known.values()))
        usual = (total + _PRIOR_WEIGHT * TYPICAL_QUALITY) / (number + _PRIOR_WEIGHT)
        of = {
            name: ((sum(found) + _PRIOR_WEIGHT * usual) / (len(found) + _PRIOR_WEIGHT), len(found))
            for name, found in known.items()
        }
        return cls(usual, of)

    def estimate_quality(self, article: Article) -> Article:
        """The article with a quality: its own, else one from its publisher and its parts."""
        if article.quality is not None:
            return article
        worth = self.of.get(_name(article), (self.usual, 0))[0] + _sum_of_parts(article)
        steps = round((worth - TYPICAL_QUALITY) / _STEP)
        return replace(article, quality=min(_MOST, max(_LEAST, TYPICAL_QUALITY + _STEP * steps)))

    def reasons(self, article: Article) -> list[str]:
        """The words of a quality that we gave."""
        worth, number = self.of.get(_name(article), (self.usual, 0))
        prior = f"{worth:.0f} for {article.publisher.name}"
        learned = (
            f", learned from {number} of its articles" if number else ", of which none is known"
        )
        parts = (f"{points:+d} since {why}" for points, why, holds in PARTS if holds(article))
        return [prior + learned, *parts]


def _sum_of_parts(article: Article) -> int:
    return sum(points for points, _, holds in PARTS if holds(article))


def _name(article: Article) -> str:
    return article.publisher.name.casefold()
