"""The configuration: every mistake names file, line and key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config import add_sources, check_secrets, load_settings
from aggregator.errors import ConfigError
from aggregator.model import Source

GOOD = "sources:\n  - {name: a, type: feed, url: 'https://e.com/feed'}\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "aggregator.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ":1: must be a mapping"),
        ("site: {title: x}\n", ":1: sources: this key is missing"),
        (GOOD + "colour: red\n", ":3: colour: unknown key"),
        (
            GOOD + "ranking:\n  half_life: soon\n",
            ":4: ranking.half_life: must be a duration such as 30m",
        ),
        (GOOD + "ranking: {max_entries: many}\n", ":3: ranking.max_entries: must be a valid int"),
        (GOOD + "formats: [rss, pdf]\n", ":3: formats[2]: must be 'rss', 'atom' or 'json'"),
        ("sources:\n  - {name: a, type: feed}\n", ":2: sources[1]: must have either"),
        (
            "sources:\n  - {name: a, type: stories, path: nowhere}\n",
            ":2: sources[1].path: no such file or folder",
        ),
        (
            GOOD + "topics:\n  - {slug: a, name: A}\n  - {slug: a, name: B}\n",
            ":5: topics[2]: two topics have the slug 'a'",
        ),
        (GOOD + "topics:\n  - {slug: ../x, name: A}\n", ":4: topics[1].slug: must be letters"),
        (GOOD + "topics: [{slug: a, name: A, parent: b}]\n", "topics[1].parent: topic 'a'"),
        (
            GOOD + "topics: [{slug: a, name: A, parent: b}, {slug: b, name: B, parent: a}]\n",
            "among its own parents",
        ),
        (GOOD + "topic_files: ['none/*.yaml']\n", ":3: topic_files[1]: no such file"),
        (GOOD + "fetch: {allow_networks: [home]}\n", ":3: fetch.allow_networks[1]: 'home'"),
        (GOOD + "store: 'postgresql://u:${NO_SUCH_NAME}@h/d'\n", ":3: store: the environment"),
        (GOOD + GOOD, ":3: duplicate key 'sources'"),
        ("sources: [\n", "not valid YAML"),
        (GOOD + "  - {name: a, type: feed, url: 'https://e.com/2'}\n", "two sources are named"),
    ],
)
def test_each_mistake_names_file_line_and_key(tmp_path: Path, text: str, expected: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert str(caught.value).startswith(str(path))
    assert expected in str(caught.value)


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "colour: red\nranking: {window: x}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert len(caught.value.mistakes) == 2


def test_defaults_and_overrides(tmp_path: Path) -> None:
    topics = "topics:\n  - {slug: no, name: Norway, ranking: {half_life: 6h}}\n"
    settings = load_settings(write(tmp_path, GOOD + topics + "ranking: {window: all}\n"))
    assert settings.topics[0].slug == "no"
    assert settings.ranking.half_life == timedelta(hours=24)
    assert settings.ranking.window is None
    assert settings.ranking_of["no"].half_life == timedelta(hours=6)
    assert settings.ranking_of["no"].window is None
    assert settings.output == (tmp_path.parent / "feeds").resolve()


def test_secrets_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_PASSWORD", "pw")
    settings = load_settings(
        write(tmp_path, GOOD + "store: 'postgresql://u:${THE_PASSWORD}@h/d'\n")
    )
    assert settings.store == "postgresql://u:pw@h/d"


def test_topic_files_may_end_in_a_second_empty_document(tmp_path: Path) -> None:
    (tmp_path / "ai.yaml").write_text("_id: ai\nname: AI\nkeywords: [ai]\n---\n")
    (tmp_path / "ml.yaml").write_text(
        "_id: ml\nname: Machine Learning\nshortname: ML\nparent: AI\n"
    )
    settings = load_settings(
        write(tmp_path, GOOD + "topic_files: ['*l.yaml', 'a?.yaml']\n".replace("*l", "m?"))
    )
    assert {(t.slug, t.parent) for t in settings.topics} == {("ai", None), ("ml", "ai")}


def test_adding_a_source_keeps_every_comment(tmp_path: Path) -> None:
    text = (
        "# top\nsources:\n  # ours\n  - {name: a, type: feed, url: 'https://e.com/1'}  # one\n"
        "\n# end\nformats: [rss]\n"
    )
    path = write(tmp_path, text)
    added = add_sources(path, [Source('a "b": {c}', "feed", "https://e.com/2", topics=("T",))])
    assert [source.name for source in added] == ['a "b": {c}']
    assert (
        path.read_text().replace(
            '  - {name: "a \\"b\\": {c}", type: "feed", url: "https://e.com/2", topics: ["T"]}\n',
            "",
        )
        == text
    )
    assert [s.location for s in load_settings(path).sources] == [
        "https://e.com/1",
        "https://e.com/2",
    ]
    assert add_sources(path, [Source("again", "feed", "https://e.com/2")]) == []


def test_topics_of_added_sources_are_added_with_their_parents(tmp_path: Path) -> None:
    text = GOOD + "topics:\n  - {slug: tech, name: Tech}  # ours\nformats: [rss]\n"
    path = write(tmp_path, text)
    added = Source("Deep", "feed", "https://e.com/2", topics=("Tech", "Deep Tech", "All"))
    add_sources(path, [added])
    settings = load_settings(path)
    assert [(t.slug, t.parent) for t in settings.topics] == [("tech", None), ("deep-tech", "tech")]
    assert "# ours" in path.read_text()


def test_every_kind_of_mistake_is_found_in_one_pass(tmp_path: Path) -> None:
    text = """store: mysql://u@h/d
sources:
  - {name: a, type: feed, url: 'https://e.com/feed', qualty: 5}
  - {name: a, type: feed, url: 'https://e.com/feed'}
  - {name: c, type: stories, path: /nowhere/at/all}
  - {nam: d, type: fed}
topics:
  - {slug: index, name: X}
  - {slug: space, name: Space, aliases: [moon], match: {query: 'a "b'}}
  - {slug: moon, name: Moon}
ranking: {max_entries: many, blocked: ['(']}
merge: {strictness: 9}
admin: {password_hash: '${NO_SUCH_NAME}'}
"""
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, text))
    mistakes = [mistake.partition(":")[2] for mistake in caught.value.mistakes]
    for expected in (
        "1: store: a store in mysql is not supported",
        "3: sources[1].qualty: unknown key; did you mean `quality`?",
        "4: sources[2].name: two sources are named 'a'",
        "4: sources[2].url: the source 'a' already reads this",
        "5: sources[3].path: no such file or folder",
        "6: sources[4].name: this key is missing",
        "6: sources[4].nam: unknown key; did you mean `name`?",
        "6: sources[4].type: must be 'stories'",
        "8: topics[1].slug: must be letters",
        "9: topics[2].aliases[1]: the topic 'moon' has this slug",
        "9: topics[2].match.query: a quote is not closed",
        "11: ranking.max_entries: must be a valid integer, such as 50",
        "11: ranking.blocked[1]: '(' contains no word",
        "12: merge.strictness: must be strict, normal, loose, or a number",
        "13: admin.password_hash: the environment variable NO_SUCH_NAME is not set",
    ):
        assert any(mistake.startswith(expected) for mistake in mistakes), (expected, mistakes)
    assert len(mistakes) == 15


def test_only_secrets_read_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "0123456789abcdef")
    topics = "topics: [{slug: a, name: '${SECRET}', token: '${SECRET}'}]\n"
    text = "sources: [{name: '${SECRET}', type: feed, url: 'https://e.com/${SECRET}'}]\n"
    settings = load_settings(write(tmp_path, f"{text}{topics}store: 'sqlite:///${{SECRET}}.db'\n"))
    assert settings.sources[0].name == "${SECRET}"
    assert settings.sources[0].location == "https://e.com/${SECRET}"
    assert settings.topics[0].name == "${SECRET}"
    assert settings.http.tokens == {"a": "0123456789abcdef"}
    assert settings.store.endswith("/0123456789abcdef.db")


def test_a_file_with_a_missing_secret_can_be_loaded(tmp_path: Path) -> None:
    text = f"{GOOD}topics: [{{slug: a, name: A, token: '${{NO_SUCH_NAME}}'}}]\n"
    settings = load_settings(write(tmp_path, text))
    assert len(settings.http.tokens["a"]) >= 32, "the topic is still private"
    assert len(settings.missing) == 1
    with pytest.raises(ConfigError, match="NO_SUCH_NAME"):
        check_secrets(settings)


def test_names_of_feeds_are_written_so_that_they_are_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    names = ["${HOME}", 'a: "b" #c', "line\u2028\u0085end", "\U0001f600 \U000e0001", "tab\tnul\x01"]
    sources = [Source(name, "feed", f"https://e.com/{n}") for n, name in enumerate(names)]
    add_sources(path, sources)
    assert [source.name for source in load_settings(path).sources[1:]] == names
