"""A document that is put together from fragments has the bytes of one that is written as a whole:
by feedgen for RSS and Atom, and anew for JSON Feed and the pages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import (
    Category,
    CleanText,
    Enclosure,
    Entry,
    Feed,
    Image,
    Link,
    MoreCoverage,
    Publisher,
    Site,
    Tombstone,
)
from aggregator.publish import FORMATS, safe
from aggregator.publish.fragments import Fragments
from aggregator.publish.front_page import front_page
from aggregator.publish.page_context import PageContext
from aggregator.publish.pages import Paging, topic_page

# What separates entries, or stands for a position, in some format.
SEPARATORS = (
    "  <entry>\n",
    "    <item>\n",
    "</feed>\n",
    "  </channel>\n</rss>\n",
    "1</re:rank>\n  </entry>\n",
    '"_rank": {"place": 1}}',
    '"story-<>"',
    "<>",
    "{{ number }}",
    "]]> &amp; &#60;",
    "<![CDATA[\n  <entry>\n",
)
TEXTS = st.lists(
    st.sampled_from(SEPARATORS) | st.text(min_size=1, max_size=8), min_size=1, max_size=3
).map(lambda parts: CleanText("".join(parts)))
URLS = st.sampled_from(["https://e.com/1?a=1&b='%22", "https://e.org/<>", "https://e.net/story-1"])
TIMES = st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
SIZES = st.sampled_from([0, 640])
LINKS = st.builds(Link, URLS.map(CleanText), TEXTS, TEXTS, TIMES)
LINKS |= st.builds(Link, URLS.map(CleanText), TEXTS, TEXTS, TIMES, st.tuples(LINKS))
IMAGES = st.builds(Image, URLS.map(CleanText), SIZES, SIZES)
ENCLOSURES = st.builds(Enclosure, URLS.map(CleanText), st.just(CleanText("audio/mpeg")), SIZES)
MORE = st.just(MoreCoverage()) | st.builds(
    MoreCoverage, st.integers(1, 9), st.tuples(TEXTS, TEXTS), st.just("") | URLS
)
ENTRIES = st.builds(
    Entry,
    id=TEXTS,
    url=URLS.map(CleanText),
    title=TEXTS,
    published=TIMES,
    updated=TIMES,
    author=TEXTS,
    publisher=st.builds(Publisher, TEXTS, st.sampled_from(["", "e.com"]).map(CleanText)),
    summary=TEXTS | st.just(CleanText("")),
    content=TEXTS,
    lang=st.sampled_from(["", "en"]).map(CleanText),
    video=st.booleans(),
    categories=st.lists(st.builds(Category, TEXTS, TEXTS), max_size=2).map(tuple),
    image=st.none() | IMAGES,
    related=st.lists(LINKS, max_size=2).map(tuple),
    copies=st.lists(LINKS, max_size=1).map(tuple),
    more=MORE,
    enclosure=st.none() | ENCLOSURES,
    anchor=st.sampled_from(["", "2026-11-05"]),
).map(safe)
SITES = st.builds(
    Site,
    TEXTS,
    st.just("https://news.example.org/"),
    st.sampled_from(["", "en", "ar"]),
    st.sampled_from(["", "https://hub.example.org/"]),
).map(safe)
FEEDS = st.builds(
    Feed,
    id=st.just("urn:uuid:0a7ab32f-1f6d-5a0e-8f2e-6d6f5b6a1c11"),
    slug=st.sampled_from(["all", "künste"]),
    title=TEXTS,
    site=SITES,
    updated=TIMES,
    ended=st.lists(st.builds(Tombstone, TEXTS, TIMES), max_size=2).map(tuple),
).map(safe)


@st.composite
def versions(draw: st.DrawFn) -> list[Feed]:
    """A feed from time to time: other entries, in another order, under another head."""
    entries = draw(st.lists(ENTRIES, min_size=1, max_size=4))
    feeds = draw(st.lists(FEEDS, min_size=2, max_size=4))
    chosen = st.permutations(entries).flatmap(
        lambda order: st.integers(0, len(order)).map(lambda number: tuple(order[:number]))
    )
    return [replace(feed, slug=feeds[0].slug, entries=draw(chosen)) for feed in feeds]


@pytest.mark.parametrize("ext", FORMATS)
@settings(max_examples=40)
@given(feeds=versions())
def test_feeds_of_fragments_have_the_bytes_of_whole_ones(ext: str, feeds: list[Feed]) -> None:
    fragments = Fragments()
    for feed in feeds:
        assert FORMATS[ext].render(feed, fragments) == FORMATS[ext].render(feed)


@settings(max_examples=40)
@given(feeds=versions(), live=st.booleans())
def test_pages_of_fragments_have_the_bytes_of_whole_ones(feeds: list[Feed], live: bool) -> None:
    topics: defaultdict[Site, Fragments] = defaultdict(Fragments)
    fronts: defaultdict[Site, Fragments] = defaultdict(Fragments)
    for feed in feeds:
        context = PageContext(feed.site, (feeds[0], feed), "../", live, formats=["rss"])
        whole = topic_page(context, feed, feed.entries, Paging())
        assert (
            topic_page(context, feed, feed.entries, Paging(), fragments=topics[feed.site]) == whole
        )
        assert front_page(context, fronts[feed.site]) == front_page(context)
