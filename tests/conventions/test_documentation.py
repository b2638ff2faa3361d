"""Every key, type, format, command, module and dependency is documented."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from aggregator.config import sections
from aggregator.config.sections import ConfigFile
from aggregator.publish import FORMATS
from aggregator.read import KINDS
from tests.conftest import program

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/configuration.md").read_text("utf-8")
GUIDE = (ROOT / "docs/guide.md").read_text("utf-8")
# The sections of the schema are described key by key in the reference.
UNDOCUMENTED = {name for name in vars(sections) if name.endswith("Section")}
MODULES = sorted((ROOT / "aggregator").rglob("*.py"))


def keys(model: object = ConfigFile) -> set[str]:
    """Every key of the configuration, at any depth."""
    names = set()
    for name, field in model.model_fields.items():  # type: ignore[attr-defined]
        names.add(field.alias or name)
        for inner in _models(field.annotation):
            names |= keys(inner)
    return names


def _models(annotation: object) -> list[object]:
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [m for inner in getattr(annotation, "__args__", ()) for m in _models(inner)]


@pytest.mark.parametrize("key", sorted(keys()))
def test_every_key_is_in_the_reference(key: str) -> None:
    assert f"`{key}`" in REFERENCE


@pytest.mark.parametrize("name", [*KINDS, *FORMATS])
def test_every_type_and_format_is_in_the_reference(name: str) -> None:
    assert f"`{name}`" in REFERENCE


def commands() -> list[str]:
    printed = program("--help").stdout.partition("Commands:")[2]
    return re.findall(r"^  (\w+)", printed, re.MULTILINE)


def test_every_command_is_in_the_guide() -> None:
    names = commands()
    assert len(names) >= 10
    for name in names:
        assert f"aggregator {name}" in GUIDE, name
        assert program(name, "--help").stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_short_and_documented(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    assert len(path.read_text("utf-8").splitlines()) <= 330
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            public = not node.name.startswith("_") and node.name not in UNDOCUMENTED
            assert not public or ast.get_docstring(node), f"{node.name} says nothing of itself"


def test_no_file_holds_the_address_of_a_registry() -> None:
    for name in ("pyproject.toml", "constraints.txt", "Makefile", ".ci/run"):
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"https?://\S+(whl|simple|tar\.gz)|index-url", text), name


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text("utf-8")
    listed = re.search(
        r"^dependencies = \[(.*?)^\]",
        (ROOT / "pyproject.toml").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    assert listed
    for name in re.findall(r'"([a-z0-9-]+)', listed[1]):
        assert f"`{name}`" in reasons, name
