"""Coverage-guided fuzzing of what reads untrusted bytes (needs ``pip install atheris``).

    python benchmarks/fuzz.py feed|stories|canonical [-max_total_time=1200] [CORPUS]

Nothing but our own errors may come out, and what comes out must keep its promises. The tolerant
parser runs in this process here, so that its coverage counts too.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import atheris

with atheris.instrument_imports(include=["aggregator", "feedparser"]):
    import feedparser

    from aggregator.errors import BadDocument, BadItem
    from aggregator.identify import canonical_url
    from aggregator.model import Document, Source
    from aggregator.read.clean import articles_of
    from aggregator.read.kinds import KINDS
    from aggregator.read.kinds import feed as feed_kind

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _in_process(body: bytes, url: str) -> dict[str, Any]:
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        found = feedparser.parse(BytesIO(body), response_headers=headers)
    except Exception as error:
        raise BadDocument("the tolerant parser gave up") from error
    kept = {name: found.get(name) for name in ("version", "feed", "entries")}
    made: dict[str, Any] = json.loads(json.dumps(kept, default=str))
    return made


def _document(kind: str) -> Any:
    source = Source("s", kind, "https://e.com/")

    def one(data: bytes) -> None:
        try:
            items = KINDS[kind].parse(Document("d", data, url="https://e.com/feed")).items
        except BadDocument:
            return
        for item in items:
            try:
                for article in articles_of(item, source, NOW):
                    odd = {unicodedata.category(c) for c in article.title} & {
                        "Cc",
                        "Cs",
                        "Zl",
                        "Zp",
                    }
                    assert not odd, repr(article.title)
                    assert article.title
                    assert article.url.startswith(("http://", "https://")), article.url
                    assert article.published <= NOW
            except BadItem:
                continue

    return one


def _canonical(data: bytes) -> None:
    url = data.decode("utf-8", "surrogateescape")
    for text in (url, f"https://{url}", f"https://e.com/{url}"):
        once = canonical_url(text)
        assert canonical_url(once) == once, (text, once, canonical_url(once))


TARGETS = {"feed": _document("feed"), "stories": _document("stories"), "canonical": _canonical}


def main() -> None:
    """Fuzz one target until the time is up or something is found."""
    name = sys.argv.pop(1)
    vars(feed_kind)["parse_tolerantly"] = _in_process
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
