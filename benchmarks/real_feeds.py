"""What we read from real feed documents, served on loopback.

    python benchmarks/real_feeds.py FEEDS

FEEDS holds ``index.jsonl`` and ``real/``. Prints a row per document: the number of entries
in the index and as we read them, dates that the feed gave, and the first title; or why it is
refused.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aggregator.model import Source
from aggregator.read import ReadOptions, read_sources


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        return


def main() -> None:
    """Serve, read, print."""
    folder = Path(sys.argv[1]).resolve()
    index = {}
    for line in (folder / "index.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        index[row["file"]] = row
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder / "real")))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{http.server_port}"
    sources = [Source(name, "feed", f"{url}/{name}") for name in index]
    options = ReadOptions(allow_networks=("127.0.0.1/32",))
    readings = list(read_sources(sources, {}, lambda _: {}, options, datetime.now(UTC)))
    http.shutdown()
    refused = 0
    print(f"{'document':50} {'index':>5} {'read':>5} {'dated':>5}  first title, or why not")
    for reading in sorted(readings, key=lambda reading: reading.source.name):
        row = index[reading.source.name]
        refused += bool(reading.state.error)
        dated = sum(article.dated for article in reading.articles)
        first = reading.articles[0].title if reading.articles else ""
        note = f"REFUSED: {reading.state.error}" if reading.state.error else first
        if reading.problems and not reading.state.error:
            note += f"  [{len(reading.problems)} bad: {reading.problems[0].reason}]"
        mark = " " if len(reading.articles) == row["distinct_links"] else "*"
        counts = f"{row['entries']:5} {len(reading.articles):5}{mark}{dated:5}"
        print(f"{row['file'][:50]:50} {counts}  {note[:90]}")
    print(f"{len(readings)} documents, {len(readings) - refused} read, {refused} refused")


if __name__ == "__main__":
    main()
