"""Rules of the configuration, by values: mistakes, secrets, units, overrides."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config import Settings, check_secrets, load_settings
from aggregator.config.password import password_hash
from aggregator.errors import ConfigError

SOURCE = "sources:\n- {name: a, type: feed, url: 'https://e.com/feed'}\n"


def load(folder: Path, text: str) -> Settings:
    path = folder / "config" / "aggregator.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return load_settings(path)


def mistakes(folder: Path, text: str) -> list[str]:
    """What is wrong, without the name of the file."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    return [m.removeprefix(f"{folder}/config/aggregator.yaml:") for m in caught.value.mistakes]


def test_all_mistakes_are_reported_at_once_each_with_its_line_and_key(tmp_path: Path) -> None:
    texts = mistakes(
        tmp_path,
        "sources:\n- {name: a, type: feed, url: 'https://e.com/1'}\n"
        "- {name: a, type: feed, url: 'https://e.com/1'}\nsite:\n  titel: News\ncolour: red\n"
        "ranking:\n  pinned: ['\"open']\n  half_life: soon\n",
    )
    places = {(text.partition(":")[0], text.split(": ")[1]) for text in texts}
    assert places == {
        ("3", "sources[2].name"),
        ("3", "sources[2].url"),
        ("5", "site.titel"),
        ("6", "colour"),
        ("8", "ranking.pinned[1]"),
        ("9", "ranking.half_life"),
    }


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (SOURCE + "formats: [pdf]\n", "formats[1]"),
        ("sources: [nonsense]\n", "sources[1]"),
        ("sources:\n- {name: a, type: nonsense, url: 'https://e.com/feed'}\n", "sources[1].type"),
    ],
)
def test_a_list_whose_only_item_is_wrong_is_one_mistake(
    tmp_path: Path, text: str, key: str
) -> None:
    assert [message.split(": ")[1] for message in mistakes(tmp_path, text)] == [key]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("topics: [{slug: x, name: X, token: '012345678901234'}]", "topics[1].token"),
        ("topics: [{slug: x, name: X}, {slug: y, name: Y, aliases: [x]}]", "topics[2].aliases[1]"),
        ("topics: [{slug: all, name: X}]", "topics[1].slug"),
        ("topics: [{slug: x, name: X, colour: red}]", "topics[1].colour"),
        ("merge: {strictness: 5}", "merge.strictness"),
        ("merge: {strictness: 0.2}", "merge.strictness"),
        ("http: {trusted_proxies: [everybody]}", "http.trusted_proxies[1]"),
        ("http: {per_minute: 0}", "http.per_minute"),
        ("admin: {password_hash: secret}", "admin.password_hash"),
        ("store: 'mysql://h/d'", "store"),
        ("ranking: {window: 0d}", "ranking.window"),
    ],
)
def test_invalid_values_are_mistakes(tmp_path: Path, text: str, key: str) -> None:
    (mistake,) = mistakes(tmp_path, f"{SOURCE}{text}\n")
    assert mistake.startswith(f"3: {key}: ")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ranking: {blocked: ['\"not closed']}", "ranking.blocked[1]"),
        ("ranking: {blocked: ['--']}", "ranking.blocked[1]"),
        (
            "topics: [{slug: x, name: X, digest: daily}, {slug: x-daily, name: Y}]",
            "topics[1].digest",
        ),
    ],
)
def test_warnings_do_not_stop_the_program(tmp_path: Path, text: str, key: str) -> None:
    (warning,) = load(tmp_path, f"{SOURCE}{text}\n").warnings
    assert f":3: {key}: " in warning
    twice = load(tmp_path, f"{SOURCE}- {{name: b, type: feed, url: 'https://e.com/feed'}}\n")
    assert ":3: sources[2].url: " in twice.warnings[0]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(days=1)),
        ("14d", timedelta(days=14)),
        ("2w", timedelta(days=14)),
        ("1.5h", timedelta(minutes=90)),
    ],
)
def test_units_of_time(tmp_path: Path, text: str, length: timedelta) -> None:
    assert load(tmp_path, f"{SOURCE}ranking: {{window: {text}}}\n").ranking.window == length


def test_defaults_are_those_of_the_reference(tmp_path: Path) -> None:
    settings = load(tmp_path, SOURCE)
    assert settings.output == tmp_path / "feeds"
    assert settings.store == f"sqlite:///{tmp_path}/var/aggregator.db"
    assert (settings.site.title, settings.site.url) == ("My news", "http://localhost:8000/")
    assert settings.formats == ("rss", "atom", "json")
    rank = settings.ranking
    assert (rank.half_life, rank.coverage_half_life, rank.window) == (
        timedelta(hours=24),
        timedelta(hours=48),
        timedelta(days=14),
    )
    assert (rank.quality_weight, rank.coverage_weight, rank.freshness_weight) == (0.5, 20, 10)
    assert (rank.max_entries, rank.per_publisher, rank.spread) == (50, None, 0.03)
    assert (settings.http.per_minute, settings.http.trusted_proxies) == (120, ("127.0.0.1", "::1"))
    assert (settings.merging.text, settings.merging.window) == (True, timedelta(hours=72))
    assert (settings.include_withheld, settings.subscribe) == (False, False)


def test_a_topic_overrides_only_what_it_says(tmp_path: Path) -> None:
    topics = "topics: [{slug: x, name: X, ranking: {max_entries: 5}}]\n"
    settings = load(tmp_path, f"{SOURCE}ranking: {{half_life: 6h, spread: 0}}\n{topics}")
    ranking = settings.ranking_of["x"]
    assert (ranking.max_entries, ranking.half_life, ranking.spread) == (5, timedelta(hours=6), 0)
    assert settings.ranking.max_entries == 50


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "news").mkdir()
    monkeypatch.chdir("/")
    text = "sources: [{name: a, type: stories, path: ../news}]\noutput: ../out\nstore: 'sqlite:///s.db'"
    settings = load(tmp_path, text)
    assert settings.sources[0].location == str(tmp_path / "news")
    assert settings.output == tmp_path / "out"
    assert settings.store == f"sqlite:///{tmp_path}/config/s.db"


def test_only_secrets_read_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "0123456789abcdef0123")
    monkeypatch.setenv("HASH", password_hash("correct horse"))
    text = (
        "sources: [{name: '${SECRET}', type: feed, url: 'https://e.com/${SECRET}'}]\n"
        "site: {title: '${SECRET}'}\n"
        "topics: [{slug: x, name: '${SECRET}', token: '${SECRET}', keywords: ['${SECRET}']}]\n"
        "admin: {password_hash: '${HASH}'}\nstore: 'postgresql+psycopg://u:${SECRET}@h/d'\n"
    )
    settings = load(tmp_path, text)
    plain = "${SECRET}"
    assert (settings.sources[0].name, settings.sources[0].location) == (
        plain,
        f"https://e.com/{plain}",
    )
    assert (settings.site.title, settings.topics[0].name) == (plain, plain)
    assert settings.topics[0].keywords == (plain,)
    assert settings.http.tokens == {"x": "0123456789abcdef0123"}
    assert settings.http.password_hash.startswith("scrypt:")
    assert settings.store == "postgresql+psycopg://u:0123456789abcdef0123@h/d"


def test_where_a_secret_is_missing_its_topic_is_private_and_there_is_no_admin(
    tmp_path: Path,
) -> None:
    text = (
        f"{SOURCE}topics: [{{slug: x, name: X, token: '${{NO_SUCH}}'}}]\n"
        "admin: {password_hash: '${NO_SUCH}'}\n"
    )
    first, second = load(tmp_path, text), load(tmp_path, text)
    assert len(first.http.tokens["x"]) >= 32
    assert first.http.tokens != second.http.tokens, "the token is random"
    assert first.http.password_hash == ""
    with pytest.raises(ConfigError) as caught:
        check_secrets(first)
    assert [m.partition("aggregator.yaml:")[2].split(": ")[1] for m in caught.value.mistakes] == [
        "admin.password_hash",
        "topics[1].token",
    ]
    check_secrets(load(tmp_path, SOURCE))


def test_only_hosts_named_in_the_file_may_be_in_private_networks(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        f"{SOURCE}websub: {{hub: 'https://hub.example.org/'}}\n"
        "fetch: {allow_networks: [10.0.0.0/8]}\n",
    )
    assert settings.reading.configured_hosts == frozenset({"e.com", "hub.example.org"})
    assert settings.reading.allow_networks == ("10.0.0.0/8",)
    assert settings.reading.user_agent.endswith(" (+http://localhost:8000/)")
