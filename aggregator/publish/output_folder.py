"""The only writer of files: beside, synced, renamed; the same bytes are not written again."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

_BESIDE = ".tmp"


def write_files(
    folder: Path, files: Iterable[tuple[str, bytes]]
) -> tuple[list[str], list[OSError]]:
    """Put the files into `folder`. Returns the names of those that changed, and what kept others
    from being written: one file that cannot be written keeps no other one back.

    A reader, or a power cut, sees the old file or the new one, never a part: each is written
    beside, synced and renamed, and the folder is synced at the end. Raises OSError where the
    folder cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed: list[str] = []
    errors: list[OSError] = []
    try:
        for name, data in files:
            try:
                if not _is_same(folder / name, data):
                    _replace(folder, name, data)
                    changed.append(name)
            except OSError as error:
                errors.append(error)
    finally:
        if changed:
            _sync_folder(folder)
    return changed, errors


def remove_files(folder: Path, names: Iterable[str]) -> tuple[list[str], list[OSError]]:
    """Remove the files of these names that are there. Returns the names of those that were, and
    what kept others from being removed."""
    removed: list[str] = []
    errors: list[OSError] = []
    for name in names:
        try:
            (folder / name).unlink()
            removed.append(name)
        except FileNotFoundError:
            continue
        except OSError as error:
            errors.append(error)
    if removed:
        _sync_folder(folder)
    return removed, errors


def remove_unfinished(folder: Path, names: Collection[str]) -> list[OSError]:
    """Remove what a process that was killed has left beside the files of these names. Returns what
    kept some from being removed."""
    try:
        beside = [name for name in os.listdir(folder) if name.endswith(_BESIDE)]  # noqa: PTH208
    except FileNotFoundError:
        return []
    unfinished = [name for name in beside if name[1:].removesuffix(_BESIDE) in names]
    return remove_files(folder, unfinished)[1]


def _is_same(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _replace(folder: Path, name: str, data: bytes) -> None:
    beside = folder / f".{name}{_BESIDE}"
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
