"""From the file to the rooms' options, every mistake with its file, line and key."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aggregator.config.schema import ConfigFile, MergeSection, RankingSection, SourceSection
from aggregator.config.topics import topics_of
from aggregator.errors import BadDocument, ConfigError
from aggregator.merge import STRICTNESS, MergeOptions
from aggregator.model import Site, Source, Topic
from aggregator.rank import RankingOptions
from aggregator.read import USER_AGENT, ReadOptions
from aggregator.read.yamltext import Loaded, load_yaml

KeyPath = tuple[str | int, ...]
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What the HTTP side goes by. `per_minute`: how many feeds on demand are made for one client;
    `tokens`: the secret of each private topic, by slug; `password_hash`: the admin's, or ``""``."""

    per_minute: int | None = 120
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    password_hash: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration file says, as the options of the rooms. Paths are absolute."""

    path: Path
    site: Site
    store: str
    output: Path
    sources: tuple[Source, ...]
    topics: tuple[Topic, ...]
    ranking: RankingOptions
    ranking_of: Mapping[str, RankingOptions]
    reading: ReadOptions
    formats: tuple[str, ...]
    include_withheld: bool
    merging: MergeOptions
    promoted: frozenset[str]
    digests: Mapping[str, str]
    http: HttpOptions
    subscribe: bool


def load_settings(path: Path) -> Settings:
    """Read and check the configuration. Raises ConfigError with every mistake that it finds."""
    loaded = _load(path)
    mistakes = Mistakes(path, loaded)
    value = _with_variables(loaded.value, mistakes)
    checked = _checked(value, mistakes)
    mistakes.stop()
    assert checked is not None
    base = path.resolve().parent
    sources = tuple(_sources(checked.sources, base, mistakes))
    topics = topics_of(checked, base, mistakes.add)
    ranking = _ranking(checked.ranking, RankingOptions())
    ranking_of = dict(_overrides(checked, ranking))
    mistakes.stop()
    return Settings(
        path=path,
        site=Site(
            checked.site.title, checked.site.url, checked.site.language, checked.websub.hub or ""
        ),
        store=_store_url(checked.store, base),
        output=_absolute(base, checked.output),
        sources=sources,
        topics=topics,
        ranking=ranking,
        ranking_of=ranking_of,
        reading=ReadOptions(_user_agent(checked), checked.fetch.allow_networks),
        formats=tuple(dict.fromkeys(checked.formats)),
        include_withheld=checked.include_withheld,
        merging=_merging(checked.merge),
        promoted=frozenset(t.slug for t in checked.topics if t.date == "promoted"),
        digests={t.slug: t.digest for t in checked.topics if t.digest},
        http=HttpOptions(
            checked.http.per_minute,
            {t.slug: t.token for t in checked.topics if t.token},
            checked.admin.password_hash or "",
        ),
        subscribe=checked.websub.subscribe,
    )


class Mistakes:
    """Gathers mistakes, each with file, line and key."""

    def __init__(self, path: Path, loaded: Loaded) -> None:
        self._path = path
        self._loaded = loaded
        self._found: list[str] = []

    def add(self, key: KeyPath, reason: str) -> None:
        """Note a mistake at a key, such as ``("sources", 2, "url")``."""
        line = self._loaded.line_of(key)
        name = "".join(f"[{k + 1}]" if isinstance(k, int) else f".{k}" for k in key)
        self._found.append(f"{self._path}:{line}: {name.removeprefix('.') or 'file'}: {reason}")

    def stop(self) -> None:
        """Raise ConfigError if there is any mistake so far."""
        if self._found:
            raise ConfigError(self._found)


def _load(path: Path) -> Loaded:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError([f"{path}: too large for a configuration"])
        loaded = load_yaml(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: no such file (`aggregator init DIR` writes a configuration to start from)"]
        ) from None
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8: {error.reason}"]) from error
    except BadDocument as error:
        raise ConfigError([f"{path}:{error.line}: {error.reason}"]) from error
    if not isinstance(loaded.value, dict):
        raise ConfigError([f"{path}:1: not a mapping of keys to values"])
    return loaded


def _with_variables(value: Any, mistakes: Mistakes, key: KeyPath = ()) -> Any:
    """``${NAME}`` in a text is the environment's value: secrets never stand in the file."""
    if isinstance(value, dict):
        return {k: _with_variables(v, mistakes, (*key, k)) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_variables(v, mistakes, (*key, n)) for n, v in enumerate(value)]
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            mistakes.add(key, f"the environment has no variable {match[1]}")
        return found or ""

    return _VARIABLE.sub(replacement, value)


def _checked(value: Any, mistakes: Mistakes) -> ConfigFile | None:
    try:
        return ConfigFile.model_validate(value)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            mistakes.add(one["loc"], _in_words(one["type"], one["msg"]))
        return None


def _in_words(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "this key is missing"
    return message.removeprefix("Value error, ").replace("Input should", "should")


def _sources(
    sections: tuple[SourceSection, ...], base: Path, mistakes: Mistakes
) -> Iterator[Source]:
    names: set[str] = set()
    for number, section in enumerate(sections):
        key: KeyPath = ("sources", number)
        if section.name in names:
            mistakes.add((*key, "name"), f"two sources are named {section.name!r}")
        names.add(section.name)
        yield Source(
            name=section.name,
            kind=section.type,
            place=_place(section, base, key, mistakes),
            quality=section.quality,
            topics=section.topics,
            every=section.every,
        )


def _place(section: SourceSection, base: Path, key: KeyPath, mistakes: Mistakes) -> str:
    if (section.path is None) == (section.url is None):
        mistakes.add(key, "either `path` or `url` is wanted")
        return ""
    if section.url is not None:
        if not section.url.startswith(("http://", "https://", "file:///")):
            mistakes.add((*key, "url"), "an http(s) or file URL is wanted")
        return section.url
    place = str(_absolute(base, section.path or ""))
    if not glob.has_magic(place) and not Path(place).exists():
        mistakes.add((*key, "path"), f"no such file or folder: {place}")
    return place


def _ranking(section: RankingSection, defaults: RankingOptions) -> RankingOptions:
    given = {name: getattr(section, name) for name in section.model_fields_set}
    values = {name: getattr(defaults, name) for name in RankingOptions.__slots__}
    return RankingOptions(**{**values, **given})


def merge_options(window: str, strictness: str) -> MergeOptions:
    """The options in the words of the configuration. Raises ConfigError."""
    try:
        section = MergeSection.model_validate({"window": window, "strictness": strictness})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise ConfigError(
            [f"{one['loc'][0]}: {_in_words(one['type'], one['msg'])}" for one in found]
        ) from error
    return _merging(section)


def _merging(section: MergeSection) -> MergeOptions:
    factor = STRICTNESS.get(str(section.strictness), section.strictness)
    return MergeOptions(section.text, float(factor), section.window)


def _overrides(
    checked: ConfigFile, ranking: RankingOptions
) -> Iterator[tuple[str, RankingOptions]]:
    for topic in checked.topics:
        if topic.ranking is not None:
            yield topic.slug, _ranking(topic.ranking, ranking)


def _user_agent(checked: ConfigFile) -> str:
    """Who we are, and the site where publishers can read about who asks."""
    return checked.fetch.user_agent or f"{USER_AGENT} (+{checked.site.url})"


def _absolute(base: Path, text: str) -> Path:
    return Path(os.path.normpath(base / Path(text).expanduser()))


def _store_url(url: str, base: Path) -> str:
    """A relative SQLite path is relative to the configuration, as every path in it."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == f"{prefix}:memory:":
        return url
    return f"{prefix}{_absolute(base, url.removeprefix(prefix))}"
