"""The order of the steps, written once.

    read ──> identify ──> merge ──> classify ──> rank ──> publish

In: readings and the stored window. Out: a plan, its records in the store, and files.
``plan`` is pure: it computes what to save and publish from what was read and stored.
``update_stories`` saves a plan of readings, whatever fails in one source; ``run`` reads before it
and publishes after it.
"""

from aggregator.classify import EVERYTHING
from aggregator.pipeline.adding import AddedFeed, add_feed
from aggregator.pipeline.feed_set import FeedSet
from aggregator.pipeline.intake import document_loader, with_configured_options
from aggregator.pipeline.loading import lexicon, stored_epochs
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Changes, Plan, plan
from aggregator.pipeline.retention import begin_retention, prune, prune_steps
from aggregator.pipeline.shell import Output, Report, ingest, publish_feeds, run
from aggregator.pipeline.update import plan_of_store, save_poll_results, update_stories
from aggregator.pipeline.update_result import UpdateResult

__all__ = [
    "EVERYTHING",
    "AddedFeed",
    "Changes",
    "FeedSet",
    "Output",
    "Plan",
    "PlanOptions",
    "Report",
    "UpdateResult",
    "add_feed",
    "begin_retention",
    "document_loader",
    "ingest",
    "lexicon",
    "plan",
    "plan_of_store",
    "prune",
    "prune_steps",
    "publish_feeds",
    "run",
    "save_poll_results",
    "stored_epochs",
    "update_stories",
    "with_configured_options",
]
