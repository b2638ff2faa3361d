"""The structure that a reader relies on: one meaning per name, small modules and functions."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "aggregator"
MODULES = sorted(FOLDER.rglob("*.py"))
TREES = {path: ast.parse(path.read_text("utf-8")) for path in MODULES}

SAME_MEANING = {"options"}
"""Module names that several packages share, each for the same thing of its own."""
LONG_FUNCTIONS = {
    "_read_file",
    "of",
    "read_files",
}


def functions() -> list[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    return [
        (path, node, (node.end_lineno or node.lineno) - node.lineno + 1)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_two_modules_have_one_name_with_two_meanings() -> None:
    packages = defaultdict(list)
    for path in MODULES:
        if path.stem not in ("__init__", "__main__"):
            packages[path.stem].append(str(path.relative_to(FOLDER)))
    assert {
        name: paths
        for name, paths in packages.items()
        if len(paths) > 1 and name not in SAME_MEANING
    } == {}


def test_no_two_public_classes_have_one_name() -> None:
    modules = defaultdict(list)
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].append(str(path.relative_to(FOLDER)))
    assert {name: paths for name, paths in modules.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_module_has_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300


def test_functions_are_short() -> None:
    """Nine of ten have at most 25 lines, and all 40 but for those that are named above."""
    lengths = sorted(length for _, _, length in functions())
    assert lengths[len(lengths) * 9 // 10] <= 25
    assert {node.name for _, node, length in functions() if length > 40} <= LONG_FUNCTIONS
