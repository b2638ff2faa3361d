"""Speed of ``build`` against a bare script, as ratios in one run.

    python benchmarks/speed.py STORIES [--times 5]

STORIES holds the trees ``diablo4`` and ``power-apps``. A tree of five times their files, with URLs
changed, is made in a temporary folder. Measured: a bare script that reads and C-YAML-parses every
file; a cold ``build`` (at most 3 times that); an unchanged second one (at most 0.6 times); and
``aggregator --help`` against ``python -c pass`` (at most 12 times). The best of `--runs` counts.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BARE = """
import glob, sys, yaml
for path in glob.glob(sys.argv[1] + "/*.md"):
    with open(path, encoding="utf-8") as file:
        yaml.load(file.read().split("\\n---", 1)[0][4:], yaml.CSafeLoader)
"""


def main() -> None:
    """Make the tree, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", type=Path)
    parser.add_argument("--times", type=int, default=5, help="how often the trees are copied")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        count = make_tree(arguments.stories, root / "news", arguments.times)
        config = root / "aggregator.yaml"
        config.write_text(
            json.dumps(
                {
                    "store": "sqlite:///store.db",
                    "output": "feeds",
                    "sources": [{"name": "s", "type": "stories", "path": "news"}],
                    "ranking": {"window": "all"},
                }
            )
        )
        measure(root, config, count, arguments.runs)


def make_tree(stories: Path, folder: Path, times: int) -> int:
    """Copy the trees `times` times over, each copy with hosts of its own."""
    folder.mkdir()
    count = 0
    for path in sorted(
        [*stories.glob("diablo4/_news/*.md"), *stories.glob("power-apps/_news/*.md")]
    ):
        text = path.read_bytes()
        for number in range(times):
            copy = text.replace(b'Url: "https://', f'Url: "https://c{number}.'.encode())
            (folder / f"{path.stem}-{number}-{path.parts[-3]}.md").write_bytes(copy)
            count += 1
    return count


def measure(root: Path, config: Path, count: int, runs: int) -> None:
    """Time everything and print the ratios."""
    build = [
        sys.executable,
        "-m",
        "aggregator",
        "build",
        "-q",
        "-c",
        str(config),
        "--now",
        "2023-01-01T00:00:00Z",
    ]

    def clean() -> None:
        (root / "store.db").unlink(missing_ok=True)
        shutil.rmtree(root / "feeds", ignore_errors=True)

    bare = best(runs, [sys.executable, "-c", BARE, str(root / "news")])
    cold = best(runs, build, clean)
    warm = best(runs, build)
    nothing = best(runs, [sys.executable, "-c", "pass"])
    helped = best(runs, [sys.executable, "-m", "aggregator", "--help"])
    print(f"{count} files; bare script {bare:.2f} s")
    print(f"cold build      {cold:.2f} s = {cold / bare:.2f} times (at most 3)")
    print(f"unchanged build {warm:.2f} s = {warm / bare:.2f} times (at most 0.6)")
    print(
        f"--help {helped * 1000:.0f} ms = {helped / nothing:.1f} times python -c pass (at most 12)"
    )


def best(runs: int, command: list[str], before: Callable[[], None] = lambda: None) -> float:
    """The least wall time of a command, in seconds."""
    times = []
    for _ in range(runs):
        before()
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
