"""Coverage-guided fuzzing of what reads untrusted bytes (needs ``pip install atheris``).

    python benchmarks/fuzz.py TARGET [-max_total_time=1200] [CORPUS]

TARGET is a source type, ``opml``, ``markup``, ``dates`` or ``canonical``. Nothing but our own
errors may come out, what comes out must keep its promises, and each document is read in an amount
of CPU time that its length allows.
"""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["aggregator"]):
    from aggregator.errors import BadDocument, BadItem
    from aggregator.identify import canonical_url
    from aggregator.model import Document, Source, Text, TextKind
    from aggregator.read.cleaning import clean
    from aggregator.read.documents import read_document
    from aggregator.read.item_articles import articles_of
    from aggregator.read.kinds import KINDS
    from aggregator.read.kinds.dates import date_of
    from aggregator.read.markup import pictures_of
    from aggregator.read.opml_lists import read_opml

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECONDS = 0.5
SECONDS_PER_BYTE = 50e-6
_UNCLEAN = {"Cc", "Cs", "Zl", "Zp"}


def _timed(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """The target, held to time linear in the length of its input."""

    def timed(data: bytes) -> None:
        start = time.process_time()
        target(data)
        taken = time.process_time() - start
        assert taken < SECONDS + SECONDS_PER_BYTE * len(data), f"{taken:.2f} s for {len(data)}"

    return timed


def _assert_clean(text: str) -> None:
    assert not {unicodedata.category(c) for c in text} & _UNCLEAN, repr(text)
    text.encode("utf-8")


def _document(kind: str) -> Callable[[bytes], None]:
    source = Source("s", kind, "https://e.com/")

    def read(data: bytes) -> None:
        try:
            content = read_document(KINDS[kind], Document("d", data, url="https://e.com/feed"))
        except BadDocument:
            return
        for text in (content.title, content.hub, content.self_url, content.next_page):
            _assert_clean(text)
        for item in content.items:
            with suppress(BadItem):
                for article in articles_of(item, source, NOW):
                    assert article.title
                    for words in (article.title, article.excerpt, article.author, article.ref):
                        _assert_clean(words)
                    assert article.url.startswith(("http://", "https://")), article.url
                    assert article.url.isascii()
                    assert article.published <= NOW

    return read


def _canonical(data: bytes) -> None:
    url = data.decode("utf-8", "surrogateescape")
    for text in (url, f"https://{url}", f"https://e.com/{url}"):
        once = canonical_url(text)
        assert canonical_url(once) == once, (text, once, canonical_url(once))


def _opml(data: bytes) -> None:
    with suppress(BadDocument):
        for outline in read_opml(data):
            _assert_clean(outline.name)
            assert outline.url.isascii()


def _markup(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for kind in TextKind:
        _assert_clean(clean(Text(text, kind), 1_000))
    list(pictures_of(text))


def _dates(data: bytes) -> None:
    date_of(data.decode("utf-8", "replace"))


TARGETS = {
    **{kind: _document(kind) for kind in KINDS},
    "canonical": _canonical,
    "opml": _opml,
    "markup": _markup,
    "dates": _dates,
}


def main() -> None:
    """Fuzz one target until the time is up or something is found."""
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, _timed(TARGETS[name]))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
