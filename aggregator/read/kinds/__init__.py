"""The source types: each is one module with a pure ``parse``, and one line in ``KINDS``.

In: a document's bytes. Out: its items as on the wire. Never does: I/O, cleaning, deciding.
To add a source type, write its module and add its line.
"""

from aggregator.read.kinds import feed, jsonl, sitemap, story_api, story_files
from aggregator.read.kinds.base import Kind, Parsed

KINDS: dict[str, Kind] = {
    "stories": Kind(story_files.parse, suffixes=(".md", ".markdown")),
    "jsonl": Kind(jsonl.parse, suffixes=(".jsonl", ".ndjson")),
    "feed": Kind(feed.parse, suffixes=(".xml", ".rss", ".atom", ".rdf", ".json")),
    "sitemap": Kind(sitemap.parse, suffixes=(".xml",)),
    "story-api": Kind(story_api.parse, suffixes=(".json",), paged=True),
}

__all__ = ["KINDS", "Kind", "Parsed"]
