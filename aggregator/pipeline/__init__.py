"""The order of the steps, written once.

    read ──> identify ──> merge ──> classify ──> rank ──> publish

``plan`` is pure: from what was read and what is remembered to what to save and what to publish.
``run`` is its shell: read, load, plan, save, place; it takes its ports one by one.
"""

from aggregator.classify import EVERYTHING
from aggregator.pipeline.adding import Added, add_feed
from aggregator.pipeline.desk import Desk
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.plan import Plan, plan
from aggregator.pipeline.run import (
    Output,
    Report,
    lexicon,
    load,
    publish_plan,
    read_only,
    remember,
    run,
    settle,
    stored_epochs,
)
from aggregator.pipeline.select import SORTS, Selection
from aggregator.pipeline.status import DAYS, SourceStatus, source_statuses

__all__ = [
    "DAYS",
    "EVERYTHING",
    "SORTS",
    "Added",
    "Desk",
    "Output",
    "Plan",
    "PlanOptions",
    "Report",
    "Selection",
    "SourceStatus",
    "add_feed",
    "lexicon",
    "load",
    "plan",
    "publish_plan",
    "read_only",
    "remember",
    "run",
    "settle",
    "source_statuses",
    "stored_epochs",
]
