"""An estimated quality for articles whose source gives none.

    quality = prior of the publisher + the parts below, on the story files' scale (most are 87)

The prior is learned from the articles of the publisher whose sources give a quality (minus their
parts), and shrunk towards the prior of all publishers. If no source gives a quality, it is 87. The
parts are few and simple, so that each can be explained to the reader.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from aggregator.model import Article

TYPICAL_QUALITY = 87
"""The quality of most articles in real story files."""
_MIN_QUALITY, _MAX_QUALITY = 44, 164  # the range in real story files
# The next three constants were checked with benchmarks/quality.py on the diablo4 and power-apps
# trees; figures are differences of the rank correlation.
_PRIOR_WEIGHT = 3.0  # articles that a prior counts as; 1 to 5: within 0.03
# Estimates are 87 plus or minus multiples of this, so that trifles do not change the lead.
_STEP = 5  # 2 to 5: within 0.01
# Characters below which an excerpt is very short; 60 to 120: within 0.01. At 30 it is 0.10 better
# on power-apps, but there only 58 articles are judged.
_SHORT = 60
_CLICKBAIT = re.compile(
    r"(?i)\byou won'?t believe\b|\bwhat happen(?:s|ed) next\b|\bthis (?:one )?(?:weird|simple) "
    r"(?:old )?trick\b|\bwill (?:blow your mind|shock you)\b|!!|\?!"
)
_MARKET_REPORT = re.compile(
    r"(?i)\bmarket (?:size|share|report|research|outlook|forecast)\b|\bCAGR\b|\bprice target\b|"
    r"\bstock(?:s)? to (?:buy|watch)\b|\bshares of .{1,80} (?:rise|fall|drop|gain)s?\b|"
    r"\b(?:NASDAQ|NYSE):"
)
Part = tuple[int, str, Callable[[Article], bool]]
PARTS: tuple[Part, ...] = (
    (-25, "it has no picture", lambda a: a.image is None and not a.video),
    (-10, "it has no excerpt", lambda a: not a.excerpt),
    (-5, "its excerpt is very short", lambda a: 0 < len(a.excerpt) < _SHORT),
    (-20, "its headline is one of a market report", lambda a: bool(_MARKET_REPORT.search(a.title))),
    (-15, "its headline is clickbait", lambda a: bool(_CLICKBAIT.search(a.title))),
    (-10, "its headline is in capitals", lambda a: a.title.isupper() and len(a.title) > 20),
    (30, "it is a video", lambda a: a.video),
)
"""The points of each part, the reason in words, and the condition. To add a part, add a line.
With all points times 0.75 to 1.5 the rank correlation stays within 0.06, the mean error within 1
(benchmarks/quality.py); without parts it is 0.3 lower on diablo4."""


@dataclass(frozen=True, slots=True)
class Priors:
    """The expected quality of an article before its parts: `by_publisher` has it with the number of
    articles it was learned from, by the publisher's name in lower case; `default` is for others."""

    default: float = TYPICAL_QUALITY
    by_publisher: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    @classmethod
    def learned(cls, articles: Iterable[Article]) -> Priors:
        """The priors from the articles that have a quality. Their order does not matter."""
        qualities: defaultdict[str, list[int]] = defaultdict(list)
        for article in articles:
            if article.quality is not None:
                qualities[_name(article)].append(article.quality - _sum_of_parts(article))
        number = sum(map(len, qualities.values()))
        if not number:
            return cls()
        default = _shrunk(sum(map(sum, qualities.values())), number, TYPICAL_QUALITY)
        by_publisher = {
            name: (_shrunk(sum(values), len(values), default), len(values))
            for name, values in qualities.items()
        }
        return cls(default, by_publisher)

    def estimate_quality(self, article: Article) -> Article:
        """The article with a quality: the one that it has, else an estimate from 44 to 164."""
        if article.quality is not None:
            return article
        estimate = self._prior(article)[0] + _sum_of_parts(article)
        steps = round((estimate - TYPICAL_QUALITY) / _STEP)
        quality = min(_MAX_QUALITY, max(_MIN_QUALITY, TYPICAL_QUALITY + _STEP * steps))
        return replace(article, quality=quality)

    def reasons(self, article: Article) -> list[str]:
        """The explanation of an estimated quality: the prior, then each part that applies."""
        prior, number = self._prior(article)
        origin = f"learned from {number} of its articles" if number else "the default"
        parts = (f"{points:+d} since {why}" for points, why, holds in PARTS if holds(article))
        return [f"{prior:.0f} for {article.publisher.name}, {origin}", *parts]

    def _prior(self, article: Article) -> tuple[float, int]:
        return self.by_publisher.get(_name(article), (self.default, 0))


def _shrunk(total: float, number: int, prior: float) -> float:
    """The mean of `number` values, shrunk towards the prior."""
    return (total + _PRIOR_WEIGHT * prior) / (number + _PRIOR_WEIGHT)


def _sum_of_parts(article: Article) -> int:
    return sum(points for points, _, holds in PARTS if holds(article))


def _name(article: Article) -> str:
    return article.publisher.name.casefold()
