"""Publishes feeds: composes entries from stories, renders each format, writes files atomically.

In: stories and feeds as values. Out: the files and pages that readers fetch.
Never does: ranking, merging, reading the clock. Only ``output_folder`` writes.
"""

from aggregator.publish.compose import EntryCache, compose_entry, compose_feed
from aggregator.publish.digest import Period, compose_digest, periods_before
from aggregator.publish.escaping import safe, uri
from aggregator.publish.fragments import RenderCache
from aggregator.publish.output_folder import missing_files
from aggregator.publish.outputs import render, subscription_list
from aggregator.publish.picture_urls import NO_PICTURES, LocalPicture, Pictures, picture_url
from aggregator.publish.publisher import Published, publish
from aggregator.publish.registry import FORMATS, Format
from aggregator.publish.story_json import story_fields, unranked_fields

__all__ = [
    "FORMATS",
    "NO_PICTURES",
    "EntryCache",
    "Format",
    "LocalPicture",
    "Period",
    "Pictures",
    "Published",
    "RenderCache",
    "compose_digest",
    "compose_entry",
    "compose_feed",
    "missing_files",
    "periods_before",
    "picture_url",
    "publish",
    "render",
    "safe",
    "story_fields",
    "subscription_list",
    "unranked_fields",
    "uri",
]
