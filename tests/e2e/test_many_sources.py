"""A daemon over 200 changing feeds: new articles soon appear in our feeds, which stay valid.

The same for ten minutes, with figures: ``python benchmarks/many_sources.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Config
from tests.daemons import client_of, daemon, get, wait_for
from tests.replayed import Watch, articles_of, served

REPLAY = Path(__file__).parents[3] / "shared/data/replay/diablo4-2022-06.jsonl.gz"
SOURCES = 200


@pytest.mark.skipif(not REPLAY.exists(), reason="the replayed histories are not there")
def test_every_change_of_200_feeds_appears(write_config: Config) -> None:
    articles = articles_of(REPLAY)
    with served(SOURCES) as feeds:
        old, new = articles[: len(articles) // 2], articles[len(articles) // 2 :][:30]
        for item in old:
            feeds.release(item)
        config = write_config(
            sources=[
                {"name": f"feed {n}", "type": "feed", "url": f"{feeds.url}/{n}", "every": "2s"}
                for n in range(SOURCES)
            ],
            ranking={"window": "all", "max_entries": None},
            merge={"window": "all"},
            fetch={"allow_networks": ["127.0.0.1/32"]},
        )
        with daemon(config) as (process, url), client_of() as http:
            wait_for(lambda: get(f"{url}/feeds/all.json").status_code == 200)
            wait_for(lambda: "aggregator_sources_failing 0" in get(f"{url}/metrics").text)
            watch = Watch(url, process.pid)

            def all_appeared() -> bool:
                watch.look(http)
                return not watch.waiting

            for item in new:
                feeds.release(item)
                watch.released(item)
                watch.look(http)
            wait_for(all_appeared)
            wait_for(lambda: feeds.requests[304] > feeds.requests[200])
            watch.look(http)
            watch.look(http)
    assert watch.wasted == 0
    assert watch.not_modified > 0
