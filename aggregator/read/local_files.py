"""Sources that are files: which of them changed, and what they hold."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from aggregator.errors import BadDocument
from aggregator.model import (
    NO_WORDS,
    Article,
    CleanText,
    Document,
    DocumentState,
    FailureKind,
    Problem,
    Reading,
    Source,
    SourceState,
)
from aggregator.read.cleaning import clean_reason
from aggregator.read.documents import (
    MAX_BYTES,
    Content,
    articles_in,
    body_digest,
    document_ref,
    read_document,
)
from aggregator.read.kinds import Kind

_SKIPPED_NAMES = ("readme.md", "license.md", "changelog.md", "contributing.md")
Step = Callable[[int, int], None]


def unstepped(_done: int, _of: int) -> None:
    """The step that tells nobody."""


@dataclass
class _Found:
    """What is gathered while the files of one source are read."""

    articles: list[Article] = field(default_factory=list)
    states: list[DocumentState] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0
    broken: int = 0
    title: CleanText = NO_WORDS


def read_files(
    source: Source,
    kind: Kind,
    state: SourceState,
    known: Mapping[str, DocumentState],
    now: datetime,
    step: Step = unstepped,
) -> Reading:
    """Read the files of a source that changed since `known`.

    A file of the same size and modification time is not opened, one of the same bytes not parsed.
    One that cannot be read costs itself alone; its reason is remembered until it changes.
    """
    found = _Found()
    paths = sorted(_paths(source.location, kind))
    if not paths:
        reason = clean_reason(f"{source.location}: no such file, or nothing to read in it")
        problem = Problem(source.name, NO_WORDS, reason, kind=FailureKind.FILE)
        failed = replace(
            state, checked=now, failures=state.failures + 1, error=reason, failure="file"
        )
        return Reading(source, failed, problems=(problem,))
    for number, (ref, path) in enumerate(paths, 1):
        _read_file(source, kind, ref, path, known.get(ref), now, found)
        step(number, len(paths))
    changed = now if found.articles else state.changed
    good = replace(
        state, checked=now, succeeded=now, changed=changed, failures=0, error=NO_WORDS, failure="",
        title=found.title or state.title,
    )  # fmt: skip
    # An unchanged file with a problem is as broken as it was: one bad line does not fail a source.
    # A source that was away and is back as it was has no problem left: it is good again.
    if found.problems and (
        found.broken == len(paths) or (state.error and found.unchanged == len(paths))
    ):
        good = replace(
            good, succeeded=state.succeeded, failures=state.failures + 1,
            error=found.problems[0].reason, failure=found.problems[0].kind.value,
        )  # fmt: skip
    return Reading(
        source, good, tuple(found.articles), tuple(found.states), tuple(found.problems),
        unchanged=found.unchanged,
    )  # fmt: skip


def _paths(place: str, kind: Kind) -> Iterator[tuple[CleanText, str]]:
    """(ref, path) of each file; the ref is its path below the source's folder.

    Links are followed only to files inside the folder, so that a tree cannot show what is
    elsewhere on this machine.
    """
    if Path(place).is_dir():
        root = os.path.realpath(place)
        below = len(place.rstrip(os.sep)) + 1
        for folder, folders, names in os.walk(place):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118 -- 4 times as fast as Path here
                if _belongs(name, kind) and _inside(path, root):
                    yield document_ref(path[below:]), path
    elif glob.has_magic(place):
        base = os.path.dirname(place.partition("*")[0].partition("?")[0].partition("[")[0])  # noqa: PTH120
        for path in glob.iglob(place, recursive=True):  # noqa: PTH207
            if Path(path).is_file():
                yield document_ref(os.path.relpath(path, base)), path
    elif Path(place).is_file():
        yield document_ref(Path(place).name), place


def _belongs(name: str, kind: Kind) -> bool:
    low = name.lower()
    low_name = low.removesuffix(".gz")
    return (
        low_name.endswith(kind.suffixes) and not low.startswith(".") and low not in _SKIPPED_NAMES
    )


def _inside(path: str, root: str) -> bool:
    if not os.path.islink(path):  # noqa: PTH114
        return True
    return os.path.realpath(path).startswith(root + os.sep)


def _read_file(
    source: Source,
    kind: Kind,
    ref: CleanText,
    path: str,
    known: DocumentState | None,
    now: datetime,
    found: _Found,
) -> None:
    try:
        stat = os.stat(path)  # noqa: PTH116
        if known and (known.size, known.modified) == (stat.st_size, stat.st_mtime_ns):
            _remember_unchanged(source, known, found)
            return
        if stat.st_size > MAX_BYTES:
            raise BadDocument(f"too large: {stat.st_size:,} bytes, at most {MAX_BYTES:,}")
        body = Path(path).read_bytes()
        digest = body_digest(body)
        state = DocumentState(ref, stat.st_size, stat.st_mtime_ns, digest)
        if known and known.digest == digest:
            known = replace(state, problem=known.problem, line=known.line)
            found.states.append(known)
            _remember_unchanged(source, known, found)
            return
    except OSError as error:
        _note_broken(source, ref, error.strerror or str(error), found)
        return
    except BadDocument as error:
        _note_broken(source, ref, error.reason, found)
        return
    before = len(found.articles)
    first = len(found.problems)
    try:
        content = read_document(kind, Document(ref, body))
        found.title = _take(source, ref, content, now, found) or found.title
    except BadDocument as error:
        reason = clean_reason(error.reason)
        found.problems.append(Problem(source.name, ref, reason, error.line))
    if len(found.problems) > first:
        problem = found.problems[first]
        state = replace(state, problem=problem.reason, line=problem.line)
        found.broken += len(found.articles) == before
    found.states.append(state)


def _note_broken(source: Source, ref: CleanText, reason: str, found: _Found) -> None:
    """The file could not even be opened, or is too large."""
    found.broken += 1
    found.problems.append(Problem(source.name, ref, clean_reason(reason), kind=FailureKind.FILE))


def _remember_unchanged(source: Source, known: DocumentState, found: _Found) -> None:
    found.unchanged += 1
    if known.problem:
        found.problems.append(Problem(source.name, known.ref, known.problem, known.line))


def _take(
    source: Source, ref: CleanText, content: Content, now: datetime, found: _Found
) -> CleanText:
    articles, bad = articles_in(source, content, now)
    found.articles.extend(articles)
    found.problems.extend(
        Problem(source.name, ref, clean_reason(error.reason), error.line, FailureKind.ITEM)
        for error in bad
    )
    return content.title
