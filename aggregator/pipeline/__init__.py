"""The order of the steps, written once.

    read ──> identify ──> merge ──> classify ──> rank ──> publish

``plan`` is pure: from what was read and what is remembered to what to save and what to publish.
``update`` saves what follows from readings, whatever goes wrong in one source; ``run`` reads and
publishes around it.
"""

from aggregator.classify import EVERYTHING
from aggregator.pipeline.adding import Added, add_feed
from aggregator.pipeline.desk import Desk
from aggregator.pipeline.intake import as_configured, known_documents
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.plan import Plan, plan
from aggregator.pipeline.run import Output, Report, ingest, publish_plan, run
from aggregator.pipeline.select import SORTS, Selection
from aggregator.pipeline.status import DAYS, SourceStatus, source_statuses
from aggregator.pipeline.update import (
    Updated,
    lexicon,
    load,
    plan_of_store,
    save_poll_results,
    stored_epochs,
    update_stories,
)

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
    "Updated",
    "add_feed",
    "as_configured",
    "ingest",
    "known_documents",
    "lexicon",
    "load",
    "plan",
    "plan_of_store",
    "publish_plan",
    "run",
    "save_poll_results",
    "source_statuses",
    "stored_epochs",
    "update_stories",
]
