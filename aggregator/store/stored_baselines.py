"""The baselines of an epoch as one row: compressed JSON."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime

from aggregator.rank import Priors
from aggregator.store import rows

# How priors are learned. Increase it when that changes: baselines of another version are then
# learned again.
_VERSION = 1


@dataclass(frozen=True, slots=True)
class StoredBaselines:
    """What was learned from the stored articles at `learned_at`: the `priors` of publishers, and
    the slugs of the topics that are `named` by the sources that judge articles. `articles` is the
    number of stored articles then, `topics` a digest of the configured topics."""

    learned_at: datetime
    articles: int
    topics: str
    priors: Priors
    named: frozenset[str]


def baselines_row(baselines: StoredBaselines) -> rows.Row:
    """The row of these baselines. Equal baselines give equal bytes."""
    priors = baselines.priors
    value = {
        "version": _VERSION,
        "articles": baselines.articles,
        "topics": baselines.topics,
        "default": priors.default,
        "publishers": dict(sorted(priors.by_publisher.items())),
        "named": sorted(baselines.named),
    }
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    compressed = zlib.compress(data.encode("utf-8", "surrogatepass"))
    return {"id": 1, "made": rows.seconds(baselines.learned_at), "value": compressed}


def baselines_of(learned_at: int, data: bytes) -> StoredBaselines | None:
    """The baselines in a row; None where another version learned them."""
    value = json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
    if value["version"] != _VERSION:
        return None
    by_publisher = {name: (prior, number) for name, (prior, number) in value["publishers"].items()}
    return StoredBaselines(
        rows.moment(learned_at),
        value["articles"],
        value["topics"],
        Priors(value["default"], by_publisher),
        frozenset(value["named"]),
    )
