"""Runs pytest in forks of a process that has imported every library already, for ``mutants.py``.

A request is a line of JSON on standard input: the folder of the project's copy, the arguments of
pytest and the longest time in seconds. The answer is a line on standard output: the exit code, or
-1 where the tests did not end. Nothing of the project is imported before the fork, so that each
run imports its copy as it is then. To import the libraries takes three seconds, a run often one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path

NOT_ENDED = -1
_POLL = 0.02  # seconds
_LIST_MODULES = "import sys, tests.conftest; print('\\n'.join(sys.modules))"
_OURS = ("aggregator", "tests", "__main__", "__mp_main__")


def main() -> None:
    """Answer requests until the standard input ends. The argument is a copy of the project."""
    _import_libraries(Path(sys.argv[1]))
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        code = _run(request["folder"], request["arguments"], request["longest"])
        print(code, flush=True)


def _import_libraries(copy: Path) -> None:
    """Import what the tests import, as far as it is not of the project, in the same order. Private
    modules come with those that need them: ``_asyncio``, imported alone, is not used by asyncio."""
    command = [sys.executable, "-c", _LIST_MODULES]
    listed = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=True).stdout
    for name in ["pytest", *listed.split()]:
        if name.partition(".")[0] not in _OURS and not name.startswith("_"):
            with suppress(ImportError):
                import_module(name)


def _run(folder: str, arguments: list[str], longest: float) -> int:
    process = os.fork()
    if process == 0:
        os._exit(_tested(folder, arguments))
    end = time.monotonic() + longest
    status = 0
    finished = 0
    while not finished and time.monotonic() < end:
        finished, status = os.waitpid(process, os.WNOHANG)
        time.sleep(_POLL)
    with suppress(ProcessLookupError):  # what the tests started and did not end
        os.killpg(process, signal.SIGKILL)
    if not finished:
        os.waitpid(process, 0)
        return NOT_ENDED
    return os.waitstatus_to_exitcode(status)


def _tested(folder: str, arguments: list[str]) -> int:
    """Run the tests in this process, which is a fork and a process group of its own."""
    import pytest
    from hypothesis import Phase, settings

    # One counterexample is enough: it need not be the smallest.
    settings.register_profile("mutants", phases=(Phase.explicit, Phase.generate))
    settings.load_profile("mutants")
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.chdir(folder)
    sys.path.insert(0, folder)
    os.environ["PYTHONPATH"] = folder
    return int(pytest.main(arguments))


if __name__ == "__main__":
    main()
