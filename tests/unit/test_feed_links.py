"""The address of an entry, and the base of relative ones (``kinds.entries``)."""

from __future__ import annotations

import pytest

from tests.feeds import URL, atom_entry, parse, rss_item


@pytest.mark.parametrize(
    ("inner", "address"),
    [
        ("<link>https://e.com/a?id=1&amp;page=2</link>", "https://e.com/a?id=1&page=2"),
        ("<description/><link>https://e.com/a</link>", "https://e.com/a"),
        ("<link>/a</link>", "https://www.e.com/a"),
        ("<link/><guid>https://e.com/g</guid>", "https://e.com/g"),
        ("<guid isPermaLink='false'>https://e.com/g</guid>", ""),
        ("<guid isPermaLink='true'>/g</guid>", "https://www.e.com/g"),
        ("<guid>abc</guid>", ""),
        ("<link>https://www.e.com/</link>", ""),
        ("<link>https://www.e.com/#entry-7</link>", "https://www.e.com/#entry-7"),
        (
            "<link>http://r.e.net/1</link><feedburner:origLink>https://e.com/o</feedburner:origLink>",
            "https://e.com/o",
        ),
        ("<atom:link href='https://e.com/l'/>", "https://e.com/l"),
        (
            "<atom:link rel='related' href='https://e.com/r'/><link>https://e.com/a</link>",
            "https://e.com/a",
        ),
        ("<enclosure url='https://e.com/ep1.mp3' type='audio/mpeg'/>", "https://e.com/ep1.mp3"),
        (
            "<link>https://www.e.com</link><enclosure url='https://e.com/ep1.mp3'/>",
            "https://e.com/ep1.mp3",
        ),
        ("<link>javascript:alert(1)</link><guid>https://e.com/g</guid>", "https://e.com/g"),
        ("<link>http://wiki.local/pumps</link>", "http://wiki.local/pumps"),
    ],
)
def test_the_address_of_an_rss_item(inner: str, address: str) -> None:
    item = rss_item(f"<title>T</title>{inner}")
    assert (item.url if item.linked else "") == address


@pytest.mark.parametrize(
    ("inner", "address"),
    [
        (
            "<link href='https://e.com/i.png' type='image/png'/>"
            "<link rel='alternate' type='text/html' href='https://e.com/p'/>",
            "https://e.com/p",
        ),
        (
            "<link href='https://e.com/api' type='application/json'/><link href='https://e.com/p'/>",
            "https://e.com/p",
        ),
        (
            "<link rel='replies' href='https://e.com/r'/><link href='https://e.com/p'/>",
            "https://e.com/p",
        ),
        (
            "<link href='https://e.com/paper.pdf' type='application/pdf'/>",
            "https://e.com/paper.pdf",
        ),
        (
            "<id>https://e.com/id</id><link href='https://e.com/i.png' type='image/png'/>",
            "https://e.com/id",
        ),
        ("<link href='p?a=1&amp;b=2'/>", "https://feeds.e.net/p?a=1&b=2"),
        ("<link rel='enclosure' href='https://e.com/f.mp3'/>", "https://e.com/f.mp3"),
        (
            "<link rel='enclosure' href='https://e.com/f.mp3'/><link href='https://e.com/p'"
            " rel='http://www.iana.org/assignments/relation/alternate'/>",
            "https://e.com/p",
        ),
        ("<link rel='alternate' type='text/html'>https://e.com/t</link>", "https://e.com/t"),
        (
            "<content type='text/html' src='/whole'/><id>https://e.com/id</id>",
            "https://feeds.e.net/whole",
        ),
        ("<content type='image/png' src='/i.png'/>", ""),
    ],
)
def test_the_address_of_an_atom_entry(inner: str, address: str) -> None:
    item = atom_entry(inner, head="<link href='https://www.e.com/'/>")
    assert (item.url if item.linked else "") == address


@pytest.mark.parametrize(
    ("start", "head", "url", "address"),
    [
        ("", "", URL, "https://feeds.e.net/a"),
        ("", "<link rel='self' href='https://s.e.com/x/feed'/>", "", "https://s.e.com/x/a"),
        ("", "<link href='https://www.e.com/blog/'/>", "", "https://www.e.com/blog/a"),
        ("", "<link href='https://www.e.com/blog/'/>", URL, "https://feeds.e.net/a"),
        ("xml:base='https://b.e.com/x/'", "", URL, "https://b.e.com/x/a"),
        ("xml:base='/x/'", "", URL, "https://feeds.e.net/x/a"),
    ],
)
def test_the_base_of_relative_links(start: str, head: str, url: str, address: str) -> None:
    assert atom_entry("<link href='a'/>", head, url, start).url == address


def test_xml_base_within_an_entry_and_in_rss() -> None:
    inner = "<title>T</title><link xml:base='y/'>a</link>"
    assert rss_item(inner, start="xml:base='https://b.e.com/x/'").url == "https://b.e.com/x/y/a"
    link = "<link xml:base='y/' href='a'/>"
    assert atom_entry(link, start="xml:base='https://b.e.com/'").url == "https://b.e.com/y/a"


def test_an_item_without_a_link_is_at_the_page_of_its_feed() -> None:
    item = rss_item("<title>T</title>")
    assert (item.url, item.linked) == ("https://www.e.com/", False)
    entry = atom_entry("", head="<link href='https://www.e.com/blog/'/>")
    assert (entry.url, entry.linked) == ("https://www.e.com/blog/", False)
    assert atom_entry("").url == URL


@pytest.mark.parametrize(
    ("inner", "picture"),
    [
        # phpBB and Jekyll write the base of each text
        (
            "<content type='html' xml:base='https://b.e.com/topic/7'>"
            "&lt;img src='./f.jpg'></content>",
            "https://b.e.com/topic/f.jpg",
        ),
        (
            "<summary type='html' xml:base='/s/'>&lt;img src='f.jpg'></summary>",
            "https://feeds.e.net/s/f.jpg",
        ),
        (
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml' xml:base='https://d.e.com/'>"
            "<p>a<img src='f.jpg'/></p></div></content>",
            "https://d.e.com/f.jpg",
        ),
        (
            "<link href='https://e.com/post/1' xml:base='https://other.e.com/'/>"
            "<content type='html'>&lt;img src='f.jpg'></content>",
            "https://feeds.e.net/f.jpg",
        ),
    ],
)
def test_the_base_of_pictures_in_a_text_is_that_of_the_text(inner: str, picture: str) -> None:
    image = atom_entry(inner).image
    assert image is not None
    assert image.url == picture


def test_the_feeds_own_links_have_a_base() -> None:
    head = (
        "<link rel='self' href='feed.atom'/><link rel='next' href='2.atom' xml:base='archive/'/>"
        "<link rel='https://www.iana.org/assignments/relation/hub' href='//hub.e.com/'/>"
    )
    base = 'xml:base="https://e.com/a/"'
    body = f'<feed xmlns="http://www.w3.org/2005/Atom" {base}><title>F</title>{head}</feed>'
    feed = parse(body)
    assert feed.self_url == "https://e.com/a/feed.atom"
    assert feed.next_page == "https://e.com/a/archive/2.atom"
    assert feed.hub == "https://hub.e.com/"
