"""Our reading of feedparser's own test documents beside feedparser's.

    python benchmarks/feedparser_suite.py TESTS [-v]

TESTS is the folder ``tests`` of feedparser's source distribution. Of every well-formed and
ill-formed document with entries, each field of each entry is compared as plain words. Differences
that we want are named in ``WANTED`` and count as agreement; all others are listed with ``-v``.
"""

from __future__ import annotations

import sys
from calendar import timegm
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser

from aggregator.errors import BadDocument
from aggregator.model import Document, Item
from aggregator.read.clean import http_url, plain_text, text_of_html
from aggregator.read.kinds import KINDS

URL = "http://127.0.0.1:8097/feed.xml"
FIELDS = ("title", "link", "id", "date", "text", "author")
WANTED = {  # documents in which we mean to differ: the beginning of their names, and why
    "atom10/entry_id_": "ids are compared character by character (RFC 4287, 4.2.6.1): as written",
    "base/http_entry_id_": "the same: a relative id is not resolved",
    "lang/http_content_language_entry_title_inherit_2": "the same",
    "node_precedence/atom10_id": "the same; and the first link of an entry is its link",
    "atom10/entry_authors_": "the first of several authors, not the last",
    "rss/item_description_and_summary": "the shorter summary is the summary",
    "sanitize/": "the words of scripts are dropped with their tags",
    "rss_incomplete_cdata": "the half of an entry at which a document was cut off is not kept",
}


def main() -> None:
    """Compare and print the table."""
    folder = Path(sys.argv[1])
    verbose = "-v" in sys.argv
    for part in ("wellformed", "illformed"):
        agree: Counter[str] = Counter()
        count: Counter[str] = Counter()
        documents = same_documents = wanted = 0
        for path in sorted((folder / part).rglob("*.xml")):
            rows = list(compared(path.read_bytes()))
            if not rows:
                continue
            documents += 1
            bad = [row for row in rows if not row[3]]
            name = str(path.relative_to(folder / part))
            if bad and any(name.startswith(start) for start in WANTED):
                wanted += 1
                bad = []
                rows = [(field, theirs, ours, True) for field, theirs, ours, _ in rows]
            same_documents += not bad
            for field, _, _, same in rows:
                count[field] += 1
                agree[field] += same
            if verbose:
                for field, theirs, ours, _ in bad:
                    print(f"{path.relative_to(folder)} {field}: {theirs!r:.90} / {ours!r:.90}")
        total, good = sum(count.values()), sum(agree.values())
        print(f"{part}: {same_documents} of {documents} documents with entries agree in all fields"
              f" = {100 * same_documents / max(documents, 1):.1f} %; {good} of {total} fields"
              f" = {100 * good / max(total, 1):.1f} %")  # fmt: skip
        print(f"  {wanted} of them differ on purpose; the reasons are in WANTED")
        for field in FIELDS:
            print(f"  {field:8} {agree[field]:5} of {count[field]:5}")


def compared(body: bytes) -> Iterator[tuple[str, Any, Any, bool]]:
    """(field, theirs, ours, same) of each field that feedparser found."""
    found = feedparser.parse(
        body, response_headers={"content-type": "application/xml", "content-location": URL}
    )
    if not found.entries:
        return
    try:
        items = KINDS["feed"].parse(Document("d", body, "application/xml", URL)).items
    except BadDocument as error:
        yield "title", "read", f"refused: {error.reason}", False
        return
    if len(items) != len(found.entries):
        yield "title", len(found.entries), len(items), False
        return
    for entry, item in zip(found.entries, items, strict=True):
        for field, theirs in expected(entry).items():
            ours = given(item)[field]
            if theirs:
                yield field, theirs, ours, same(theirs, ours)


def expected(entry: Any) -> dict[str, Any]:
    """What feedparser reads, in our terms."""
    title = entry.get("title", "")
    plain = entry.get("title_detail", {}).get("type") == "text/plain"
    content = [c.get("value", "") for c in entry.get("content", [])]
    date = next((entry[n] for n in ("published_parsed", "updated_parsed") if entry.get(n)), None)
    return {
        "title": plain_text(title, 500) if plain else text_of_html(title, 500),
        "link": http_url(joined(entry.get("link", ""))) if entry.get("link") else "",
        "id": entry.get("id", ""),
        "date": datetime.fromtimestamp(timegm(date), UTC) if date else None,
        "text": text_of_html(entry.get("summary", "") or next(iter(content), ""), 300),
        "author": plain_text(entry.get("author", ""), 200),
    }


def joined(link: str) -> str:
    """The link, absolute; nothing where it is no link."""
    try:
        return urljoin(URL, link)
    except ValueError:
        return ""


def given(item: Item) -> dict[str, Any]:
    """What we read."""
    return {
        "title": plain_text(item.title, 500),
        "link": item.url if item.linked else "",
        "id": item.ref,
        "date": item.published,
        "text": text_of_html(item.summary, 300),
        "author": plain_text(item.author, 200),
    }


def same(theirs: Any, ours: Any) -> bool:
    """Equal, dates to the second and texts but for white space."""
    if isinstance(theirs, datetime):
        return ours is not None and abs(theirs - ours) < timedelta(seconds=1)
    return "".join(str(theirs).split()) == "".join(str(ours).split())


if __name__ == "__main__":
    main()
