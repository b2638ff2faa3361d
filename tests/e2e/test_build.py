"""The commands, started as a user starts them: build, feed, stories, explain, sources, init."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import feedparser
import pytest

from tests.conftest import Answer, Config, Server, StoryWriter, program, rss, tree
from tests.contracts.check_feeds import CHECKS

AT = ("--now", "2026-11-22T12:00:00Z")
BETTER = {
    "title": "The better one",
    "webUrl": "https://better.example.com/1",
    "publishedDateTime": "2026-11-20T09:00:00Z",
    "quality": 91,
    "provider": {"name": "Better", "domain": "better.example.com"},
}


def build(config: Path, *words: str, now: str = AT[1], code: int = 0) -> str:
    done = program("build", "-c", str(config), "--now", now, *words, code=code)
    return done.stdout + done.stderr


def listed(config: Path) -> list[dict[str, object]]:
    printed = program("stories", "-c", str(config), *AT, "--json").stdout
    return [json.loads(line) for line in printed.splitlines()]


def test_a_superseded_file_in_every_feed(write_story: StoryWriter, write_config: Config) -> None:
    write_story("a.md", published=False, heat=-1, quality=51, related=[BETTER])
    config = write_config()
    build(config)
    for name in ("all", "science"):
        for ext, check in CHECKS.items():
            (row,) = check((config.parent / f"feeds/{name}.{ext}").read_bytes())
            assert row[1] == "The better one"
    (story,) = listed(config)
    assert [(a["title"], a["role"]) for a in story["articles"]] == [  # type: ignore[attr-defined]
        ("The better one", "lead"),
        ("Story a.md", "coverage"),
    ]
    assert not any(b"c2VjcmV0" in data for data in tree(config.parent / "feeds").values())


def test_two_runs_give_the_same_bytes(write_story: StoryWriter, write_config: Config) -> None:
    for number in range(5):
        write_story(f"{number}.md", quality=80 + number, related=[BETTER] if number else [])
    config = write_config()
    build(config)
    first = tree(config.parent / "feeds")
    (config.parent / "store.db").unlink()
    build(config, "-o", str(config.parent / "again"))
    assert tree(config.parent / "again") == first


def test_changes_without_meaning_change_no_byte(
    write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md", published=True, heat=120, quality=100, related=[BETTER])
    write_story("b.md", published=True, heat=90, quality=90)
    config = write_config()
    build(config)
    first_files = tree(config.parent / "feeds")
    stamps = {p: p.stat().st_mtime_ns for p in (config.parent / "feeds").iterdir()}
    later = "2026-11-22T12:00:00Z"
    write_story("b.md", published=True, heat=9999, quality=90, secured="other")
    write_story("a.md", secured="new", related=[BETTER], quality=100, heat=1, published=True)
    build(config, now=later)
    assert tree(config.parent / "feeds") == first_files
    assert {p: p.stat().st_mtime_ns for p in (config.parent / "feeds").iterdir()} == stamps


def test_a_bad_file_is_reported_at_each_build_and_stops_no_other(
    write_story: StoryWriter, write_config: Config
) -> None:
    write_story("good.md")
    bad = write_story("bad.md")
    config = write_config()
    build(config)
    bad.write_text("---\ntitle: Budget: what now\n---\n")
    for _ in range(2):
        assert "news: bad.md:2: not valid YAML" in build(config)
    assert {story["title"] for story in listed(config)} == {"Story good.md", "Story bad.md"}


def test_one_bad_line_does_not_fail_a_source(tmp_path: Path, write_config: Config) -> None:
    lines = tmp_path / "wire.jsonl"
    lines.write_text('{"url": "https://e.com/1", "title": "One"}\nnot json\n')
    config = write_config(sources=[{"name": "wire", "type": "jsonl", "path": "wire.jsonl"}])
    for _ in range(2):  # changed, then unchanged
        assert "wire: wire.jsonl:2: not JSON" in build(config)
        assert "wire (jsonl): ok" in program("sources", "-c", str(config)).stdout
    lines.write_text("not json\n")
    for _ in range(2):
        build(config)
        assert "wire (jsonl): failing" in program("sources", "-c", str(config)).stdout
    assert [story["title"] for story in listed(config)] == ["One"]


def test_a_tree_that_shrinks_deletes_nothing(
    write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md")
    removed = write_story("b.md")
    config = write_config()
    build(config)
    removed.unlink()
    build(config)
    assert len(listed(config)) == 2


def test_files_and_feeds_together(
    server: Server, write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md")
    server.answers["/feed"] = Answer(rss("One", "Two"), headers={"ETag": '"v1"'})
    config = write_config(
        sources=[
            {"name": "news", "type": "stories", "path": "news"},
            {"name": "web", "type": "feed", "url": f"{server.url}/feed", "topics": ["Web"]},
            {"name": "dead", "type": "feed", "url": f"{server.url}/none"},
        ],
        fetch={"allow_networks": ["127.0.0.1/32"]},
    )
    assert "dead: HTTP 404 Not Found" in build(config)
    build(config)
    assert [h.get("if-none-match") for path, h in server.log if path == "/feed"] == [None, '"v1"']
    assert {story["title"] for story in listed(config)} == {"One", "Two", "Story a.md"}
    parsed = feedparser.parse(config.parent / "feeds/web.rss")
    assert {entry.title for entry in parsed.entries} == {"One", "Two"}
    shown = program("sources", "-c", str(config)).stdout
    assert "dead (feed): failing" in shown
    assert "HTTP 404" in shown


def test_feeds_are_fetched_side_by_side(server: Server, write_config: Config) -> None:
    """The server answers none of the requests before it has all of them."""
    all_asked = threading.Barrier(6)
    for number in range(6):
        body = rss("x", base=f"https://p{number}.example.com/")
        server.answers[f"/{number}"] = Answer(body, held=all_asked)
    config = write_config(
        sources=[{"name": str(n), "type": "feed", "url": f"{server.url}/{n}"} for n in range(6)],
        fetch={"allow_networks": ["127.0.0.1/32"]},
    )
    build(config)
    assert server.most_in_flight == 6


def test_private_addresses_are_refused_unless_allowed(
    server: Server, write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md")
    server.answers["/feed"] = Answer(rss("One"))
    config = write_config(
        sources=[
            {"name": "news", "type": "stories", "path": "news"},
            {"name": "inside", "type": "feed", "url": f"{server.url}/feed"},
        ]
    )
    assert "the address 127.0.0.1 is private or special" in build(config)
    assert server.log == []


def test_a_feed_on_demand(write_story: StoryWriter, write_config: Config) -> None:
    write_story("a.md", title="Quantum leap", quality=100)
    write_story("b.md", title="Quantum sale", quality=60)
    write_story("c.md", title="Weather", quality=120)
    config = write_config(ranking={"window": "all", "max_entries": 1})
    words = ("feed", "all", "-c", str(config), *AT, "--query", "quantum", "--min-quality", "80")
    printed = program(*words, "--format", "json").stdout
    assert [item["title"] for item in json.loads(printed)["items"]] == ["Quantum leap"]
    assert program("feed", "none", "-c", str(config), *AT, code=1).stderr.startswith("no topic")


def test_explain_names_the_terms(write_story: StoryWriter, write_config: Config) -> None:
    write_story("a.md", quality=100, related=[BETTER])
    config = write_config()
    build(config)
    story = listed(config)[0]
    for reference in (str(story["id"]), "https://www.pub.example.com/a.md?utm_source=x"):
        printed = program("explain", reference, "-c", str(config), *AT).stdout
        assert "coverage: 1 related article" in printed
        assert "all: 1 of 1" in printed
    assert program("explain", "https://no.example", "-c", str(config), *AT, code=1).stderr


def test_printed_text_has_no_control_characters(
    write_story: StoryWriter, write_config: Config
) -> None:
    path = write_story("a.md")
    path.write_text(path.read_text().replace('"Story a.md"', r'"red \e[31m alert\a"'))
    config = write_config()
    printed = program("stories", "-c", str(config), *AT).stdout
    assert "red [31m alert" in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("build", "-c", "/no/such/file.yaml"), 2),
        (("build", "--no-such-option"), 2),
        (("check", "-c", "/no/such/file.yaml"), 2),
        (("feed",), 2),
        (("probe", "/no/such/file.md"), 1),
    ],
)
def test_exit_codes(words: tuple[str, ...], code: int) -> None:
    done = program(*words, code=code)
    assert "Traceback" not in done.stderr


def test_init_writes_a_configuration_that_builds_without_a_network(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    program("init", str(folder))
    config = folder / "aggregator.yaml"
    program("check", "-c", str(config))
    done = program("build", "-c", str(config), *AT)
    assert done.stderr.count("\n") <= 1, done.stderr
    assert len(feedparser.parse(folder / "feeds/all.atom").entries) >= 5
    assert program("init", str(folder), code=2).stderr.startswith(str(config))


def test_sources_add_import_export(server: Server, write_config: Config, tmp_path: Path) -> None:
    server.answers["/feed"] = Answer(rss("One"))
    (tmp_path / "news").mkdir()
    path = write_config()
    path.write_text(
        "store: sqlite:///store.db\nsources:\n  - {name: news, type: stories, path: news}\n"
        "fetch: {allow_networks: [127.0.0.1/32]}\n"
    )
    assert (
        "added A feed"
        in program("sources", "-c", str(path), "add", f"{server.url}/feed", "-c", str(path)).stdout
    )
    opml = tmp_path / "in.opml"
    opml.write_text(
        '<opml version="2.0"><body><outline text="T"><outline text="X" '
        'xmlUrl="https://x.example.com/f"/></outline></body></opml>'
    )
    assert "added X" in program("sources", "import", str(opml), "-c", str(path)).stdout
    exported = program("sources", "export", "-c", str(path)).stdout
    assert "https://x.example.com/f" in exported
    assert f"{server.url}/feed" in exported
    assert '<outline text="T" title="T">' in exported


def test_an_output_folder_that_cannot_be_written_is_reported(
    write_story: StoryWriter, write_config: Config, tmp_path: Path
) -> None:
    write_story("a.md")
    (tmp_path / "feeds").write_text("a file where a folder should be")
    assert os.path.basename(tmp_path / "feeds") in build(write_config(), code=1)  # noqa: PTH119


def test_init_writes_nothing_outside_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    done = program("init", ".", cwd=folder)
    assert "aggregator build -c aggregator.yaml" in done.stdout
    program("build", "-c", "aggregator.yaml", *AT, cwd=folder)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    assert {"feeds", "var", "stories"} <= {path.name for path in folder.iterdir()}
    sample = next(folder.rglob("*.md"))
    sample.write_text("mine")
    (folder / "aggregator.yaml").unlink()
    assert "nothing was written" in program("init", ".", cwd=folder, code=2).stderr
    assert sample.read_text() == "mine"
    assert not (folder / "aggregator.yaml").exists()


def test_a_folder_called_config_has_feeds_and_store_beside_it(tmp_path: Path) -> None:
    program("init", str(tmp_path / "config"))
    program("build", "-c", str(tmp_path / "config/aggregator.yaml"), *AT)
    assert {path.name for path in tmp_path.iterdir()} == {"config", "feeds", "var"}


def test_spans_and_ranks(write_story: StoryWriter, write_config: Config) -> None:
    write_story("a.md", title="Older", publishedDateTime="2026-11-20T08:00:00Z")
    write_story("b.md", title="Newer", publishedDateTime="2026-11-22T08:00:00Z")
    config = ("-c", str(write_config()), *AT)
    program("build", *config)
    feed = program("feed", "all", "--since", "24h", *config).stdout
    assert ("Newer" in feed, "Older" in feed) == (True, False)
    second = program("stories", *config).stdout.partition("2. ")[2].partition("\n")[0]
    assert program("explain", "2", *config).stdout.startswith(second)
    assert "no story has" in program("explain", "9", *config, code=1).stderr
    assert "or a span such as 24h" in program("feed", "all", "--since", "x", *config, code=2).stderr


def test_sources_that_fail_are_not_counted_as_read(
    write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md")
    sources = [{"name": "news", "type": "stories", "path": "news"}]
    sources += [
        {"name": f"w{n}", "type": "feed", "url": f"http://127.0.0.1:1/{n}"} for n in range(3)
    ]
    config = write_config(sources=sources)
    result = program("build", "-c", str(config), *AT)
    assert "1 source read (3 failed), 1 article new or updated" in result.stdout
    assert "no network" not in result.stderr


def test_a_missing_network_is_one_line_and_no_failure_of_each_source(
    write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md")
    sources = [{"name": "news", "type": "stories", "path": "news"}]
    sources += [
        {"name": f"w{n}", "type": "feed", "url": f"https://none.invalid/{n}"} for n in range(3)
    ]
    result = program("build", "-c", str(write_config(sources=sources)), *AT)
    assert result.stderr == "no network: none of the 3 sources on the web could be reached\n"
    assert "1 source read (0 failed), 1 article new or updated" in result.stdout
