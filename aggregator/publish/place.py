"""The only writer of files: beside, synced, renamed; the same bytes are not written again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def place(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[str]:
    """Put the files into `folder` and return the names of those that changed.

    A reader, or a power cut, sees the old file or the new one, never a part: each is written
    beside, synced and renamed, and the folder is synced at the end. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    try:
        for name, data in files:
            if not _is_same(folder / name, data):
                _replace(folder, name, data)
                changed.append(name)
    finally:
        if changed:
            _sync_folder(folder)
    return changed


def _is_same(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _replace(folder: Path, name: str, data: bytes) -> None:
    beside = folder / f".{name}.tmp"
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / name)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
