"""`keep` in the configuration: its default, and what is too short."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import load_settings
from aggregator.errors import ConfigError

Config = Callable[..., Path]
SLUG = {"slug": "a", "name": "A"}


@pytest.fixture(autouse=True)
def news(tmp_path: Path) -> None:
    """The folder that the configuration names."""
    (tmp_path / "news").mkdir()


@pytest.mark.parametrize(
    ("sections", "days"),
    [
        ({"ranking": {}}, 90),
        ({"ranking": {"window": "61d"}}, 91),
        ({"ranking": {"window": "all"}}, None),
        ({"ranking": {}, "topics": [{**SLUG, "ranking": {"window": "all"}}]}, None),
        ({"ranking": {}, "topics": [{**SLUG, "ranking": {"window": "70d"}}]}, 100),
        ({"ranking": {}, "keep": "44d"}, 44),
        ({"ranking": {}, "keep": "all"}, None),
        ({"ranking": {"window": "all"}, "keep": "all"}, None),
        ({"ranking": {"window": "1d"}, "keep": "31d", "topics": [{**SLUG, "digest": "daily"}]}, 31),
        ({"ranking": {}, "keep": "63d", "topics": [{**SLUG, "digest": "weekly"}]}, 63),
    ],
)
def test_what_keep_is(write_config: Config, sections: dict[str, Any], days: int | None) -> None:
    keep = load_settings(write_config(**sections)).keep
    assert keep == (None if days is None else timedelta(days=days))


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        ({"ranking": {}, "keep": "43d"}, "must be at least 44d: the longest `window`"),
        ({"ranking": {"window": "12h"}, "keep": "30d"}, "must be at least 30.5d"),
        ({"ranking": {"window": "all"}, "keep": "999d"}, "must be `all` or left out"),
        ({"ranking": {}, "topics": [{**SLUG, "digest": "weekly"}], "keep": "62d"}, "at least 63d"),
        ({"ranking": {}, "keep": "soon"}, "must be a duration"),
    ],
)
def test_what_is_too_short(write_config: Config, sections: dict[str, Any], reason: str) -> None:
    path = write_config(**sections)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if '"keep"' in text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    (mistake,) = caught.value.mistakes
    assert mistake.startswith(f"{path}:{line}: keep: ")
    assert reason in mistake
