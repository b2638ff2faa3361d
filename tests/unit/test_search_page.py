"""The search page: what is marked, how a search is narrowed down, and its links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.classify import Query
from aggregator.classify.phrases import PhraseIndex
from aggregator.model import CleanText, Feed, Site
from aggregator.publish.page_context import PageContext
from aggregator.publish.search_page import Found, Search, marked, search_page
from tests.conftest import NOW

SITE = Site(CleanText("News"), "https://news.example/", "en")


@pytest.mark.parametrize(
    ("query", "text", "html"),
    [
        (
            "tsunami ferry",
            "Tsunami: ferries sail",
            "<mark>Tsunami</mark>: <mark>ferries</mark> sail",
        ),
        (
            "cafe",
            "Le Café, cafés & <b>",
            "Le <mark>Café</mark>, <mark>cafés</mark> &amp; &lt;b&gt;",
        ),
        ('"canvas apps" -web', "A canvas app of the web", "A <mark>canvas app</mark> of the web"),
        ("AI OR Ei", "Ai Weiwei on AI and EI", "Ai Weiwei on <mark>AI</mark> and <mark>EI</mark>"),
        ("nasa", "NASA’s moon", "<mark>NASA</mark>’s moon"),
        ("publisher:moon lang:de", "The moon", "The moon"),
        ("津波", "霧ヶ浜港、津波注意報", "霧ヶ浜港、<mark>津波</mark>注意報"),
        ("b", "<b>b</b>", "&lt;<mark>b</mark>&gt;<mark>b</mark>&lt;/<mark>b</mark>&gt;"),
        ('"diablo 4"', "Diablo IV is out", "<mark>Diablo IV</mark> is out"),
        ('panda "red panda"', "A red panda", "A <mark>red panda</mark>"),
    ],
)
def test_the_words_that_match_are_marked(query: str, text: str, html: str) -> None:
    assert marked(text, Query.parse(query).spans) == html


WORDS = st.lists(st.sampled_from(["ab", "Ab", "AB", "äb", "abs", "x", "'s", "津波", "IV", "4"]))


@given(st.sampled_from(["ab", "AB", "x ab", "津波", "4", "ab 4"]), WORDS)
def test_a_text_has_marks_if_and_only_if_it_matches(phrase: str, words: list[str]) -> None:
    index, text = PhraseIndex([(phrase, "")]), " ".join(words)
    spans = index.spans(text)
    assert bool(spans) == bool(index.find(text))
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)


def test_links_of_a_search_keep_what_they_do_not_change() -> None:
    search = Search("comet & <co>", sort="newest", when="week", number=3)
    assert search.url(number=2) == "?q=comet+%26+%3Cco%3E&sort=newest&when=week&page=2"
    assert search.url(when="any") == "?q=comet+%26+%3Cco%3E&sort=newest"
    assert search.narrowed("lang", "de") == "?q=comet+%26+%3Cco%3E+lang%3Ade&sort=newest&when=week"
    assert "publisher%3A%22The+Times%22" in search.narrowed("publisher", "The Times")
    assert search.narrowed("publisher", 'The "Times"') == ""
    assert Search('a publisher:"The Times"').narrowed("publisher", "The Times") == ""


def test_a_search_without_words_tells_how_to_ask_and_one_without_stories_what_to_do() -> None:
    everything = Feed("id", "all", "News", SITE, NOW)
    context = PageContext(SITE, [everything], live=True, now=NOW, formats=("rss", "atom"))
    empty = search_page(context, Search(""), Found(), Query.parse("").spans).decode()
    assert "Enter what you look for." in empty
    assert "two words" in empty
    assert "subscribe" not in empty
    nothing = search_page(context, Search('"<x>'), Found(), Query.parse("").spans).decode()
    assert "No story has “&#34;&lt;x&gt;”." in nothing
    assert 'id="subscribe"' in nothing
    assert 'href="feeds/all.atom?q=%22%3Cx%3E"' in nothing
    assert 'value="https://news.example/feeds/all.atom?q=%22%3Cx%3E"' in nothing
    assert '<meta name="robots" content="noindex">' in nothing
