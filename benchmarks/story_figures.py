"""How well declared evidence is merged, on a tree of real story files.

    python benchmarks/story_figures.py TREE [--now TIME]

TREE holds ``_news/*.md``. The files are built by the program into a temporary folder and its
stories compared with what the files themselves say; the files are read here by plain PyYAML, so
that the program's own reader is not its own judge.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import yaml

Fields = dict[str, Any]


def main() -> None:
    """Print the figures of one tree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--now", default="2023-01-01T00:00:00Z")
    arguments = parser.parse_args()
    tree = arguments.tree.resolve()
    files = {path.name: front_matter(path) for path in sorted(tree.glob("_news/*.md"))}
    stories = built(tree, arguments.now)
    report(files, stories)


def front_matter(path: Path) -> Fields:
    """The fields of a story file."""
    text = path.read_text("utf-8-sig").replace("\r\n", "\n")
    fields: Fields = yaml.load(text.split("\n---", 1)[0].removeprefix("---\n"), yaml.CSafeLoader)
    return fields


def built(tree: Path, now: str) -> list[Fields]:
    """The stories as ``aggregator stories --json`` gives them after a build."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "aggregator.yaml"
        config.write_text(
            json.dumps(
                {
                    "store": "sqlite:///store.db",
                    "output": "feeds",
                    "sources": [{"name": "s", "type": "stories", "path": str(tree / "_news")}],
                    "topic_files": [str(tree / "_data/topics/*.yaml")],
                    "ranking": {"window": "all", "max_entries": None},
                }
            )
        )
        program = [sys.executable, "-m", "aggregator"]
        common = ["-c", str(config), "--now", now]
        subprocess.run([*program, "build", *common, "-q"], check=True)
        printed = subprocess.run(
            [*program, "stories", *common, "--json"], check=True, capture_output=True
        ).stdout
        return [json.loads(line) for line in printed.splitlines()]


def address(fields: Fields) -> str:
    """The address that the program publishes for a file or a related entry."""
    return str(fields.get("webUrl") or fields.get("originalUrl") or "")


def report(files: dict[str, Fields], stories: list[Fields]) -> None:
    """Print each figure with its differences."""
    leads = {story["url"]: story for story in stories}
    shown = {article["url"] for story in stories for article in story["articles"]}
    published = [f for f in files.values() if f.get("published") is True]
    related = {True: [], False: []}  # type: dict[bool, list[Fields]]
    for fields in files.values():
        if fields.get("published") is False:
            related[bool(fields.get("related"))].append(fields)
    superseded, withheld = related[True], related[False]
    print(f"files {len(files)}, stories {len(stories)}, articles shown {len(shown)}")
    sizes = sorted((len(story["articles"]) for story in stories), reverse=True)
    print(f"largest stories: {sizes[:10]} (at most 60 asked)")
    wrong = [f for f in superseded if address(f) in leads and has_better(f, needs_address=True)]
    no_address = [
        f for f in superseded if address(f) in leads and has_better(f, needs_address=False)
    ]
    print(f"superseded files {len(superseded)}: leading in spite of a better one: {len(wrong)}")
    print(f"  (counting better ones that have no address to link to: {len(no_address)})")
    for fields in wrong:
        print("   ", fields["title"])
    print(f"withheld files {len(withheld)}: shown: {sum(address(f) in shown for f in withheld)}")
    leading = [fields for fields in published if address(fields) in leads]
    print(f"published files {len(published)}: leading {len(leading)} = {part(leading, published)}")
    for fields in published:
        if address(fields) not in leads:
            print("    not leading:", fields["title"])
    heats(published, leads)
    top_tens(published, leads)


def top_tens(published: list[Fields], leads: dict[str, Fields]) -> None:
    """On each day with five or more published stories: is our first ten by heat the source's?

    A place counts as equal when the story there is one that the source has there or has with the
    same heat as the one that it has there (ties).
    """
    days: defaultdict[str, list[Fields]] = defaultdict(list)
    for fields in published:
        days[str(fields["publishedDateTime"])[:10]].append(fields)
    places = equal = used = 0
    for day_files in days.values():
        leading = [fields for fields in day_files if address(fields) in leads]
        if len(day_files) < 5:
            continue
        used += 1
        theirs = sorted(day_files, key=lambda f: -f["heat"])[:10]
        ours = sorted(leading, key=lambda f: (-leads[address(f)]["heat"], -f["heat"]))[:10]
        places += len(theirs)
        equal += sum(a["heat"] == b["heat"] for a, b in zip(theirs, ours, strict=False))
    print(
        f"days with five or more published stories {used}: places of the first ten by heat equal"
        f" {equal} of {places} = {100 * equal / max(places, 1):.1f} %"
    )


def has_better(fields: Fields, *, needs_address: bool) -> bool:
    """Whether a declared related entry has a strictly higher quality."""
    return any(
        related.get("quality", 0) > fields["quality"] and (address(related) or not needs_address)
        for related in fields["related"]
    )


def heats(published: list[Fields], leads: dict[str, Fields]) -> None:
    """Compare the heat of stories whose coverage is just what their file declares."""
    compared, differing = 0, []
    why: Counter[str] = Counter()
    for fields in published:
        story = leads.get(address(fields))
        if story is None:
            continue
        declared = {address(related) for related in fields.get("related") or []}
        coverage = {article["url"] for article in story["articles"][1:]}
        if declared != coverage:
            why["more coverage" if coverage > declared else "less or other coverage"] += 1
            continue
        compared += 1
        if story["heat"] != fields["heat"]:
            differing.append((fields, story))
    same = compared - len(differing)
    print(
        f"coverage as declared {compared} (otherwise: {dict(why)}), heat equal {same}"
        f" = {100 * same / max(compared, 1):.1f} %"
    )
    for fields, story in differing:
        print(
            f"    file {fields['heat']}, ours {story['heat']}: quality {fields['quality']},"
            f" {len(fields.get('related') or [])} related: {fields['title']}"
        )


def part(subset: list[Fields], of: list[Fields]) -> str:
    """A share in per cent."""
    return f"{100 * len(subset) / max(len(of), 1):.1f} %"


if __name__ == "__main__":
    main()
