"""The templates of the pages, and what they can call."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from aggregator.model import Entry
from aggregator.model.times import rfc3339
from aggregator.publish.fragments import Fragments
from aggregator.publish.page_context import PageContext

if TYPE_CHECKING:
    from jinja2 import Environment

# Languages of the Arabic, Hebrew, Syriac and Thaana scripts (their usual ones, by CLDR).
_RIGHT_TO_LEFT = frozenset(
    {"ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "syr", "ug", "ur", "yi"}
)
_SPARKLINE_HEIGHT = 20  # units of the SVG in `macros.html`


def render(template: str, context: PageContext, **values: object) -> bytes:
    """A page. Every template has the context as `page`, its `site`, `root` and `live`, and its
    wording as `w`."""
    return environment().get_template(template).render(_surroundings(context) | values).encode()


def macro(name: str, context: PageContext, *values: object) -> str:
    """What a macro of ``macros.html`` gives for the context and these values."""
    module = environment().get_template("macros.html").module
    called: Callable[..., str] = getattr(module, name)
    return called(context, *values)


def rows_of(
    context: PageContext, fragments: Fragments | None = None
) -> Callable[[str, Entry], Markup]:
    """A function for templates that gives the row of an entry by a macro of ``macros.html``; rows
    that are in `fragments` are not rendered again."""
    kept = fragments or Fragments()
    kept.begin()

    def row(name: str, entry: Entry) -> Markup:
        html = kept.row(name, entry, lambda item: macro(name, context, item))
        return Markup(html)  # noqa: S704 - the macro has escaped what is in it

    return row


def _surroundings(context: PageContext) -> dict[str, object]:
    return {
        "page": context,
        "site": context.site,
        "feeds": context.feeds,
        "root": context.root,
        "live": context.live,
        "hidden": context.hidden,
        "w": context.wording,
        "query": "",
        "current": "",
    }


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment of all templates: what is put into a page is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("aggregator.publish"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "bars": _bars,
        "direction": direction,
        "history_summary": _history_summary,
        "hue": _hue,
        "json_block": json_block,
        "letter": _letter,
        "rfc3339": rfc3339,
    }
    return environment


def direction(language: str) -> str:
    """The writing direction of a language: ``rtl`` or ``ltr``."""
    primary = language.partition("-")[0].lower()
    return "rtl" if primary in _RIGHT_TO_LEFT else "ltr"


def json_block(value: object) -> Markup:
    """JSON for a data block in HTML (``<script type="application/ld+json">``): without a ``<``, so
    that no text can end the block."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - cannot end the block


def _hue(name: str) -> int:
    """The number of one of twelve colours (``.hue0`` to ``.hue11``), always the same for a name."""
    return sum(name.encode()) % 12


def _letter(name: str) -> str:
    """The letter that stands for a publisher instead of its icon."""
    return next((character for character in name if character.isalnum()), "?").upper()


def _bars(days: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The bars of a sparkline of (articles, failures) per day: position and height."""
    most = max((number for number, _ in days), default=0)
    return [
        (x, max(1, round(_SPARKLINE_HEIGHT * number / most)))
        for x, (number, _) in enumerate(days)
        if number
    ]


def _history_summary(days: Sequence[tuple[int, int]]) -> str:
    """The content of a sparkline in words, as its accessible name."""
    articles, failures = sum(number for number, _ in days), sum(failed for _, failed in days)
    return f"{articles} articles and {failures} failures in {len(days)} days"
