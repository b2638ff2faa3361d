"""Our reading of feeds beside feedparser's: the whole differential gate, as a table.

    python benchmarks/feedparser_suite.py [--real FOLDER] [--suite TESTS] [--generated 2000] [-v]

FOLDER holds feeds as sites serve them, TESTS is the folder ``tests`` of feedparser's repository.
Each field of each entry that feedparser finds is compared. A difference has a reason in
``tests/oracle.py`` or is a fault, and the exit code is 1. Generated documents are written from
known values: there, the fault is ours unless we read back what was written.
"""

from __future__ import annotations

import argparse
import random
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.oracle import FIELDS, Comparison, compare
from tests.properties.test_spellings import read_back, written
from tests.spellings import spelled

_PARTS = ("wellformed", "illformed", "encoding", "entities")
_NOT_FEEDS = (".py", ".md", ".txt")
_WRITTEN = "feedparser reads another value than the one that was written"


@dataclass
class Table:
    """The rows of one set of documents."""

    title: str
    documents: int = 0
    faulty: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    differences: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, comparison: Comparison, *, explained: str = "", verbose: bool) -> None:
        """Count a document; `explained` is the reason of all differences that have none."""
        self.documents += 1
        self.fields.update(comparison.fields)
        self.differences.update(d.field for d in comparison.differences)
        self.reasons.update(d.reason or explained or "NONE" for d in comparison.differences)
        if comparison.faults and not explained:
            self.faulty += 1
            self.faults.update(d.field for d in comparison.faults)
            for d in comparison.faults if verbose else ():
                print(f"{name} {d.field}: {d.theirs!r:.100} / {d.ours!r:.100}")

    def show(self) -> None:
        """Print the table."""
        print(
            f"\n{self.title}: {self.documents} documents, {sum(self.fields.values())} fields,"
            f" {sum(self.differences.values())} differences, {sum(self.faults.values())} of them"
            f" without a reason, in {self.faulty} documents"
        )
        print(f"  {'field':12} {'compared':>9} {'differ':>7} {'faults':>7}")
        for name in FIELDS:
            if self.fields[name]:
                print(
                    f"  {name:12} {self.fields[name]:9} {self.differences[name]:7}"
                    f" {self.faults[name]:7}"
                )
        for reason, count in self.reasons.most_common():
            print(f"  {count:6}  {reason}")


def main() -> int:
    """Compare and print. Returns the number of faulty documents, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--suite", type=Path)
    parser.add_argument("--generated", type=int, default=2_000)
    parser.add_argument("-v", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    tables = []
    if arguments.real:
        tables.append(_documents("real feeds", arguments.real, arguments.v))
    for part in _PARTS if arguments.suite else ():
        tables.append(_documents(f"feedparser: {part}", arguments.suite / part, arguments.v))
    tables.append(_generated(arguments.generated, arguments.v))
    for table in tables:
        table.show()
    return int(any(table.faulty for table in tables))


def _documents(title: str, folder: Path, verbose: bool) -> Table:
    table = Table(title)
    for path in _feeds(folder):
        name = str(path.relative_to(folder))
        table.add(name, compare(path.read_bytes(), name), verbose=verbose)
    return table


def _feeds(folder: Path) -> Iterator[Path]:
    return (
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in _NOT_FEEDS
    )


def _generated(number: int, verbose: bool) -> Table:
    table = Table(f"generated from known values (seeds 0 to {number - 1})")
    for seed in range(number):
        document = spelled(random.Random(seed))
        right = read_back(document) == written(document)
        comparison = compare(document.body, f"seed {seed}", document.url)
        table.add(f"seed {seed}", comparison, explained=_WRITTEN if right else "", verbose=verbose)
        if not right:
            table.faulty += not comparison.faults
            print(f"seed {seed}: what is read is not what was written")
    return table


if __name__ == "__main__":
    sys.exit(main())
