"""What is wrong with a configuration: each mistake with its file, line, key and reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from aggregator.errors import ConfigError
from aggregator.read.yamltext import Loaded

KeyPath = tuple[str | int, ...]
"""The way to a value: names of keys, and positions in lists from 0."""

_PLACEHOLDER_SOURCE = {"name": "none", "type": "feed", "url": "https://none.invalid/"}
"""Stands in for the list of sources where every source has a mistake."""
# The messages for pydantic's types of error; the names in braces are of its error context.
_MESSAGES = {
    "missing": "this key is missing",
    "int_parsing": "must be a valid integer, such as 50",
    "int_type": "must be a valid integer, such as 50",
    "float_parsing": "must be a valid number, such as 0.5",
    "float_type": "must be a valid number, such as 0.5",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "tuple_type": "must be a list, such as [a, b]",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "literal_error": "must be {expected}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} in the list",
    "finite_number": "must be a valid number, such as 0.5",
}


class Mistakes:
    """The mistakes found so far, and the warnings, with which the program can still run."""

    def __init__(self, path: Path, loaded: Loaded) -> None:
        self._path = path
        self._loaded = loaded
        self._errors: list[str] = []
        self._warnings: list[str] = []
        self.positions: dict[str, list[int]] = {}
        """For a list from which items with mistakes were dropped: the positions, from 0, that the
        remaining items have in the file."""

    def add(self, key: KeyPath, reason: str) -> None:
        """Add a mistake at a key, such as ``("sources", 2, "url")``."""
        self._add(self._errors, key, reason)

    def warn(self, key: KeyPath, reason: str) -> None:
        """Add a warning: probably not meant, but the program can run with it."""
        self._add(self._warnings, key, reason)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings so far, each as ``file:line: key: reason``."""
        return tuple(self._warnings)

    def raise_if_any(self, further: Iterable[str] = ()) -> None:
        """Raise ConfigError if there is any mistake; it lists the warnings and `further` too."""
        if self._errors:
            raise ConfigError([*self._errors, *self._warnings, *further])

    def message(self, key: KeyPath, reason: str) -> str:
        """``file:line: key: reason``."""
        if len(key) > 1 and isinstance(key[1], int) and key[0] in self.positions:
            key = (key[0], self.positions[str(key[0])][key[1]], *key[2:])
        line = self._loaded.line_of(key)
        name = "".join(f"[{k + 1}]" if isinstance(k, int) else f".{k}" for k in key)
        return f"{self._path}:{line}: {name.removeprefix('.') or 'file'}: {reason}"

    def _add(self, messages: list[str], key: KeyPath, reason: str) -> None:
        message = self.message(key, reason)
        if message not in messages:
            messages.append(message)


def in_words(error: ErrorDetails, model: type[BaseModel]) -> str:
    """The reason of a pydantic error, in the words of this program."""
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"unknown key{_close_to(error['loc'], model)}"
    if kind in _MESSAGES:
        return _MESSAGES[kind].format(**error.get("ctx", {}))
    return error["msg"].removeprefix("Value error, ").replace("Input should", "must")


def of_their_own(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """The errors without those that follow from others: a list whose only item is wrong is not
    too short as well."""
    lists = {error["loc"][:-1] for error in errors if isinstance(error["loc"][-1], int)}
    lists |= {error["loc"][:1] for error in errors if len(error["loc"]) > 1}
    return [e for e in errors if e["type"] != "too_short" or e["loc"] not in lists]


def key_of(error: ErrorDetails, value: object) -> KeyPath:
    """The key that a pydantic error is about: the part of its location that is in the file."""
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


def without_mistakes(
    value: Mapping[str, object], keys: list[KeyPath], mistakes: Mistakes, *, whole: bool
) -> dict[str, object]:
    """A copy of the configuration without the `keys`, so that the rest can be checked as well. With
    `whole`, an item of a list (a source, a topic) that contains one of them is dropped entirely."""
    rest = deepcopy(dict(value))
    dropped: dict[str, set[int]] = {}
    for key in keys:
        if len(key) > 1 and isinstance(key[1], int) and (whole or len(key) == 2):
            dropped.setdefault(str(key[0]), set()).add(key[1])
        elif key:
            _remove(rest, key)
    for name, positions in dropped.items():
        items = rest[name]
        assert isinstance(items, list)  # the key has a position in it
        left = [n for n in range(len(items)) if n not in positions]
        in_file = mistakes.positions.get(name, range(len(items)))
        mistakes.positions[name] = [in_file[n] for n in left]
        rest[name] = [items[n] for n in left]
        if not left:  # an empty list would be a mistake of its own
            del rest[name]
    if not rest.get("sources"):
        rest["sources"] = [_PLACEHOLDER_SOURCE]
    return rest


def _remove(value: object, key: KeyPath) -> None:
    """Remove a key from the value; for an item of a list, remove the whole list."""
    while isinstance(key[-1], int):
        key = key[:-1]
    for step in key[:-1]:
        value = _child(value, step)
    if isinstance(value, dict):
        value.pop(key[-1], None)


def _child(value: object, step: str | int) -> object:
    if isinstance(value, list):
        assert isinstance(step, int)
        return value[step]
    assert isinstance(value, dict)
    return value[step]


def _close_to(location: tuple[str | int, ...], model: type[BaseModel]) -> str:
    names = list(_fields(location[:-1], model))
    close = get_close_matches(str(location[-1]), names, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _fields(location: tuple[str | int, ...], model: type[BaseModel]) -> Iterator[str]:
    """The names of the keys that a section of the configuration may have."""
    for step in location:
        if isinstance(step, int):
            continue
        annotation = model.model_fields[step].annotation if step in model.model_fields else None
        inner = next(_models(annotation), None)
        if inner is None:
            return
        model = inner
    yield from model.model_fields


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)
