"""The tolerant parser, feedparser, in a process of its own that can be ended.

It reads what no other parser does, in pure Python: a hostile document can keep it busy for
minutes. So it gets a child with a limit on time and memory, and gives its answer as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from aggregator.errors import BadDocument

SECONDS = 10
BYTES = 1_500_000_000
_MAX_DOCUMENT = 5_000_000


def parse_tolerantly(body: bytes, url: str) -> dict[str, Any]:
    """``version``, ``feed`` and ``entries`` as feedparser has them. Raises BadDocument."""
    if len(body) > _MAX_DOCUMENT:
        raise BadDocument("not well-formed, and too large for the tolerant parser")
    try:
        done = subprocess.run(  # noqa: S603 -- our own module, and an argument that it only reads
            [sys.executable, "-m", __name__, url],
            input=body,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise BadDocument(f"cannot be parsed within {SECONDS} s") from None
    except (subprocess.CalledProcessError, ValueError):
        raise BadDocument("cannot be parsed: the tolerant parser gave up") from None
    return found


def _main() -> None:
    """Read a document from standard input, write what is in it to standard output."""
    import resource

    import feedparser

    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    headers = {
        "content-type": "application/xml; charset=utf-8",
        "content-location": sys.argv[1],
    }
    found = feedparser.parse(sys.stdin.buffer.read(), response_headers=headers)
    kept = {name: found.get(name) for name in ("version", "feed", "entries")}
    sys.stdout.write(json.dumps(kept, default=str))


if __name__ == "__main__":
    _main()
