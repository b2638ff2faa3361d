"""No regular expression of the program has a repetition within a repetition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import aggregator

FOLDER = Path(aggregator.__file__).parent
MODULES = [
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts)
    for path in sorted(FOLDER.rglob("*.py"))
    if "re." in path.read_text("utf-8") and path.name != "__main__.py"
]
# The inner repetition begins with a character that neither it nor what follows can match besides,
# or what is repeated has one length: there is one way to match.
ONE_WAY = {
    "identify.hosts._HOST": "a dot before each label, and no label holds one",
    "identify.canonical._PLAIN": "a dot before each label, a slash before each segment",
    "read.addresses._PLAIN_URL": "a dot before each label",
    "merge.similarity.words._TOKEN": "a sign before each group of digits, else an apostrophe",
    "merge.similarity.words._NUMBER": "a sign before each group of digits",
}


def expressions() -> Iterator[tuple[str, Any]]:
    """Each expression of a module by its name; those in functions by their pattern."""
    for module in MODULES:
        for name, value in vars(import_module(module)).items():
            if isinstance(value, re.Pattern):
                yield f"{module.removeprefix('aggregator.')}.{name}", value.pattern


EXPRESSIONS = dict(expressions())


def unbounded_within(items: Any, *, inside: bool = False) -> list[str]:
    """What is wrong in a parsed expression."""
    faults: list[str] = []
    for operator, argument in items:
        if operator in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            _, most, inner = argument
            unbounded = most is op.MAXREPEAT
            if unbounded and inside:
                faults.append("a repetition in a repetition")
            if unbounded and inner[0][0] is op.ANY:
                faults.append("any character without a bound")
            faults += unbounded_within(inner, inside=inside or unbounded)
        elif operator is op.SUBPATTERN:
            faults += unbounded_within(argument[-1], inside=inside)
        elif operator is op.BRANCH:
            for branch in argument[1]:
                faults += unbounded_within(branch, inside=inside)
        elif operator in (op.ASSERT, op.ASSERT_NOT):
            faults += unbounded_within(argument[1], inside=inside)
    return faults


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_no_repetition_holds_another(name: str) -> None:
    faults = unbounded_within(parser.parse(EXPRESSIONS[name]))
    assert bool(faults) == (name in ONE_WAY), faults


def test_every_regular_expression_is_checked() -> None:
    assert len(EXPRESSIONS) > 60
    assert ONE_WAY.keys() <= EXPRESSIONS.keys()
    assert unbounded_within(parser.parse("(?:<!--.*?-->|a+)*x"))
    inline = {
        match
        for path in FOLDER.rglob("*.py")
        for match in re.findall(
            r"\bre\.(?:match|fullmatch|search|split|sub|findall|finditer)\((\S+)",
            path.read_text("utf-8"),
        )
    }
    assert len(inline) <= 8, "name an expression at the top of its module, so that it is checked"
