"""Rules of publishing, by values: escaping, dates, ranks, links, and files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import etree

from aggregator.model import CleanText, Enclosure, Entry, Feed, Publisher, Ranked, Site, Story
from aggregator.publish import (
    FORMATS,
    EntryCache,
    Period,
    RenderCache,
    compose_digest,
    compose_entry,
    compose_feed,
    periods_before,
    publish,
    render,
)
from aggregator.publish.output_folder import write_files
from aggregator.publish.outputs import outputs_of
from aggregator.publish.page_context import PageContext
from aggregator.publish.pages import Paging, topic_page
from tests.conftest import NOW, article

ATOM = "{http://www.w3.org/2005/Atom}"
RANK = "{http://purl.org/atompub/rank/1.0}rank"
SITE = Site(CleanText("Site"), "https://news.example.org/", "en", hub="https://hub.example.org/")
TEXT = '1 < 2 & <b>so</b> "on" &amp; <script>x()</script>'


def story(number: int, *coverage: str, text: str = "Words", **changes: object) -> Story:
    """A story that was published a day before it was updated; coverage is of other publishers."""
    when = NOW - timedelta(days=number + 1)
    lead = article(
        f"e.com/{number}",
        title=text,
        excerpt=f"{text} and more",
        url=f"https://e.com/{number}?a=1&b=2",
        publisher=Publisher(CleanText(text), CleanText("e.com")),
        published=when,
    )
    more = tuple(
        article(
            name,
            title=text,
            publisher=Publisher(CleanText(f"{text} {name}"), CleanText(name)),
            published=when,
        )
        for name in coverage
    )
    ident = f"urn:uuid:00000000-0000-5000-8000-00000000000{number}"
    values = {"published": when, "updated": when + timedelta(days=1), **changes}
    return Story(ident, text, lead=lead, coverage=more, **values)  # type: ignore[arg-type]


def feed(*stories: Story) -> Feed:
    return compose_feed("space", "Space", SITE, stories, {"space": "Space"})


class _Shown(HTMLParser):
    """The elements of HTML and the text that people see."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_plain_text_is_escaped_in_every_part_of_an_entry() -> None:
    markup_story = story(
        1, "o.com", "p.com", text=TEXT, copies=(("https://p.com", "https://o.com"),)
    )
    content = _Shown(compose_entry(markup_story, {}, SITE).content)
    assert content.tags == {"p", "a", "bdi", "b", "strong", "ul", "li", "small"}
    assert content.text.count(TEXT) == 5, "excerpt, publisher, title and both publishers below"
    digest = compose_digest(
        "d",
        "D",
        "daily",
        SITE,
        [Period(NOW - timedelta(days=1), NOW, (Ranked(markup_story, 1.0, 1, ()),))],
    )
    shown = _Shown(digest.entries[0].content)
    assert shown.tags == {"ol", "li", "p", "strong", "a", "small", "b"}
    assert shown.text.count(TEXT) == 5, "title, excerpt and three publishers"


def test_the_rss_description_is_html_and_summaries_of_atom_and_json_are_text() -> None:
    markup_feed = feed(story(1, text=TEXT))
    (description,) = etree.fromstring(render(markup_feed, "rss")).iterfind(
        "channel/item/description"
    )
    assert _Shown(description.text or "").text == f"{TEXT} and more"
    assert _Shown(description.text or "").tags == set()
    (summary,) = etree.fromstring(render(markup_feed, "atom")).iterfind(
        f"{ATOM}entry/{ATOM}summary"
    )
    assert summary.text == f"{TEXT} and more"
    (item,) = json.loads(render(markup_feed, "json"))["items"]
    assert (item["title"], item["summary"]) == (TEXT, f"{TEXT} and more")


def test_dates_and_ranks_of_entries_in_each_format() -> None:
    stories = [story(3), story(1), story(2)]
    composed = feed(*stories)
    assert composed.updated == max(entry_story.updated for entry_story in stories)
    entries = etree.fromstring(render(composed, "atom")).findall(f"{ATOM}entry")
    assert [e.findtext(RANK) for e in entries] == ["1", "2", "3"]
    assert [e.findtext(f"{ATOM}id") for e in entries] == [entry_story.id for entry_story in stories]
    items = json.loads(render(composed, "json"))["items"]
    assert [item["_rank"]["place"] for item in items] == [1, 2, 3]
    for entry, item, entry_story in zip(entries, items, stories, strict=True):
        published, updated = f"{entry_story.published:%FT%TZ}", f"{entry_story.updated:%FT%TZ}"
        assert published != updated
        assert (item["date_published"], item["date_modified"]) == (published, updated)
        times = [(entry.findtext(f"{ATOM}{name}") or "") for name in ("published", "updated")]
        assert [t.replace("+00:00", "Z") for t in times] == [published, updated]


@pytest.mark.parametrize("ext", ["rss", "atom", "json"])
def test_a_feed_links_to_itself_its_page_and_its_hub(ext: str) -> None:
    data = render(feed(story(1)), ext)
    self_url, page_url = (
        f"https://news.example.org/feeds/space.{ext}",
        "https://news.example.org/feeds/space.html",
    )
    if ext == "json":
        document = json.loads(data)
        links = {"self": document["feed_url"], "alternate": document["home_page_url"]}
        assert document["hubs"] == [{"type": "WebSub", "url": SITE.hub}]
    else:
        root = etree.fromstring(data)
        top = root if ext == "atom" else root[0]
        links = {str(e.get("rel")): str(e.get("href")) for e in top.findall(f"{ATOM}link")}
        assert links.pop("hub") == SITE.hub
        if ext == "rss":
            links["alternate"] = top.findtext("link") or ""
    assert links == {"self": self_url, "alternate": page_url}


def test_an_entry_shows_its_lead_then_the_coverage_with_copies_beside_their_original() -> None:
    covered = story(1, "a.com", "b.com", "c.com", copies=(("https://c.com", "https://a.com"),))
    entry = compose_entry(covered, {"space": "Space"}, SITE)
    assert (entry.url, entry.title) == ("https://e.com/1?a=1&b=2", "Words")
    assert [link.url for link in entry.related] == ["https://a.com", "https://b.com"]
    assert [link.url for link in entry.related[0].copies] == ["https://c.com"]
    assert entry.content.count("<li>") == 2
    assert '<li><b>Words b.com</b>: <a href="https://b.com"' in entry.content
    copy = '; also at <a href="https://c.com">Words c.com</a></li>'
    assert copy in entry.content


def test_an_enclosure_is_in_each_format() -> None:
    plain = story(1)
    file = Enclosure(CleanText("https://e.com/a.mp3"), CleanText("audio/mpeg"), 7)
    composed = feed(
        Story(
            plain.id,
            plain.title,
            plain.published,
            plain.updated,
            article("e.com", enclosure=file),
            (),
        )
    )
    (rss,) = etree.fromstring(render(composed, "rss")).iterfind("channel/item/enclosure")
    assert [rss.get(name) for name in ("url", "type", "length")] == [file.url, "audio/mpeg", "7"]
    links = etree.fromstring(render(composed, "atom")).iterfind(f"{ATOM}entry/{ATOM}link")
    assert [e.get("href") for e in links if e.get("rel") == "enclosure"] == [file.url]
    (item,) = json.loads(render(composed, "json"))["items"]
    assert item["attachments"] == [{"url": file.url, "mime_type": "audio/mpeg", "size_in_bytes": 7}]


def test_periods_of_digests() -> None:
    days = periods_before(NOW, "daily")
    midnight = NOW.replace(hour=0)
    assert days == [
        (midnight - timedelta(days=n + 1), midnight - timedelta(days=n)) for n in range(14)
    ]
    weeks = periods_before(NOW, "weekly")
    assert len(weeks) == 8
    assert all(start.weekday() == 0 and end - start == timedelta(days=7) for start, end in weeks)
    assert weeks[0][1] <= NOW < weeks[0][1] + timedelta(days=7)


def unclaimed(_paths: object) -> None:
    """Do not record which files are about to be written."""


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_only_files_that_somebody_changed_are_written_again(tmp_path: Path) -> None:
    feeds = [feed(story(1))]
    first = publish(feeds, SITE, ["rss"], tmp_path, {}, unclaimed, remove_stale=True)
    whole = files(tmp_path)
    (tmp_path / "space.rss").write_bytes(b"changed")
    (tmp_path / "space.html").unlink()
    (tmp_path / "notes.txt").write_bytes(b"not ours")
    second = publish(feeds, SITE, ["rss"], tmp_path, first.rendered, unclaimed, remove_stale=True)
    assert sorted(second.changed) == ["space.html", "space.rss"]
    assert files(tmp_path) == {**whole, "notes.txt": b"not ours"}
    assert (
        publish(
            feeds, SITE, ["rss"], tmp_path, first.rendered, unclaimed, remove_stale=True
        ).changed
        == ()
    )


def test_another_version_of_the_program_renders_everything_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feeds = [feed(story(1))]

    def values() -> list[str]:
        return [
            output.input_digest()
            for output in outputs_of(feeds, SITE, ["rss"], {}, RenderCache(), index=True)
        ]

    previous_values = values()
    monkeypatch.setattr("aggregator.publish.outputs.__version__", "99.0")
    assert len(previous_values) == 9  # two formats, two pages, OPML, styles, script, icons
    assert not set(previous_values) & set(values())


def input_digests(feed: Feed, site: Site = SITE) -> dict[str, str]:
    outputs = outputs_of([feed], site, ["rss"], {}, RenderCache(), index=True)
    return {output.name: output.input_digest() for output in outputs}


def test_files_depend_on_their_entries_their_order_and_the_head_of_the_feed() -> None:
    """The front page has stories of all feeds: what of them is shown depends on all of them."""
    stories = [story(number) for number in range(1, 8)]
    old = input_digests(feed(*stories))
    changed = {
        "content": feed(*stories[:6], story(7, "a.com")),
        "order": feed(*stories[:5], stories[6], stories[5]),
        "head": replace(feed(*stories), updated=NOW),
    }
    digests = {name: input_digests(value) for name, value in changed.items()}
    head = digests["head"]
    for new in digests.values():
        different = {name for name in old if new[name] != old[name]}
        assert different - {"index.html"} == {"space.rss", "space.html"}
        assert ("index.html" in different) == (new is not head)
    assert input_digests(feed(*stories)) == old


def test_entries_stay_the_same_objects_while_their_story_and_their_date_do() -> None:
    """Of an entry that is the same object, nothing is rendered again."""
    cache = EntryCache()

    def entries(*stories: Story, **promoted: datetime) -> list[Entry]:
        dates = {stories[int(name[1:])].id: when for name, when in promoted.items()}
        return cache.entries(stories, {"space": "Space"}, SITE, dates)

    old = entries(story(1), story(2), _0=NOW)
    assert [entry.published for entry in old] == [NOW, story(2).published]
    new = entries(story(2), story(1), story(3), _1=NOW)
    assert new[1] is old[0]
    assert new[0] is old[1]
    later = entries(story(1, "a.com"), story(2), _1=NOW)
    assert later[0].related
    assert later[1].published == NOW


def test_a_lasting_cache_gives_the_same_files(tmp_path: Path) -> None:
    cache = RenderCache()
    two = feed(story(1), story(2), story(3, "a.com"))
    one = replace(two, entries=(*two.entries[1:2], *feed(story(3)).entries))
    folders = tmp_path / "kept", tmp_path / "whole"
    for version in (one, two, one):
        for folder, kept in zip(folders, (cache, None), strict=True):
            publish([version], SITE, list(FORMATS), folder, {}, unclaimed, cache=kept)
        assert files(folders[0]) == files(folders[1])
    assert set(files(folders[0])) >= {"space.rss", "space.atom", "space.json", "space.html"}


def test_fragments_are_those_of_the_last_entries_in_the_same_context() -> None:
    """Nothing is kept of what is no longer published, or where there is no next time."""
    cache, one, two = RenderCache(), feed(story(1)), feed(story(2))
    fragments = cache.fragments("space", "rss", "context")
    assert fragments is not None
    assert fragments.missing(one.entries) == list(one.entries)
    assert fragments.put_together(one.entries, [(b"<", b">")]) == [b"<1>"]
    assert fragments.missing(one.entries) == []
    both = (*two.entries, *one.entries)
    assert fragments.put_together(both, [(b"[", b"]")]) == [b"[1]", b"<2>"]
    fragments.put_together(two.entries, [])
    assert fragments.missing(both) == list(one.entries)
    assert cache.fragments("space", "rss", "context") is fragments
    assert cache.fragments("space", "rss", "another") is not fragments
    last = cache.fragments("space", "rss", "another")
    cache.keep({"space"})
    assert cache.fragments("space", "rss", "another") is last
    cache.keep(set())
    assert cache.fragments("space", "rss", "another") is not last
    assert RenderCache(lasting=False).fragments("space", "rss", "context") is None


def test_each_entry_is_digested_once() -> None:
    cache, digested = RenderCache(), list[Entry]()

    def digest(entry: Entry) -> str:
        digested.append(entry)
        return entry.id[-1]

    one = feed(story(1), story(2))
    two = replace(one, entries=(*feed(story(3)).entries, one.entries[1]))
    assert cache.entry_digests(one, digest) == ("1", "2")
    assert cache.entry_digests(one, digest) == ("1", "2")
    assert cache.entry_digests(two, digest) == ("3", "2")
    assert digested == [*one.entries, two.entries[0]]
    cache.keep({"space"})
    assert cache.entry_digests(two, digest) == ("3", "2")
    assert len(digested) == 3
    cache.keep(set())
    assert cache.entry_digests(two, digest) == ("3", "2")
    assert len(digested) == 5


def test_a_reader_sees_the_whole_old_file_while_a_new_one_is_written(tmp_path: Path) -> None:
    """The file that a reader has open never gets new bytes and never becomes shorter."""
    (tmp_path / "a").write_bytes(b"old")
    number = (tmp_path / "a").stat().st_ino
    with (tmp_path / "a").open("rb") as reader:

        def outputs() -> Iterator[tuple[str, bytes]]:
            yield "a", b"new and longer"
            assert [path.name for path in tmp_path.iterdir()] == ["a"], "no other file is left"

        assert write_files(tmp_path, outputs()) == (["a"], [])
        assert reader.read() == b"old"
    assert (tmp_path / "a").read_bytes() == b"new and longer"
    assert (tmp_path / "a").stat().st_ino != number


def test_no_text_of_an_entry_is_taken_for_its_position() -> None:
    texts = ("1 of 2 <> 3 &lt;&gt;", "2 of 1 <> 3")
    topic = feed(*(story(n, text=t) for n, t in enumerate(texts)))
    page = topic_page(PageContext(SITE, ()), topic, topic.entries, Paging())
    shown = _Shown(page.decode())
    assert all(shown.text.count(text) >= 2 for text in texts), "as the title and the excerpt"
