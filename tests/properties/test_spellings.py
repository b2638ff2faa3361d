"""The values that are read are those that were written, in every spelling of a feed."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Document, Item
from aggregator.model.languages import language_tag
from aggregator.read.addresses import http_url
from aggregator.read.cleaning import clean
from aggregator.read.kinds import KINDS
from tests.spellings import Spelled, spelled


def read_back(document: Spelled) -> list[tuple[object, ...]]:
    """The values of each entry as they are read."""
    parsed = KINDS["feed"].parse(Document("d", document.body, document.content_type, document.url))
    return [_values(item) for item in parsed.items]


def _values(item: Item) -> tuple[object, ...]:
    file = item.enclosure
    return (
        http_url(item.ref) or item.ref,
        item.url,
        clean(item.title, 500),
        clean(item.summary, 1_000),
        item.published,
        clean(item.author),
        tuple(clean(topic) for topic in item.topics),
        (file.url, file.media_type, file.length) if file else None,
        item.image.url if item.image else "",
        language_tag(item.lang),
    )


def written(document: Spelled) -> list[tuple[object, ...]]:
    """The same values as they were written."""
    return [
        (
            entry.ref or http_url(entry.link),
            http_url(entry.link),
            entry.title,
            entry.summary,
            entry.date,
            entry.author,
            entry.topics,
            entry.enclosure,
            entry.image,
            entry.language,
        )
        for entry in document.entries
    ]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_every_spelling_gives_the_same_values(seed: int) -> None:
    document = spelled(random.Random(seed))
    assert read_back(document) == written(document), document.body.decode("utf-8", "replace")
