"""All feeds to all files. What would come out the same is not even rendered, what is made no more
is removed, and a story that no file can be made of keeps no other one back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.errors import describe, surviving
from aggregator.model import Feed, Site
from aggregator.publish.output_folder import remove_files, remove_unfinished, write_files
from aggregator.publish.outputs import FileOutput, digest, outputs_of
from aggregator.publish.registry import FORMATS

Made = Mapping[str, tuple[str, str]]
_NOT_MADE = ("", "")  # the digests of a file that is owned and was not made yet


@dataclass(frozen=True, slots=True)
class Unrendered:
    """A file that could not be made as it should be, and why: the entries (ids) that are left out
    of it, or none of them where the file is as it was before."""

    name: str
    reason: str
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """`changed` are the files that were written and `removed` those that were removed; `made` is
    what to remember to know next time, `forgotten` what to remember no more (both by path). `error`
    is the first that kept a file from being written."""

    changed: tuple[str, ...]
    made: Made = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    forgotten: frozenset[str] = frozenset()
    failures: tuple[Unrendered, ...] = ()
    error: OSError | None = None


def publish(
    feeds: Sequence[Feed],
    site: Site,
    formats: Sequence[str],
    folder: Path,
    known: Made,
    claim: Callable[[Made], None],
    *,
    aliases: Mapping[str, str] | None = None,
    private: Collection[str] = (),
    whole: bool = True,
    complete: bool = False,
) -> Published:
    """Render and write every feed that is not private, its page, and with `whole` the index and
    ``feeds.opml``; feeds also under their former names (`aliases`, former -> present).

    `known` says what was made of which value before: a file that is still as it was made then is
    left alone without rendering it again. With `complete` these are all files that there should be:
    others in `known` are removed. Files of `private` names are always removed.

    `claim` is called with the files that are not in `known` before any of them is written, to
    remember them: a process that is killed between a file and the record of what was made leaves
    no file that nobody owns. Raises OSError where the folder cannot be made, and what `claim`
    raises.
    """
    public = [feed for feed in feeds if not feed.private]
    outputs = list(outputs_of(public, site, formats, aliases or {}, whole=whole))
    rendering = _Rendering(folder, known)
    # What is private goes first: nothing that comes later may keep it in the folder.
    removed, errors = remove_files(folder, _names(private))
    names = {output.name for output in outputs}
    _claim_new(folder, names, known, claim)
    owned = names | _in_folder(known, folder) | set(_names(private))
    unfinished = remove_unfinished(folder, owned)
    changed, unwritten = write_files(folder, rendering.files(outputs))
    stale = sorted(_in_folder(known, folder) - names) if complete else []
    also_removed, unremoved = remove_files(folder, stale)
    return Published(
        tuple(changed),
        rendering.made,
        tuple(removed + also_removed),
        frozenset(str(folder / name) for name in (*removed, *stale)),
        tuple(rendering.failures),
        next(iter([*errors, *unfinished, *unwritten, *unremoved]), None),
    )


def _claim_new(
    folder: Path, names: Iterable[str], known: Made, claim: Callable[[Made], None]
) -> None:
    """Record the files that are not on record yet, before any of them is written."""
    if unknown := {str(folder / name) for name in names} - known.keys():
        claim(dict.fromkeys(sorted(unknown), _NOT_MADE))


class _Rendering:
    """Makes files, and notes what cannot be made."""

    def __init__(self, folder: Path, known: Made) -> None:
        self._folder = folder
        self._known = known
        self.made: dict[str, tuple[str, str]] = {}
        self.failures: list[Unrendered] = []

    def files(self, outputs: Iterable[FileOutput]) -> Iterator[tuple[str, bytes]]:
        """The name and bytes of each file that is not as it should be already."""
        for output in outputs:
            path = self._folder / output.name
            before = self._known.get(str(path))
            if before and before[0] == output.value and _file_digest(path) == before[1]:
                continue
            data: list[bytes] = []
            errors: list[Exception] = []
            with surviving(errors.append):
                data.append(output.render(frozenset()))
                self.made[str(path)] = (output.value, digest(data[0]))
            if errors:
                data += self._without_faulty_entries(output, errors)
            if data:
                yield output.name, data[0]

    def _without_faulty_entries(self, output: FileOutput, errors: list[Exception]) -> list[bytes]:
        """The file without the entries that fail alone; nothing where it fails without them too.
        It is not remembered as made, so that it is tried again."""
        every = frozenset(output.entries)
        faulty: list[str] = []
        for entry in output.entries:
            with surviving(lambda _, entry=entry: faulty.append(entry)):  # type: ignore[misc]
                output.render(every - {entry})
        data: list[bytes] = []
        with surviving(errors.append):
            data.append(output.render(frozenset(faulty)))
        left_out = tuple(faulty) if data else ()
        self.failures.append(Unrendered(output.name, describe(errors[0]), left_out))
        return data


def _names(stems: Iterable[str]) -> list[str]:
    return [f"{stem}.{ext}" for stem in sorted(stems) for ext in (*FORMATS, "html")]


def _in_folder(known: Made, folder: Path) -> set[str]:
    """The names of the files that were made in this folder."""
    start = f"{folder}/"
    names = {path.removeprefix(start) for path in known if path.startswith(start)}
    return {name for name in names if "/" not in name}


def _file_digest(path: Path) -> str:
    try:
        return digest(path.read_bytes())
    except OSError:
        return ""
