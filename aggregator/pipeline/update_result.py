"""The result of an update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregator.model import Reading
from aggregator.pipeline.planning import Changes, Plan


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """The plan, all `changes` that were saved, and the readings with their saved states.
    `set_aside` are the sources whose reading was not used and `excluded` those whose stored
    articles were not, each with the reason; `errors` are those that did not occur again at a second
    attempt."""

    plan: Plan
    changes: Changes
    readings: tuple[Reading, ...]
    set_aside: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
