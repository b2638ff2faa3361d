"""Writes and removes the files of the output folder, atomically. No other module of the program
writes there."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

_TEMPORARY = ".tmp"  # the extension of a file that is being written; its name begins with a dot


def write_files(
    folder: Path, files: Iterable[tuple[str, bytes]]
) -> tuple[list[str], list[OSError]]:
    """Write the files (name, content) into `folder`, except those that have the same content
    already. Returns the names of the files that changed, and the errors: one file that cannot be
    written does not prevent the others.

    A reader sees the old file or the new one, never a part, even after a power failure: each is
    written under a temporary name, synced and renamed, and the folder is synced at the end. Raises
    OSError if the folder cannot be made.
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
    """Remove the files with these names. Returns the names of those that existed, and the errors;
    missing files are not errors."""
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
    """Remove the temporary files that a killed process left of the files with these names. Returns
    the errors."""
    try:
        temporary = [name for name in os.listdir(folder) if name.endswith(_TEMPORARY)]  # noqa: PTH208
    except FileNotFoundError:
        return []
    unfinished = [name for name in temporary if name[1:].removesuffix(_TEMPORARY) in names]
    return remove_files(folder, unfinished)[1]


def _is_same(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _replace(folder: Path, name: str, data: bytes) -> None:
    temporary = folder / f".{name}{_TEMPORARY}"
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / name)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def missing_files(paths: Iterable[str]) -> list[str]:
    """Those of the files (absolute paths) that do not exist."""
    return [path for path in paths if not os.path.lexists(path)]
