"""The pages: an index of all topics and a page a topic, from templates; no script, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from aggregator.model import Feed, Site
from aggregator.publish.registry import FORMATS

_ENVIRONMENT = Environment(
    loader=PackageLoader("aggregator.publish"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _when(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M} UTC"


def _hue(name: str) -> int:
    """One of twelve colours for a name, always the same."""
    return sum(name.encode()) % 12


def _letter(name: str) -> str:
    """The letter that stands for a publisher instead of its icon: pages ask nobody else."""
    return next((character for character in name if character.isalnum()), "?").upper()


_ENVIRONMENT.filters["when"] = _when
_ENVIRONMENT.filters["hue"] = _hue
_ENVIRONMENT.filters["letter"] = _letter
_ENVIRONMENT.filters["rfc3339"] = lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def index_page(site: Site, feeds: Sequence[Feed], formats: Sequence[str]) -> bytes:
    """``index.html``: the topics, with their feeds and their first stories."""
    template = _ENVIRONMENT.get_template("index.html")
    return template.render(site=site, feeds=feeds, formats=[FORMATS[f] for f in formats]).encode()


def topic_page(feed: Feed, feeds: Sequence[Feed], formats: Sequence[str]) -> bytes:
    """``<slug>.html``: the stories of a topic in rank order, coverage under each lead."""
    template = _ENVIRONMENT.get_template("topic.html")
    chosen = [FORMATS[f] for f in formats]
    return template.render(site=feed.site, feed=feed, feeds=feeds, formats=chosen).encode()


def style_sheet() -> bytes:
    """``style.css``."""
    return resources.files("aggregator.publish").joinpath("templates/style.css").read_bytes()
