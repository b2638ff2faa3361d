"""Files that go out as they are."""

from __future__ import annotations

from importlib import resources

STYLES = ("style.css", "feed.css")


def asset(name: str) -> bytes:
    """The bytes of ``style.css`` (pages), ``feed.css`` (feeds in a browser) or ``live.js``."""
    return resources.files("aggregator.publish").joinpath(f"templates/{name}").read_bytes()
