"""Publishes feeds: composes entries from stories, renders each format, writes files atomically.

In: stories and feeds as values. Out: the files and pages that readers fetch.
Never does: ranking, merging, reading the clock. Only ``output_folder`` writes.
"""

from aggregator.publish.compose import EntryCache, compose_entry, compose_feed
from aggregator.publish.digest import (
    Period,
    as_of,
    compose_digest,
    period_from,
    period_path,
    periods_before,
)
from aggregator.publish.escaping import safe, uri
from aggregator.publish.fragments import RenderCache
from aggregator.publish.icons import BITMAPS, ICON_TYPES, icon_files, png
from aggregator.publish.output_folder import missing_files
from aggregator.publish.outputs import render, subscription_list
from aggregator.publish.picture_urls import NO_PICTURES, LocalPicture, Pictures, picture_url
from aggregator.publish.publisher import Published, publish
from aggregator.publish.registry import FORMATS, Format
from aggregator.publish.site_files import (
    SitemapUrl,
    opensearch,
    robots_txt,
    sitemap,
    web_manifest,
)
from aggregator.publish.story_json import story_fields, unranked_fields
from aggregator.publish.wording import Wording

__all__ = [
    "BITMAPS",
    "FORMATS",
    "ICON_TYPES",
    "NO_PICTURES",
    "EntryCache",
    "Format",
    "LocalPicture",
    "Period",
    "Pictures",
    "Published",
    "RenderCache",
    "SitemapUrl",
    "Wording",
    "as_of",
    "compose_digest",
    "compose_entry",
    "compose_feed",
    "icon_files",
    "missing_files",
    "opensearch",
    "period_from",
    "period_path",
    "periods_before",
    "picture_url",
    "png",
    "publish",
    "render",
    "robots_txt",
    "safe",
    "sitemap",
    "story_fields",
    "subscription_list",
    "unranked_fields",
    "uri",
    "web_manifest",
]
