"""Ids are derived once; distinct entries stay distinct; the same article stays the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import feedparser
import pytest

from aggregator.merge import MergeOptions
from aggregator.model import Article, CleanText, Reading, Site, Source, SourceState, Topic, Verdict
from aggregator.model.languages import language_tag
from aggregator.pipeline import PlanOptions, update_stories
from aggregator.pipeline.intake import sanitised
from aggregator.publish import render
from aggregator.rank import RankingOptions
from aggregator.store import Store, open_store
from tests.conftest import NOW, Answer, Config, Server, StoryWriter, article, program

OPTIONS = PlanOptions(
    Site(CleanText("T"), "http://localhost/"),
    ranking=RankingOptions(window=timedelta(1)),
    merging=MergeOptions(text=False),
)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def read(store: Store, now: datetime, *articles: Article) -> dict[str, tuple[str, datetime]]:
    """Save these articles. Gives the id and the time of update of each story, by its URL."""
    source = Source("s", "feed", "https://s.example.com/feed")
    state = SourceState("s", source.location, checked=now)
    updated = update_stories([Reading(source, state, articles)], store, OPTIONS, now)
    assert not updated.set_aside
    return {story.lead.url: (story.id, story.updated) for story in updated.plan.stories}


def entry(name: str, **changes: object) -> Article:
    return article(name, verdict=Verdict.NONE, **changes)


def test_a_new_story_at_an_old_address_gets_an_id_of_its_own(store: Store) -> None:
    first = entry("e.com/old", ref="1", published=NOW)
    old = read(store, NOW, first)
    moved = replace(first, key=CleanText("https://e.com/new"), url=CleanText("https://e.com/new"))
    assert read(store, NOW + timedelta(hours=1), moved)[moved.url][0] == old[first.url][0]
    assert [record.origin_key for record in store.window(None).stories] == [first.key]
    later = NOW + timedelta(days=400)
    fresh = entry("e.com/old", ref="2", title="Something else", published=later)
    new = read(store, later, fresh)
    assert new[fresh.url][0] != old[first.url][0]
    ids = {record.id: record.title for record in store.window(None).stories}
    assert ids[old[first.url][0]] == first.title, "the old story is unchanged"


def test_an_id_that_the_store_has_given_is_never_given_again(store: Store) -> None:
    first = entry("e.com/a", published=NOW)
    taken = read(store, NOW, first)[first.url][0]
    (record,) = store.window(None).stories
    # In a store of an earlier version, the founder was rewritten when the article moved.
    with store._database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE stories SET founder = 'https://e.com/elsewhere', lead = 'https://e.com/elsewhere'"
        )
        connection.exec_driver_sql("UPDATE articles SET key = 'https://e.com/elsewhere'")
        connection.exec_driver_sql("UPDATE members SET key = 'https://e.com/elsewhere'")
    later = NOW + timedelta(days=400)
    fresh = entry("e.com/a", ref="2", title="Something else", published=later)
    assert read(store, later, fresh)[fresh.url][0] != taken
    titles = {record.id: record.title for record in store.window(None).stories}
    assert titles[taken] == record.title


def test_entries_of_one_document_that_share_an_id_stay_distinct(store: Store) -> None:
    entries = [entry(f"e.com/{n}", ref="same", title=f"Entry {n}") for n in range(3)]
    first = read(store, NOW, *entries)
    assert len(first) == 3
    assert read(store, NOW + timedelta(hours=1), *reversed(entries)) == first


def test_the_same_words_at_another_address_are_the_same_article(store: Store) -> None:
    first = entry("e.com/a?r=1", published=NOW)
    first_story = read(store, NOW, first)[first.url]
    for number in (2, 3):
        again = entry(f"e.com/a?r={number}", title=first.title, published=NOW)
        stories = read(store, NOW + timedelta(hours=number), again)
        assert stories == {again.url: first_story}, "one story, at the new address, not updated"
    another = entry("e.com/b", title=first.title, published=NOW + timedelta(hours=5))
    assert len(read(store, NOW + timedelta(hours=6), another)) == 2, (
        "with another date it is another article"
    )


def test_words_that_two_entries_of_a_document_share_do_not_make_them_one(store: Store) -> None:
    first = [entry(f"e.com/{n}", title="Same words", published=NOW) for n in range(2)]
    read(store, NOW, *first)
    second = [entry(f"e.com/{n}", title="Same words", published=NOW) for n in range(2, 4)]
    stories = read(store, NOW + timedelta(hours=1), *second)
    assert {a.key for a in store.window(None).articles} == {a.key for a in (*first, *second)}
    assert stories


def test_long_addresses_and_names_can_be_stored(store: Store) -> None:
    long = entry("e.com/" + "é" * 2_000, ref="r" * 3_000, related=("https://e.com/" + "x" * 9_000,))
    stored = read(store, NOW, long)
    assert read(store, NOW + timedelta(hours=1), long) == stored


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"),
        ("pt_BR", "pt-BR"),
        ("zh-Hans-CN", "zh-Hans-CN"),
        ("xx", ""),
        ("qqq-1", ""),
        ("english", "en"),
        ("", ""),
        ("en; DROP", ""),
        ("x" * 1_000, ""),
    ],
)
def test_language_tags(tag: str, expected: str) -> None:
    assert language_tag(tag) == expected
    reading = Reading(Source("s", "feed", ""), SourceState("s"), (entry("e.com/a", lang=tag),))
    assert sanitised(reading).articles[0].lang == expected


@pytest.mark.parametrize(
    ("name", "configured", "title", "shown"),
    [
        ("NDTV", "", "NDTV News Search Records Found 1000", "NDTV"),
        ("ndtv", "NDTV", "News Search Records Found 1000", "NDTV"),
        ("blog", "", "Alice's blog", "Alice's blog"),
    ],
)
def test_the_name_of_a_publisher(
    server: Server, write_config: Config, name: str, configured: str, title: str, shown: str
) -> None:
    item = "<item><title>One</title><link>https://e.com/1</link></item>"
    body = f'<rss version="2.0"><channel><title>{title}</title>{item}</channel></rss>'
    server.answers["/feed"] = Answer(body.encode())
    source = {"name": name, "type": "feed", "url": f"{server.url}/feed", "publisher": configured}
    config = write_config(sources=[source], fetch={"allow_networks": ["127.0.0.1/32"]})
    story = json.loads(program("stories", "-c", str(config), "--json").stdout)
    assert story["articles"][0]["publisher"] == shown


def test_what_the_configuration_gives_to_articles_applies_when_it_changes(
    server: Server, write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md", topics=[])
    body = b'<rss version="2.0"><channel><title>F</title><item><title>One</title>'
    body += b"<link>https://e.com/1</link></item></channel></rss>"
    server.answers["/feed"] = Answer(body, headers={"ETag": '"1"'})

    def qualities(**values: object) -> dict[str, tuple[int, list[str]]]:
        sources = [
            {"name": "files", "type": "stories", "path": "news", **values},
            {"name": "web", "type": "feed", "url": f"{server.url}/feed", "every": "1s", **values},
        ]
        config = write_config(sources=sources, fetch={"allow_networks": ["127.0.0.1/32"]})
        program("build", "-c", str(config))
        lines = program("stories", "-c", str(config), "--json").stdout.splitlines()
        return {s["title"]: (s["quality"], s["topics"]) for s in map(json.loads, lines)}

    qualities()
    changed = qualities(quality=140, topics=["Moon"])
    assert changed == {"Story a.md": (140, ["moon"]), "One": (140, ["moon"])}


# ------------------------------------------------ what a subscriber sees


def test_a_feed_without_entries_has_the_date_at_which_it_began(
    write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md")
    config = write_config(topics=[{"slug": "empty", "name": "Empty", "keywords": ["zzz"]}])
    for now in ("2026-11-22T12:00:00Z", "2026-11-25T12:00:00Z"):
        program("build", "-c", str(config), "--now", now)
        for ext in ("rss", "atom"):
            text = (config.parent / f"feeds/empty.{ext}").read_text()
            assert "1970" not in text
            parsed = feedparser.parse(text)
            assert parsed.feed.updated_parsed[:3] == (2026, 11, 22)
    words = ("feed", "all", "--query", "nothing", "--format", "atom", "-c", str(config))
    assert "1970" not in program(*words).stdout


def test_text_from_right_to_left(write_story: StoryWriter, write_config: Config) -> None:
    arabic = "مسبار فضائي يهبط على القمر"
    write_story(
        "a.md",
        title=arabic,
        excerpt=f"{arabic} 3",
        related=[
            {"title": f"{arabic} 2", "webUrl": "https://b.example.com/", "provider": {"name": "B"}}
        ],
    )
    write_story("b.md", title="Left to right", excerpt="Plain.")
    config = write_config(site={"language": "ar"})
    program("build", "-c", str(config), "--now", "2026-11-22T12:00:00Z")
    page = (config.parent / "feeds/all.html").read_text("utf-8")
    assert '<html lang="en" dir="rtl">' in page, "the words are English, the page is Arabic"
    assert re.search(rf"<h2><a [^>]*>{arabic}</a>", page), "it has the direction of the page"
    assert re.search(r'<h2 dir="ltr"><a [^>]*>Left to right</a>', page)
    items = json.loads((config.parent / "feeds/all.json").read_text())["items"]
    contents = {item["title"]: item["content_html"] for item in items}
    assert contents[arabic].count('dir="rtl"') == 2, "the excerpt and the coverage"
    assert contents["Left to right"].count('dir="auto"') == 1
    assert 'dir="rtl"' not in contents["Left to right"]


def test_a_digest_has_its_entries_on_its_page(
    write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md", publishedDateTime="2026-11-20T08:00:00Z")
    topic = {"slug": "science", "name": "Science", "digest": "daily"}
    config = write_config(topics=[topic])
    program("build", "-c", str(config), "--now", "2026-11-22T12:00:00Z")
    (item,) = json.loads((config.parent / "feeds/science-daily.json").read_text())["items"]
    page, _, anchor = item["url"].rpartition("/")[2].partition("#")
    text = (config.parent / "feeds" / page).read_text()
    assert f'<section class="sec" id="{anchor}"' in text
    assert "More coverage" not in text
    assert re.search(r'<h2[^>]*><a class="t" href="[^"]*#2026-11-20">Science: [^<]*</a></h2>', text)
    assert 'href="https://pub.example.com/a.md"' in text, "its stories are listed"


def test_links_are_uris() -> None:
    story_url = "https://bücher.example/straße?q=ü"
    options = replace(OPTIONS, topics=(Topic("погода", "Погода", names=("W",)),))
    opened = open_store("sqlite://")
    source = Source("s", "feed", "")
    articles = (entry("e.com/a", url=story_url, topics=("W",), published=NOW),)
    plan = update_stories([Reading(source, SourceState("s"), articles)], opened, options, NOW).plan
    for feed in plan.feeds:
        for ext in ("rss", "atom", "json"):
            text = render(feed, ext).decode()
            assert "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%BC" in text
            assert not re.findall(r"https?://[^\s\"'<>]*[^\x00-\x7f\s\"'<>]", text)
    opened.close()
