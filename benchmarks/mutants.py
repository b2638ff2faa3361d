"""Which changes of behaviour the tests notice, made one at a time in a copy of the project.

    python benchmarks/mutants.py [--only WORD] [--jobs N] [--list]

Each change ("mutant") is an entry of ``mutations/*.toml``: the `file`, a fragment of it (`old`) and
what stands there instead (`new`), the `rule` that is broken by it, and the `tests` that should fail
(arguments of pytest). A mutant is killed when these tests fail or do not end, and survives when
they pass. A fragment that does not occur exactly once is an error, as are tests that fail without
any change. The exit code is 0 where every mutant is killed, 1 where one survives, 2 for an error.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

sys.path.insert(0, str(Path(__file__).parent))

from mutant_runner import NOT_ENDED

ROOT = Path(__file__).parents[1]
MUTATIONS = Path(__file__).parent / "mutations"
LONGEST = 600.0  # seconds that tests may take without any change
LIMIT_FACTOR = 4  # times the time without the change; then the tests of a mutant do not end
SHORTEST_LIMIT = 60.0  # seconds
NO_POSTGRES = "postgresql+psycopg://127.0.0.1:1/none"
"""A server that does not exist: its tests are skipped, since SQLite follows the same rules."""
_ENVIRONMENT = {
    "AGGREGATOR_TEST_POSTGRES": NO_POSTGRES,
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # plugins could not be imported before the fork
}
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


def valid_mutants(chosen: list[Mutant]) -> tuple[list[Mutant], list[str]]:
    """The mutants that can be made, and what is wrong with the others."""
    valid, errors = [], []
    for mutant in chosen:
        try:
            mutant.text()
        except (ValueError, SyntaxError) as error:
            errors.append(str(error))
        else:
            valid.append(mutant)
    return valid, errors


class Copy:
    """A copy of the project in a folder, and a process that runs its tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._time = _FIRST_TIME
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        self._runner = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("mutant_runner.py")), str(folder)],
            env=os.environ | _ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def close(self) -> None:
        """End the process."""
        self._runner.communicate()

    def code(self, tests: str, longest: float, mutant: Mutant | None = None) -> int:
        """The exit code of pytest in this copy with this change (None: without); NOT_ENDED where
        the tests take longer than `longest` seconds. Raises ValueError where pytest itself fails.
        """
        path = self._folder / mutant.file if mutant else None
        original = path.read_text("utf-8") if path else ""
        try:
            if path and mutant:
                self._write(path, mutant.text())
            return self._run(tests, longest)
        finally:
            if path:
                self._write(path, original)

    def _run(self, tests: str, longest: float) -> int:
        arguments = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", *shlex.split(tests)]
        request = {"folder": str(self._folder), "arguments": arguments, "longest": longest}
        assert self._runner.stdin
        self._runner.stdin.write(json.dumps(request) + "\n")
        self._runner.stdin.flush()
        code = int(self._answer())
        if code not in (0, 1, 2, NOT_ENDED):  # 2: a module cannot be imported, a change as well
            raise ValueError(f"pytest {tests}: exit code {code}")
        return code

    def _answer(self) -> str:
        assert self._runner.stdout
        answer = self._runner.stdout.readline()
        if not answer:
            raise ValueError("the process that runs the tests has ended")
        return answer.strip()

    def _write(self, path: Path, text: str) -> None:
        """Each time with another modification time, by which Python knows what it compiled."""
        self._time += 1
        path.write_text(text, "utf-8")
        os.utime(path, (self._time, self._time))


def judge_all(chosen: list[Mutant], jobs: int) -> Counter[str]:
    """Judge each mutant and print the result; the number of each result."""
    by_tests: dict[str, list[Mutant]] = {}
    for mutant in chosen:
        by_tests.setdefault(mutant.tests, []).append(mutant)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for job in range(jobs):
            copies.put(Copy(Path(folder) / f"copy{job}"))

        def judge(tests: str) -> Counter[str]:
            copy = copies.get()
            try:
                return judge_group(copy, tests, by_tests[tests])
            finally:
                copies.put(copy)

        quick_first = sorted(by_tests, key=lambda tests: ("tests/e2e" in tests, tests))
        counts = sum(pool.map(judge, quick_first), Counter[str]())
        for _ in range(jobs):
            copies.get().close()
    return counts


def judge_group(copy: Copy, tests: str, group: list[Mutant]) -> Counter[str]:
    """Judge the mutants that the same tests should notice. Where these fail without any change, the
    mutants are errors."""
    began = time.monotonic()
    if copy.code(tests, LONGEST) != 0:
        print(f"ERROR: these tests fail without any change: {tests}", flush=True)
        return Counter(error=len(group))
    longest = max(SHORTEST_LIMIT, LIMIT_FACTOR * (time.monotonic() - began))
    counts: Counter[str] = Counter()
    for mutant in group:
        began = time.monotonic()
        code = copy.code(tests, longest, mutant)
        counts["killed" if code else "survived"] += 1
        word = "SURVIVED" if code == 0 else "no end  " if code == NOT_ENDED else "killed  "
        seconds = time.monotonic() - began
        print(f"{word} {seconds:5.1f} s  {mutant.file}: {mutant.rule}", flush=True)
    return counts


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", metavar="WORD", help="of a file or of a rule")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="copies side by side")
    parser.add_argument("--list", action="store_true", help="only check that the fragments occur")
    options = parser.parse_args()
    chosen, errors = valid_mutants(mutants(options.only))
    print("\n".join([*errors, f"{len(chosen) + len(errors)} mutants, {len(errors)} errors"]))
    if options.list or not chosen:
        return 2 if errors or not chosen else 0
    try:
        counts = judge_all(chosen, options.jobs)
    except ValueError as error:
        print(error)
        return 2
    judged = counts["killed"] + counts["survived"]
    print(f"{counts['killed']} of {judged} killed: {counts['killed'] / max(judged, 1):.1%}")
    if errors or counts["error"]:
        print(f"{counts['error'] + len(errors)} were not judged")
        return 2
    return 1 if counts["survived"] else 0


if __name__ == "__main__":
    sys.exit(main())
