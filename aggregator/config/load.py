"""From the configuration file to the options of each package."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError

from aggregator.config.checks import aliases_of, check_file, check_look
from aggregator.config.http_options import HttpOptions, http_options
from aggregator.config.keeping import keep_of
from aggregator.config.mistakes import (
    KeyPath,
    Mistakes,
    in_words,
    key_of,
    of_their_own,
    without_mistakes,
)
from aggregator.config.notify_sections import NotifyOptions, notify_of
from aggregator.config.secrets import with_secrets
from aggregator.config.sections import ConfigFile, MergeSection, RankingSection, SourceSection
from aggregator.config.topic_sections import dated_feeds, topics_of
from aggregator.errors import BadDocument, ConfigError
from aggregator.merge import STRICTNESS, MergeOptions
from aggregator.model import MAX_TITLE, Site, Source, Topic, clean_text
from aggregator.pictures import PictureOptions
from aggregator.publish import uri
from aggregator.rank import RankingOptions
from aggregator.read import USER_AGENT, ReadOptions
from aggregator.read.guard import host_of
from aggregator.read.yamltext import Loaded, load_yaml

_MAX_BYTES = 5_000_000  # thousands of sources; more is not a configuration file
_PASSES = 3  # the first mistakes, those that they hid, and what is left without both


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration file says, as the options of the packages. Paths are absolute.

    `aliases` maps former slugs of topics to the current ones; `ranking_of`, `digests` and
    `promoted` are by slug. `keep` is how long a story is stored after it last changed (None: for
    ever). `warnings` are things that are probably not meant; `missing` names the
    secrets that are not set in the environment, which only `check_secrets` refuses."""

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
    keep: timedelta | None
    pictures: PictureOptions = field(default_factory=PictureOptions)
    aliases: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    notify: NotifyOptions = field(default_factory=NotifyOptions)

    def with_story_pages(self) -> Settings:
        """The same for a program that serves HTTP: each story has a page."""
        return replace(self, site=replace(self.site, story_pages=True))


def load_settings(path: Path) -> Settings:
    """Read and check the configuration. Raises ConfigError with all mistakes in it."""
    checked, missing, mistakes = _read(path)
    base = path.resolve().parent
    sources = tuple(_sources(checked.sources, base, mistakes))
    topics = topics_of(checked, base, mistakes.add)
    aliases = aliases_of(checked.topics, topics, mistakes)
    check_file(checked, sources, topics, mistakes)
    site = _site(checked, base)
    check_look(site, mistakes)
    ranking = _ranking(checked.ranking, RankingOptions())
    ranking_of = dict(_overrides(checked, ranking))
    keep = keep_of(checked, (r.window for r in (ranking, *ranking_of.values())), mistakes)
    notify = notify_of(checked.notify, checked.site.url, topics, mistakes)
    mistakes.raise_if_any(secrets := tuple(mistakes.message(*secret) for secret in missing))
    return Settings(
        path=path,
        site=site,
        store=_store_url(checked.store, base),
        output=_absolute(base, checked.output),
        sources=sources,
        topics=topics,
        ranking=ranking,
        ranking_of=ranking_of,
        reading=_reading(checked),
        formats=tuple(dict.fromkeys(checked.formats)),
        include_withheld=checked.include_withheld,
        merging=_merging(checked.merge),
        promoted=frozenset(slug for slug, t in dated_feeds(checked) if t.date == "promoted"),
        digests={slug: t.digest for slug, t in dated_feeds(checked) if t.digest},
        http=http_options(checked),
        subscribe=checked.websub.subscribe,
        keep=keep,
        pictures=PictureOptions(**dict(checked.pictures)),
        aliases=aliases,
        warnings=mistakes.warnings,
        missing=secrets,
        notify=notify,
    )


def _read(path: Path) -> tuple[ConfigFile, Sequence[tuple[KeyPath, str]], Mistakes]:
    """The checked file, the secrets that are missing, and the mistakes so far."""
    loaded, fields = _load(path)
    mistakes = Mistakes(path, loaded)
    value, missing = with_secrets(fields, mistakes)
    return _checked(value, mistakes), missing, mistakes


def _site(checked: ConfigFile, base: Path) -> Site:
    site, hub = checked.site, checked.websub.hub
    return Site(
        clean_text(site.title, MAX_TITLE),
        uri(site.url),
        site.language,
        uri(hub) if hub else "",
        timezone=site.timezone,
        css=str(_absolute(base, site.css)) if site.css else "",
        templates=str(_absolute(base, site.templates)) if site.templates else "",
        icon=str(_absolute(base, site.icon)) if site.icon else "",
    )


def _reading(checked: ConfigFile) -> ReadOptions:
    return ReadOptions(
        _user_agent(checked), checked.fetch.allow_networks, configured_hosts=_hosts(checked)
    )


def check_secrets(settings: Settings) -> None:
    """Raise ConfigError if a secret that serving needs is not set in the environment."""
    if settings.missing:
        raise ConfigError(list(settings.missing))


def _load(path: Path) -> tuple[Loaded, Mapping[str, object]]:
    """The parsed file, and its value. Raises ConfigError if it cannot be read or is no mapping."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError([f"{path}: must not be larger than {_MAX_BYTES:,} bytes"])
        loaded = load_yaml(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: no such file (`aggregator init DIR` writes one to start from)"]
        ) from None
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8: {error.reason}"]) from error
    except BadDocument as error:
        raise ConfigError([f"{path}:{error.line}: {error.reason}"]) from error
    if not isinstance(loaded.value, dict):
        raise ConfigError([f"{path}:1: must be a mapping of keys to values"])
    return loaded, loaded.value


def _checked(value: Mapping[str, object], mistakes: Mistakes) -> ConfigFile:
    """The file as its schema reads it. Each mistake is added to `mistakes` and its value left out,
    so that the caller can check the rest too. Raises ConfigError if nothing valid is left."""
    removed: set[KeyPath] = set()
    for number in range(_PASSES):
        try:
            return ConfigFile.model_validate(value)
        except ValidationError as error:
            details = of_their_own(error.errors(include_url=False, include_input=False))
        keys = [key_of(detail, value) for detail in details]
        for key, detail in zip(keys, details, strict=True):
            if key not in removed:  # else it is missing because it was removed
                mistakes.add(key, in_words(detail, ConfigFile))
        removed.update(keys)
        value = without_mistakes(value, keys, mistakes, whole=number > 0)
    mistakes.raise_if_any()
    raise AssertionError("a configuration without a mistake was refused")


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
            location=_location(section, base, key, mistakes),
            quality=section.quality,
            topics=section.topics,
            every=section.every,
            publisher=section.publisher,
            full_text=section.content == "full",
        )


def _location(section: SourceSection, base: Path, key: KeyPath, mistakes: Mistakes) -> str:
    if (section.path is None) == (section.url is None):
        mistakes.add(key, "must have either `path` or `url`")
        return ""
    if section.url is not None:
        if not section.url.startswith(("http://", "https://", "file:///")):
            mistakes.add((*key, "url"), "must be an http(s) or file URL")
        return section.url
    location = str(_absolute(base, section.path or ""))
    if not glob.has_magic(location) and not Path(location).exists():
        mistakes.add((*key, "path"), f"no such file or folder: {location}")
    return location


def _ranking(section: RankingSection, defaults: RankingOptions) -> RankingOptions:
    """The defaults with the keys that the section sets."""
    return replace(defaults, **{name: getattr(section, name) for name in section.model_fields_set})


def merge_options(window: str, strictness: str) -> MergeOptions:
    """The options for `merge.window` and `merge.strictness` as the configuration writes them
    (``72h``, ``strict``). Raises ConfigError."""
    try:
        section = MergeSection.model_validate({"window": window, "strictness": strictness})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise ConfigError(
            [f"{detail['loc'][0]}: {in_words(detail, MergeSection)}" for detail in details]
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


def _hosts(checked: ConfigFile) -> frozenset[str]:
    """The hosts that the configuration names: only these may be in private networks that
    `fetch.allow_networks` opens, so that no feed can lead us to other hosts there."""
    urls = [source.url for source in checked.sources if source.url]
    urls += [checked.websub.hub] if checked.websub.hub else []
    urls += [checked.notify.webhook.url] if checked.notify.webhook else []
    return frozenset(host for url in urls if (host := host_of(url)))


def _user_agent(checked: ConfigFile) -> str:
    """The User-Agent of our requests: the program, and the site where publishers can read about
    it."""
    return checked.fetch.user_agent or f"{USER_AGENT} (+{checked.site.url})"


def _absolute(base: Path, text: str) -> Path:
    return Path(os.path.normpath(base / Path(text).expanduser()))


def _store_url(url: str, base: Path) -> str:
    """The store's URL; a relative SQLite path is relative to the folder of the configuration."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == f"{prefix}:memory:":
        return url
    return f"{prefix}{_absolute(base, url.removeprefix(prefix))}"
