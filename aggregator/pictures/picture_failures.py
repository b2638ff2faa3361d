"""Which pictures could not be had, and when each is tried again: a small file beside them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.publish.output_folder import write_files

_NAME = "failures.json"
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (10, 60, 360, 1_440))
_FORGOTTEN = timedelta(days=30)  # after the last try, or one that shows that others are of no use
_MAX = 10_000
_MAX_WAIT = 604_800  # seconds
_MAX_BYTES = 2_000_000


class Failures:
    """The failed tries of pictures, by digest, and of hosts, by name, and the time before which
    there is no other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tries = dict(_loaded(folder / _NAME))
        self._changed = False

    def may_try(self, digest: str, host: str, now: datetime) -> bool:
        """Whether a picture of a host may be tried now."""
        times = (self._tries[name][1] for name in (digest, host) if name in self._tries)
        return all(until <= now.timestamp() for until in times)

    def add(self, digest: str, now: datetime, *, final: bool) -> None:
        """A try has failed. The pauses grow, and the fifth try is the last for a month; so is this
        one if it is `final`, since others would fail, too."""
        tries = self._tries.get(digest, (0, 0.0))[0]
        if final or tries >= len(_PAUSES):
            self._pause(digest, 0, now + _FORGOTTEN)
        else:
            self._pause(digest, tries + 1, now + _PAUSES[tries])

    def add_host(self, host: str, now: datetime, wait: int) -> None:
        """A host does not answer, or wants no other request within `wait` seconds. Its pictures are
        tried again after pauses of at most a day, for as long as they are wanted."""
        tries = min(self._tries.get(host, (0, 0.0))[0], len(_PAUSES) - 1)
        pause = max(_PAUSES[tries], timedelta(seconds=min(wait, _MAX_WAIT)))
        self._pause(host, tries + 1, now + pause)

    def remove(self, *names: str) -> None:
        """A picture is there now, or a host has answered."""
        for name in names:
            self._changed |= self._tries.pop(name, None) is not None

    def _pause(self, name: str, tries: int, until: datetime) -> None:
        self._tries[name] = (tries, until.timestamp())
        self._changed = True

    def save(self, now: datetime) -> None:
        """Write the file if something has changed, without what is long past. Raises OSError."""
        if not self._changed:
            return
        start = (now - _FORGOTTEN).timestamp()
        recent = {digest: entry for digest, entry in self._tries.items() if entry[1] > start}
        self._tries = dict(sorted(recent.items(), key=lambda item: item[1][1])[-_MAX:])
        text = json.dumps(self._tries)
        _, errors = write_files(self._folder, [(_NAME, text.encode())])
        if errors:
            raise errors[0]
        self._changed = False


def _loaded(path: Path) -> list[tuple[str, tuple[int, float]]]:
    """What the file says; nothing if there is none or somebody has changed it."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return []
        values = json.loads(path.read_bytes())
        return [(str(d), (int(tries), float(until))) for d, (tries, until) in values.items()]
    except (OSError, ValueError, TypeError, AttributeError):
        return []
