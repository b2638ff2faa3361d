"""Bodies with declared, undeclared and wrong content codings."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from aggregator.errors import BadDocument, FetchError
from aggregator.model import Document
from aggregator.read.codings import Identity, decoder, gunzipped
from aggregator.read.documents import read_document
from aggregator.read.kinds import KINDS
from tests.conftest import rss

BODY = rss("Tide tables printed anew")


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_a_gzip_file_is_unpacked_without_a_header(layers: int) -> None:
    body = BODY
    for _ in range(layers):
        body = gzip.compress(body)
    content = read_document(KINDS["feed"], Document("d", body, "application/x-gzip"))
    assert [item.title.value for item in content.items] == ["Tide tables printed anew"]


def test_a_gzip_bomb_never_unfolds() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(FetchError, match="too large"):
            gunzipped(bomb, 1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000, "bytes at most"
    finally:
        tracemalloc.stop()
    with pytest.raises(BadDocument, match="too large"):
        read_document(KINDS["feed"], Document("d", bomb))


def test_a_gzip_file_that_was_cut_off_says_so() -> None:
    with pytest.raises(BadDocument, match="truncated"):
        read_document(KINDS["feed"], Document("d", gzip.compress(BODY)[:-9]))


@pytest.mark.parametrize("coding", ["utf-8", "none", "binary", "text/xml", "identity", "", " , "])
def test_a_content_encoding_that_is_none_changes_nothing(coding: str) -> None:
    assert isinstance(decoder(coding), Identity)


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "deflate, br"])
def test_a_coding_that_was_not_asked_for_is_refused(coding: str) -> None:
    with pytest.raises(FetchError, match="coding"):
        decoder(coding)
