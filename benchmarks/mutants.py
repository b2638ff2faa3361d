"""Which changes of behaviour the tests notice, made one at a time in a copy of the project.

    python benchmarks/mutants.py [--only WORD] [--jobs N] [--list]

Each change ("mutant") is an entry of ``mutations/*.toml``: the `file`, a fragment of it (`old`) and
what stands there instead (`new`), the `rule` that is broken by it, and the `tests` that should fail
(arguments of pytest). A mutant is killed when these tests fail or do not end, and survives when
they pass. A fragment that does not occur exactly once is an error, as is a test that fails without
any change. The exit code is 0 where every mutant is killed, 1 where one survives, 2 for an error.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parents[1]
MUTATIONS = Path(__file__).parent / "mutations"
LONGEST = 240.0  # seconds that the tests of one mutant may take
NO_POSTGRES = "postgresql+psycopg://127.0.0.1:1/none"
"""A server that does not exist: its tests are skipped, since SQLite follows the same rules."""
_FIRST_TIME = 1_700_000_000  # modification times that are set, in seconds since 1970
_LEFT_OUT = (
    ".git",
    ".venv",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    "feeds",
    "var",
    "*.egg-info",
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of behaviour: `old` becomes `new` in `file`. `where` names the file that says so."""

    where: str
    file: str
    rule: str
    old: str
    new: str
    tests: str

    def text(self) -> str:
        """The changed file. Raises ValueError where `old` does not occur exactly once."""
        text = (ROOT / self.file).read_text("utf-8")
        if (number := text.count(self.old)) != 1:
            raise ValueError(f"{self.where}: {self.rule}: {self.old!r} occurs {number} times")
        changed = text.replace(self.old, self.new)
        compile(changed, self.file, "exec")
        return changed


def mutants(only: str) -> list[Mutant]:
    """The mutants whose file, rule or place has the word `only` in it."""
    selected = []
    for path in sorted(MUTATIONS.glob("*.toml")):
        for entry in tomllib.loads(path.read_text("utf-8"))["mutant"]:
            mutant = Mutant(path.name, **entry)
            if only.casefold() in f"{path.name} {mutant.file} {mutant.rule}".casefold():
                selected.append(mutant)
    return selected


class Copies:
    """Copies of the project in a temporary folder, one for each job."""

    def __init__(self, folder: Path, number: int) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        self._time = _FIRST_TIME
        for job in range(number):
            copy = folder / f"copy{job}"
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
            self._free.put(copy)

    def fails(self, tests: str, mutant: Mutant | None = None) -> bool:
        """Whether the tests fail, or do not end, in a copy with this change (None: without)."""
        copy = self._free.get()
        try:
            if mutant is not None:
                self._write(copy / mutant.file, mutant.text())
            return not _pass(copy, tests)
        finally:
            if mutant is not None:
                self._write(copy / mutant.file, (ROOT / mutant.file).read_text("utf-8"))
            self._free.put(copy)

    def _write(self, path: Path, text: str) -> None:
        """Each time with another modification time, by which Python knows what it compiled."""
        self._time += 1
        path.write_text(text, "utf-8")
        os.utime(path, (self._time, self._time))


def _pass(copy: Path, tests: str) -> bool:
    environment = os.environ | {"PYTHONPATH": str(copy), "AGGREGATOR_TEST_POSTGRES": NO_POSTGRES}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        *shlex.split(tests),
    ]
    process = subprocess.Popen(
        command,
        cwd=copy,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        code = process.wait(LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    if code not in (0, 1, 2):  # 2: a module that cannot be imported, which is a change as well
        raise ValueError(f"pytest {tests}: exit code {code}")
    return code == 0


def judged(chosen: list[Mutant], jobs: int) -> Iterator[tuple[Mutant, bool, float]]:
    """Each mutant, whether it was killed, and how long that took in seconds. Raises ValueError."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies = Copies(Path(folder), jobs)
        selections = sorted({mutant.tests for mutant in chosen})
        for tests, fails in zip(selections, pool.map(copies.fails, selections), strict=True):
            if fails:
                raise ValueError(f"these tests fail without any change: {tests}")

        def judge(mutant: Mutant) -> tuple[Mutant, bool, float]:
            began = time.monotonic()
            return mutant, copies.fails(mutant.tests, mutant), time.monotonic() - began

        yield from pool.map(judge, chosen)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", metavar="WORD", help="of a file or of a rule")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="copies side by side")
    parser.add_argument("--list", action="store_true", help="only check that the fragments occur")
    options = parser.parse_args()
    chosen, errors = mutants(options.only), []
    for mutant in chosen:
        try:
            mutant.text()
        except (ValueError, SyntaxError) as error:
            errors.append(str(error))
    if errors or options.list or not chosen:
        print("\n".join([*errors, f"{len(chosen)} mutants, {len(errors)} errors"]))
        return 2 if errors or not chosen else 0
    counts: Counter[bool] = Counter()
    try:
        for mutant, killed, seconds in judged(chosen, options.jobs):
            counts[killed] += 1
            word = "killed  " if killed else "SURVIVED"
            print(f"{word} {seconds:5.1f} s  {mutant.file}: {mutant.rule}", flush=True)
    except ValueError as error:
        print(error)
        return 2
    share = counts[True] / counts.total()
    print(f"{counts[True]} of {counts.total()} killed: {share:.1%}")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main())
