"""Everything that this program raises on purpose.

    AggregatorError
    ├── ConfigError        the configuration is wrong: file, line, key, reason
    ├── BadDocument        a document could not be read: line, reason
    │   └── BadItem        one item of a document could not be read; the others can
    ├── FetchError         a URL could not be fetched: reason, and whether the network is to blame
    │   └── AddressRefused the address is private, special or of a scheme that is never fetched
    ├── StoreError         the store cannot be opened or is of a newer version
    └── UnknownStory       no story has that id or holds that URL

An expected outcome (not modified, gone, a bad file) is a value, not an exception: see
``aggregator.model``. These carry facts, so that whoever shows them can say where and why.
"""


class AggregatorError(Exception):
    """The root: catch it to catch all that this program raises on purpose."""


class ConfigError(AggregatorError):
    """The configuration is wrong: one line a mistake, ``file:line: key: reason``."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class BadDocument(AggregatorError):
    """A document could not be read. `line` counts from 1; 0 means the whole document. `kind` is
    the value of an ``aggregator.model.FailureKind``."""

    kind = "document"

    def __init__(self, reason: str, line: int = 0, kind: str = "") -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.reason = reason
        self.line = line
        self.kind = kind or self.kind


class BadItem(BadDocument):
    """One item of a document could not be read; the others can."""

    kind = "item"


class FetchError(AggregatorError):
    """A URL could not be fetched.

    `unreachable` says that no connection came about at all: no name service, no route. When
    that holds for every source, the network is down, and one line says so instead of forty.
    """

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unreachable = unreachable


class AddressRefused(FetchError):
    """The address is private, special, or of a scheme that is never fetched."""


class StoreError(AggregatorError):
    """The store cannot be opened, or was written by a newer version."""


class UnknownStory(AggregatorError):
    """No remembered story has that id or holds that URL."""
