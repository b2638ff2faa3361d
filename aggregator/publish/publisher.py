"""Publishes feeds as files. Unchanged files are not rendered again, files of former feeds are
removed, and a story that cannot be rendered does not prevent the others from being published."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from aggregator.errors import describe, surviving
from aggregator.model import Feed, Site
from aggregator.publish.fragments import RenderCache
from aggregator.publish.output_folder import remove_files, remove_unfinished, write_files
from aggregator.publish.outputs import FileOutput, digest, outputs_of
from aggregator.publish.picture_urls import NO_PICTURES, Pictures
from aggregator.publish.registry import FORMATS

OutputDigests = Mapping[str, tuple[str, str]]
"""Files that the program owns: path -> (input digest, content digest)."""
_NOT_WRITTEN = ("", "")  # the digests of a file that is owned and was not written yet


@dataclass(frozen=True, slots=True)
class Unrendered:
    """A file that could not be rendered completely, and why. `entries` are the ids of the entries
    that were left out; if there are none, the file was left as it was."""

    name: str
    reason: str
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """The result of publishing. `changed` are the names of the files that were written, `removed`
    of those that were removed. `rendered` must be saved for the next call, and `disowned` paths
    deleted from the digests in the store. `error` is the first one that prevented a file from being
    written or removed."""

    changed: tuple[str, ...]
    rendered: OutputDigests = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    disowned: frozenset[str] = frozenset()
    failures: tuple[Unrendered, ...] = ()
    error: OSError | None = None


def publish(
    feeds: Sequence[Feed],
    site: Site,
    formats: Sequence[str],
    folder: Path,
    known_digests: OutputDigests,
    save_digests: Callable[[OutputDigests], None],
    *,
    aliases: Mapping[str, str] = MappingProxyType({}),
    private: Collection[str] = (),
    unchanged: Collection[str] = (),
    with_index: bool = True,
    remove_stale: bool = False,
    cache: RenderCache | None = None,
    pictures: Pictures = NO_PICTURES,
    parents: Mapping[str, str] = MappingProxyType({}),
) -> Published:
    """Write the files and pages of all public feeds, also under their former names (`aliases`,
    former -> present), and `with_index` the front page, ``feeds.opml`` and the style sheets. A file
    whose digests are in `known_digests` is not rendered again, one of the `unchanged` feeds (slugs)
    not looked at. `remove_stale`: other known files are removed; `private` ones always are.
    `save_digests` gets new files before they are written. Raises its errors, and OSError."""
    files = outputs_of(feeds, site, formats, aliases, cache, pictures, parents, index=with_index)
    outputs = {file.name: file for file in files}
    names, private_names = set(outputs), _file_names(private)
    removed, errors = remove_files(folder, private_names)  # first, so that no error can leave them
    _save_new(folder, names, known_digests, save_digests)
    rendering, in_folder = _Rendering(folder, known_digests), _in_folder(known_digests, folder)
    errors += remove_unfinished(folder, names | in_folder | set(private_names))
    changed, write_errors = write_files(folder, rendering.files(outputs.values(), unchanged))
    stale = sorted(in_folder - names) if remove_stale else []
    removed_stale, remove_errors = remove_files(folder, stale)
    return Published(
        tuple(changed),
        rendering.digests,
        (*removed, *removed_stale),
        frozenset(str(folder / name) for name in (*removed, *stale)),
        tuple(rendering.failures),
        next(iter([*errors, *write_errors, *remove_errors]), None),
    )


def _save_new(
    folder: Path,
    names: Iterable[str],
    known_digests: OutputDigests,
    save_digests: Callable[[OutputDigests], None],
) -> None:
    if new := {str(folder / name) for name in names} - known_digests.keys():
        save_digests(dict.fromkeys(sorted(new), _NOT_WRITTEN))


class _Rendering:
    """Renders files, and collects the digests of the complete ones and the failures."""

    def __init__(self, folder: Path, known_digests: OutputDigests) -> None:
        self._folder = folder
        self._known_digests = known_digests
        self.digests: dict[str, tuple[str, str]] = {}
        self.failures: list[Unrendered] = []

    def files(
        self, outputs: Iterable[FileOutput], unchanged: Collection[str]
    ) -> Iterator[tuple[str, bytes]]:
        """The name and bytes of each file that is missing or out of date, but for the files of the
        `unchanged` feeds."""
        for output in outputs:
            if output.feed in unchanged:
                continue
            path = self._folder / output.name
            input_digest, content_digest = self._known_digests.get(str(path), _NOT_WRITTEN)
            if input_digest == output.input_digest() and _file_digest(path) == content_digest:
                continue
            rendered: list[bytes] = []
            errors: list[Exception] = []
            with surviving(errors.append):
                rendered.append(output.render(frozenset()))
                self.digests[str(path)] = (output.input_digest(), digest(rendered[0]))
            if errors:
                rendered += self._without_faulty_entries(output, errors)
            if rendered:
                yield output.name, rendered[0]

    def _without_faulty_entries(self, output: FileOutput, errors: list[Exception]) -> list[bytes]:
        """The file without the entries that cannot be rendered alone; empty if the rest cannot be
        rendered either. Its digests are not collected, so that it is tried again."""
        all_entries = frozenset(output.entries)
        faulty: list[str] = []
        for entry in output.entries:
            with surviving(lambda _, entry=entry: faulty.append(entry)):  # type: ignore[misc]
                output.render(all_entries - {entry})
        rendered: list[bytes] = []
        with surviving(errors.append):
            rendered.append(output.render(frozenset(faulty)))
        left_out = tuple(faulty) if rendered else ()
        self.failures.append(Unrendered(output.name, describe(errors[0]), left_out))
        return rendered


def _file_names(slugs: Iterable[str]) -> list[str]:
    return [f"{slug}.{ext}" for slug in sorted(slugs) for ext in (*FORMATS, "html")]


def _in_folder(known_digests: OutputDigests, folder: Path) -> set[str]:
    """The names of the known files in this folder itself."""
    start = f"{folder}/"
    names = {path.removeprefix(start) for path in known_digests if path.startswith(start)}
    return {name for name in names if "/" not in name}


def _file_digest(path: Path) -> str:
    try:
        return digest(path.read_bytes())
    except OSError:
        return ""
