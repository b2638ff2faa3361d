"""The pages: an index of all topics and a page a topic, from templates; no script, no clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from aggregator.model import Feed, Site
from aggregator.publish.registry import FORMATS

# Languages of the Arabic, Hebrew, Syriac and Thaana scripts (their usual ones, by CLDR).
_RIGHT_TO_LEFT = frozenset(
    {"ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "syr", "ug", "ur", "yi"}
)
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
    """The letter that stands for a publisher instead of its icon."""
    return next((character for character in name if character.isalnum()), "?").upper()


def story_path(story_id: str) -> str:
    """Where a story's own page is, below the site's address: ``stories/<uuid>``."""
    return f"stories/{story_id.removeprefix('urn:uuid:')}"


def _direction(language: str) -> str:
    """How a page in this language is written."""
    primary = language.partition("-")[0].lower()
    return "rtl" if primary in _RIGHT_TO_LEFT else "ltr"


def _bars(days: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The bars of a sparkline, of at most 20 units: position and height."""
    most = max((number for number, _ in days), default=0)
    return [(x, max(1, round(20 * number / most))) for x, (number, _) in enumerate(days) if number]


def _told(days: Sequence[tuple[int, int]]) -> str:
    """What a sparkline shows, in words (its accessible name)."""
    articles, failures = sum(number for number, _ in days), sum(failed for _, failed in days)
    return f"{articles} articles and {failures} failures in {len(days)} days"


_ENVIRONMENT.filters["story_path"] = story_path
_ENVIRONMENT.filters["bars"] = _bars
_ENVIRONMENT.filters["told"] = _told
_ENVIRONMENT.filters["when"] = _when
_ENVIRONMENT.filters["hue"] = _hue
_ENVIRONMENT.filters["letter"] = _letter
_ENVIRONMENT.filters["direction"] = _direction
_ENVIRONMENT.filters["rfc3339"] = lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def page(template: str, root: str = "", *, live: bool = False, **values: object) -> bytes:
    """A page from its template. `root` leads from it to the first page; a `live` one is served by
    the program, with search, permanent links and news of changes, and not a file. Of these `hidden`
    (a value: names as in `http.disabled`) are left out."""
    made = _ENVIRONMENT.get_template(template)
    return made.render({"asked": "", "hidden": (), **values}, root=root, live=live).encode()


def index_page(
    site: Site,
    feeds: Sequence[Feed],
    formats: Sequence[str],
    root: str = "",
    *,
    live: bool = False,
    hidden: Collection[str] = (),
) -> bytes:
    """``index.html``: the topics, with their feeds and their first stories."""
    chosen = [FORMATS[f] for f in formats]
    return page(
        "index.html", root, live=live, site=site, feeds=feeds, formats=chosen, hidden=hidden
    )


def topic_page(
    feed: Feed,
    feeds: Sequence[Feed],
    formats: Sequence[str],
    root: str = "",
    *,
    live: bool = False,
    hidden: Collection[str] = (),
) -> bytes:
    """``<slug>.html``: the stories of a topic in rank order, coverage under each lead."""
    chosen = [FORMATS[f] for f in formats]
    return page(
        "topic.html",
        root,
        live=live,
        site=feed.site,
        feed=feed,
        feeds=feeds,
        formats=chosen,
        hidden=hidden,
    )
