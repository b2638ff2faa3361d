"""Different entries of a document stay distinct, and duplicates become one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aggregator.model import Article, Document
from aggregator.read.documents import articles_in, read_document
from aggregator.read.item_articles import articles_of
from aggregator.read.kinds import KINDS
from tests.conftest import NOW
from tests.feeds import SOURCE, URL


def articles(items: Iterable[str]) -> list[Article]:
    """The articles of an RSS feed of these items."""
    body = f"<rss><channel><link>https://e.com/</link>{''.join(items)}</channel></rss>"
    content = read_document(KINDS["feed"], Document("d", body.encode(), url=URL))
    read_articles, bad = articles_in(SOURCE, content, NOW)
    assert not bad
    return read_articles


def item(title: str, link: str = "", guid: str = "", more: str = "") -> str:
    """An item of RSS."""
    link = f"<link>{link}</link>" if link else ""
    guid = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    return f"<item><title>{title}</title>{link}{guid}{more}</item>"


def rows(read_articles: Iterable[Article]) -> Iterator[tuple[str, str]]:
    """The identity of each article: its row in the store, and its key."""
    return ((article.ref, article.key) for article in read_articles)


def distinct(items: Iterable[str]) -> int:
    """How many articles the items are; the same at a second reading."""
    items = list(items)
    read_articles = articles(items)
    assert list(rows(read_articles)) == list(rows(articles(items)))
    assert len({article.ref for article in read_articles}) == len(read_articles)
    return len({article.key for article in read_articles})


def test_routes_of_pages_in_the_browser() -> None:
    assert distinct(item(f"T{n}", f"https://f.e.com/#!topic/{n}", f"t{n}") for n in range(3)) == 3


def test_anchors_of_one_page() -> None:
    pages = [item(f"v1.{n}", f"https://e.com/changes#v1.{n}", f"v{n}") for n in range(3)]
    assert distinct(pages) == 3
    assert {a.key for a in articles(pages)} == {f"https://e.com/changes#v1.{n}" for n in range(3)}
    assert distinct(item("Same title", f"https://e.com/changes#v1.{n}") for n in range(3)) == 3


def test_a_journal_on_the_feed_s_own_front_page() -> None:
    pages = [
        item(f"Day {n}", f"https://e.com/#day-{n}", f"https://e.com/#day-{n}") for n in range(3)
    ]
    assert {a.url for a in articles(pages)} == {f"https://e.com/#day-{n}" for n in range(3)}
    assert distinct(pages) == 3


def test_a_fragment_does_not_make_another_article() -> None:
    (article,) = articles([item("T", "https://e.com/a#comments", "g")])
    assert article.key == "https://e.com/a"


def test_no_id_and_one_link_for_all() -> None:
    assert distinct(item(f"Poll {n}", "https://e.com/polls.htm") for n in range(3)) == 3


def test_no_id_one_link_and_one_title_are_told_apart_by_date() -> None:
    dates = [f"<pubDate>2026-03-0{n}T10:00:00Z</pubDate>" for n in (1, 2, 3)]
    assert distinct(item("Daily", "https://e.com/daily", more=date) for date in dates) == 3


def test_ids_and_one_link_for_all() -> None:
    assert distinct(item(f"Poll {n}", "https://e.com/polls.htm", f"g{n}") for n in range(3)) == 3
    assert distinct(item(f"Front {n}", "https://e.com/", f"g{n}") for n in range(3)) == 3
    assert distinct(item("Front", "https://e.com/", f"g{n}") for n in range(3)) == 3


def test_one_id_for_all() -> None:
    assert distinct(item(f"T{n}", f"https://e.com/{n}", "https://e.com/") for n in range(3)) == 3
    assert distinct(item(f"T{n}", "https://e.com/a", "one") for n in range(3)) == 3
    assert distinct(item(f"T{n}", "", "one") for n in range(3)) == 3
    assert distinct(item("Photo", f"https://e.com/{n}", "one") for n in range(3)) == 3


def test_an_id_that_is_used_twice() -> None:
    items = [item(f"T{n}", f"https://e.com/{n}", f"g{n}") for n in range(3)]
    assert distinct([*items, item("Other", "https://e.com/other", "g1")]) == 4


def test_no_id_and_no_link() -> None:
    assert distinct([item("One"), item("Two")]) == 2


def test_an_entry_that_occurs_twice_is_one_article() -> None:
    twice = [item("T", "https://e.com/a", "g"), item("T", "https://e.com/a", "g")]
    assert len(articles(twice)) == 1
    assert len(articles([item("T", "https://e.com/a")] * 2)) == 1


def test_a_corrected_headline_under_one_id_and_address_is_one_entry() -> None:
    corrected = [
        item("New words", "https://e.com/a", "g"),
        item("Old words", "https://e.com/a", "g"),
    ]
    (article,) = articles(corrected)
    assert (article.title, article.ref) == ("New words", "g")


def test_a_corrected_address_under_one_id_and_title_is_one_entry() -> None:
    pair = [item("T", "https://e.com/new", "g"), item("T", "https://e.com/old", "g")]
    assert [article.url for article in articles(pair)] == ["https://e.com/new"]


def test_two_ids_of_one_page_with_one_title_are_one_article() -> None:
    pair = [item("T", "https://e.com/a", "1"), item("T", "https://e.com/a", "2")]
    assert distinct(pair) == 1


def test_an_id_that_is_unique_stays_as_it_is_written() -> None:
    read_articles = articles(
        item(f"T{n}", f"https://e.com/{n}", f"tag:e.com,{n}&amp;x") for n in range(3)
    )
    assert [article.ref for article in read_articles] == [f"tag:e.com,{n}&x" for n in range(3)]


def test_undated_articles_keep_the_order_of_their_feed() -> None:
    read_articles = articles(item(f"T{n}", f"https://e.com/{n}") for n in range(5))
    assert [article.position for article in read_articles] == [0, 1, 2, 3, 4]
    assert {article.published for article in read_articles} == {NOW}
    dated = articles([item("T", "https://e.com/a", more="<pubDate>2026-03-01</pubDate>")])
    assert [article.position for article in dated] == [0]


def test_a_fragment_never_becomes_an_alias() -> None:
    content = read_document(
        KINDS["feed"],
        Document(
            "d",
            (
                f"<rss><channel>{item('A', 'https://e.com/p')}{item('B', 'https://e.com/p')}"
                "</channel></rss>"
            ).encode(),
        ),
    )
    read_articles = [articles_of(i, SOURCE, NOW)[0] for i in content.items]
    assert not {alias for article in read_articles for alias in article.aliases}
