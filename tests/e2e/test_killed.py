"""The files of a process that was killed while it published are known and removed when due."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import Config, StoryWriter, program, tree

AT = ("--now", "2026-11-22T12:00:00Z")
SPACE: dict[str, Any] = {"slug": "space", "name": "Space", "keywords": ["probe"], "digest": "daily"}
# The program in a process that kills itself at a rename, before it or after it.
KILLED = """
import os, signal, sys
number, before = int(sys.argv[1]), sys.argv[2] == "before"
rename, renames = os.replace, []

def killing_rename(old, new, **given):
    renames.append(new)
    if len(renames) == number and before:
        os.kill(os.getpid(), signal.SIGKILL)
    rename(old, new, **given)
    if len(renames) == number:
        os.kill(os.getpid(), signal.SIGKILL)

os.replace = killing_rename
sys.argv = ["aggregator", *sys.argv[3:]]
from aggregator.cli import main
main()
"""


@pytest.mark.parametrize(("number", "moment"), [(5, "before"), (6, "after"), (15, "after")])
def test_files_of_a_killed_process_are_removed_when_their_topic_is(
    write_story: StoryWriter, write_config: Config, number: int, moment: str
) -> None:
    write_story("a.md", title="Space probe lands", topics=[])
    config = write_config(topics=[SPACE])
    words = ["build", "-c", str(config), *AT]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(number), moment, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    feeds = config.parent / "feeds"
    left = {path.name for path in feeds.iterdir()}
    assert len(left) == number
    assert any(name.endswith(".tmp") for name in left) == (moment == "before")
    stranger = feeds / ".own.tmp"
    stranger.write_text("somebody else's")
    write_config(topics=[{"slug": "sea", "name": "Sea", "keywords": ["ship"]}])
    program(*words)
    assert not [name for name in tree(feeds) if "space" in name]
    assert [name for name in tree(feeds) if name.startswith(".")] == [stranger.name]
    files = tree(feeds)
    write_config(topics=[SPACE])
    program(*words)
    write_config(topics=[{"slug": "sea", "name": "Sea", "keywords": ["ship"]}])
    program(*words)
    assert tree(feeds).keys() == files.keys()
