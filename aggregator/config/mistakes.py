"""What is wrong with a configuration: each mistake with file, line and key, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from aggregator.errors import ConfigError
from aggregator.read.yamltext import Loaded

KeyPath = tuple[str | int, ...]

_NO_SOURCE = {"name": "none", "type": "feed", "url": "https://none.invalid/"}
# What pydantic finds, in our words. Fields in braces are of its context.
_WORDS = {
    "missing": "this key is missing",
    "int_parsing": "should be a valid integer, such as 50",
    "int_type": "should be a valid integer, such as 50",
    "float_parsing": "should be a valid number, such as 0.5",
    "float_type": "should be a valid number, such as 0.5",
    "bool_parsing": "should be true or false",
    "bool_type": "should be true or false",
    "string_type": "should be text",
    "tuple_type": "should be a list, such as [a, b]",
    "model_type": "should be a mapping of keys to values",
    "model_attributes_type": "should be a mapping of keys to values",
    "dict_type": "should be a mapping of keys to values",
    "literal_error": "should be {expected}",
    "greater_than_equal": "should be {ge} or more",
    "less_than_equal": "should be {le} or less",
    "string_too_short": "should have at least {min_length} characters",
    "string_too_long": "should have at most {max_length} characters",
    "too_short": "should have at least {min_length} in the list",
    "finite_number": "should be a valid number, such as 0.5",
}


class Mistakes:
    """Gathers mistakes; `warnings` are what does not keep the program from running."""

    def __init__(self, path: Path, loaded: Loaded) -> None:
        self._path = path
        self._loaded = loaded
        self._errors: list[str] = []
        self._warnings: list[str] = []
        self.kept: dict[str, list[int]] = {}
        """The positions in the file of what is left of a list, where some of it was left out."""

    def add(self, key: KeyPath, reason: str) -> None:
        """Note a mistake at a key, such as ``("sources", 2, "url")``."""
        self._note(self._errors, key, reason)

    def warn(self, key: KeyPath, reason: str) -> None:
        """Note something that is surely not meant, but that the program can run with."""
        self._note(self._warnings, key, reason)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was warned of."""
        return tuple(self._warnings)

    def stop(self, further: Iterable[str] = ()) -> None:
        """Raise ConfigError if there is any mistake so far, with the warnings and `further`."""
        if self._errors:
            raise ConfigError([*self._errors, *self._warnings, *further])

    def note(self, key: KeyPath, reason: str) -> str:
        """``file:line: key: reason``."""
        if len(key) > 1 and isinstance(key[1], int) and key[0] in self.kept:
            key = (key[0], self.kept[str(key[0])][key[1]], *key[2:])
        line = self._loaded.line_of(key)
        name = "".join(f"[{k + 1}]" if isinstance(k, int) else f".{k}" for k in key)
        return f"{self._path}:{line}: {name.removeprefix('.') or 'file'}: {reason}"

    def _note(self, notes: list[str], key: KeyPath, reason: str) -> None:
        note = self.note(key, reason)
        if note not in notes:
            notes.append(note)


def in_words(error: ErrorDetails, model: type[BaseModel]) -> str:
    """The reason of an error of pydantic."""
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"unknown key{_close_to(error['loc'], model)}"
    if kind in _WORDS:
        return _WORDS[kind].format(**error.get("ctx", {}))
    return error["msg"].removeprefix("Value error, ").replace("Input should", "should")


def key_of(error: ErrorDetails, value: Any) -> KeyPath:
    """The key that an error is about: the part of its location that is in the file."""
    key: list[str | int] = []
    for number, step in enumerate(error["loc"]):
        last = number + 1 == len(error["loc"])
        if isinstance(value, Mapping) and (step in value or (last and error["type"] == "missing")):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            break
        key.append(step)
    return tuple(key)


def salvaged(value: Any, keys: list[KeyPath], mistakes: Mistakes, *, whole: bool) -> Any:
    """The value without what the mistakes are in, so that the rest can be checked as well. `whole`:
    without the whole item of a list (a source, a topic) that has one; else without the key."""
    rest = deepcopy(value)
    dropped: dict[str, set[int]] = {}
    for key in keys:
        if len(key) > 1 and isinstance(key[1], int) and (whole or len(key) == 2):
            dropped.setdefault(str(key[0]), set()).add(key[1])
        elif key:
            _remove(rest, key)
    for name, positions in dropped.items():
        before = mistakes.kept.get(name, list(range(len(rest[name]))))
        mistakes.kept[name] = [before[n] for n in range(len(rest[name])) if n not in positions]
        rest[name] = [item for n, item in enumerate(rest[name]) if n not in positions]
    if not rest.get("sources"):
        rest["sources"] = [_NO_SOURCE]
    return rest


def _remove(value: Any, key: KeyPath) -> None:
    """Remove a key; of a list in it the whole list."""
    while isinstance(key[-1], int):
        key = key[:-1]
    for step in key[:-1]:
        value = value[step]
    if isinstance(value, dict):
        value.pop(key[-1], None)


def _close_to(location: tuple[str | int, ...], model: type[BaseModel]) -> str:
    known = list(_fields(location[:-1], model))
    close = get_close_matches(str(location[-1]), known, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _fields(location: tuple[str | int, ...], model: type[BaseModel]) -> Iterator[str]:
    """The keys that there are at a place."""
    for step in location:
        if isinstance(step, int):
            continue
        annotation = model.model_fields[step].annotation if step in model.model_fields else None
        inner = next((m for m in _models(annotation)), None)
        if inner is None:
            return
        model = inner
    yield from model.model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)
