"""The templates of the pages, and what they can call."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from aggregator.errors import describe, surviving
from aggregator.model import Entry
from aggregator.model.times import rfc3339
from aggregator.publish.fragments import Fragments
from aggregator.publish.icons import icon_name
from aggregator.publish.page_context import PageContext, direction

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, context: PageContext, **values: object) -> bytes:
    """A page. Every template has the context as `page`, its `site`, `root` and `live`, and its
    wording as `w`. Where a template of the site fails, ours is used, and the error is logged."""
    values = _surroundings(context) | values
    own: list[str] = []
    if context.site.templates:
        with surviving(_log_error):
            own.append(environment(context.site.templates).get_template(template).render(values))
    page = own[0] if own else environment().get_template(template).render(values)
    return page.encode()


def macro(name: str, context: PageContext, *values: object) -> str:
    """What a macro of ``macros.html`` gives for the context and these values."""
    rows: list[str] = []
    if context.site.templates:
        with surviving(_log_error):
            rows.append(_macro(environment(context.site.templates), name)(context, *values))
    return rows[0] if rows else _macro(environment(), name)(context, *values)


def problems_of(folder: Path) -> list[str]:
    """What is wrong with the templates of a folder: file, line and reason of each error."""
    from jinja2 import TemplateSyntaxError

    problems = []
    for path in sorted(folder.glob("*.html")):
        try:
            environment(str(folder)).get_template(path.name)
        except TemplateSyntaxError as error:
            problems.append(f"{error.filename or path}, line {error.lineno}: {error.message}")
        except (OSError, UnicodeError) as error:
            problems.append(f"{path}: {error}")
    return problems


def templates_digest(folder: str) -> str:
    """A digest of the templates of a folder; empty without one."""
    digest = blake2b(digest_size=16)
    for path in sorted(Path(folder).glob("*.html")) if folder else ():
        with suppress(OSError):  # it cannot be used either
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest() if folder else ""


def _macro(environment: Environment, name: str) -> Callable[..., str]:
    called: Callable[..., str] = getattr(environment.get_template("macros.html").module, name)
    return called


def _log_error(error: Exception) -> None:
    _log_once(describe(error))


@lru_cache(maxsize=64)  # a macro fails in each row of each page
def _log_once(reason: str) -> None:
    logging.getLogger("aggregator").error(
        "a template of site.templates fails, so the page is as without it: %s", reason
    )


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


@lru_cache(maxsize=4)
def environment(folder: str = "") -> Environment:
    """The environment of all templates: what is put into a page is escaped. Those of a `folder`
    replace ours of the same name, which they can extend as ``default/<name>``; code in them cannot
    reach beyond what a page is made of (a sandbox)."""
    from jinja2 import (
        ChoiceLoader,
        Environment,
        FileSystemLoader,
        PackageLoader,
        PrefixLoader,
        StrictUndefined,
        select_autoescape,
    )
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    ours = PackageLoader("aggregator.publish")
    own = [FileSystemLoader(folder)] if folder else []
    environment = (ImmutableSandboxedEnvironment if folder else Environment)(
        loader=ChoiceLoader([*own, ours, PrefixLoader({"default": ours})]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "direction": direction,
        "icon_name": icon_name,
        "json_block": json_block,
        "letter": _letter,
        "rfc3339": rfc3339,
    }
    return environment


def json_block(value: object) -> Markup:
    """JSON for a data block in HTML (``<script type="application/ld+json">``): without a ``<``, so
    that no text can end the block."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - cannot end the block


def _letter(name: str) -> str:
    """The letter that stands for a publisher instead of its icon."""
    return next((character for character in name if character.isalnum()), "?").upper()
