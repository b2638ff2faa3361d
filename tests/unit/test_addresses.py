"""Addresses as publishers write them, as URIs (RFC 3986), and as keys of articles."""

from __future__ import annotations

import pytest

from aggregator.identify import ascii_host, canonical_url
from aggregator.read.addresses import http_url
from aggregator.read.links import absolute_url
from aggregator.read.opml_lists import feed_url, read_opml


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("https://e.com/a\u3000b", "https://e.com/a%E3%80%80b"),
        ("https://e.com/é?ü#ß", "https://e.com/%C3%A9?%C3%BC#%C3%9F"),
        ("https://www.straße.example/1", "https://www.xn--strae-oqa.example/1"),
        ("https://☃.example/", "https://xn--n3h.example/"),
        ("HTTPS://E.COM/A", "https://e.com/A"),
        ("https://e.com/a\n\tb", "https://e.com/ab"),
        ("https://e.com/100%", "https://e.com/100%25"),
        ("https://e.com/a%20b", "https://e.com/a%20b"),
        ('https://e.com/"<>\\^`{|}[]', "https://e.com/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"),
        ("https://e.com/a#b#c", "https://e.com/a#b%23c"),
        ("http://192.168.1.5:5000/diff/1", "http://192.168.1.5:5000/diff/1"),
        ("http://[2001:db8::1]:80/a", "http://[2001:db8::1]:80/a"),
        ("https://e.com/\ud800\0a", "https://e.com/a"),
        ("http://[2001:DB8::A]/", "http://[2001:db8::a]/"),
        ("http://[fe80::1%\u202e]/a", ""),  # a zone may hold any character
        ("http://[fe80::1%25eth0]/a", ""),
        ("http://[v1.a:\x9b]/a", ""),
        ("https://e.com:x/", ""),
        ("https://user@e.com/", ""),
        ("https://.../", ""),
        ("https://e.com/" + "a" * 3_000, ""),
        ("ftp://e.com/", ""),
    ],
)
def test_uris(address: str, uri: str) -> None:
    assert http_url(address) == uri
    assert http_url(uri) == uri
    assert uri.isascii()


@pytest.mark.parametrize(
    ("base", "link", "url"),
    [
        ("https://e.com/a/b", "../c?d&amp;e", "https://e.com/c?d&e"),
        ("https://e.com/a", "https://f.com/?a=1&#38;b=2", "https://f.com/?a=1&b=2"),
        ("", "//e.com/a", "https://e.com/a"),
        ("http://x.com/", "//e.com/a", "http://e.com/a"),
        ("https://e.com/", "http://[bad", "http://[bad"),
        ("https://e.com/", "//[bad", ""),
    ],
)
def test_links(base: str, link: str, url: str) -> None:
    assert absolute_url(base, link) == url


@pytest.mark.parametrize(
    ("url", "other_url"),
    [
        ("https://e.com/#!topic/1", "https://e.com/#!topic/2"),
        ("https://e.com/app#/posts/7", "https://e.com/app#/posts/8"),
        ("https://straße.example/", "https://strasse.example/"),
        ("https://e.com/?source=city", "https://e.com/"),
        ("https://e.com/?feed=comments", "https://e.com/"),
    ],
)
def test_different_pages_have_different_keys(url: str, other_url: str) -> None:
    assert canonical_url(url) != canonical_url(other_url)


@pytest.mark.parametrize(
    ("url", "other_url"),
    [
        ("https://e.com/a?source=rss-9f8e7d------2", "https://e.com/a"),
        ("https://e.com/a?partner=rss&emc=rss", "http://www.e.com/a/"),
        ("https://e.com/a?.tsrc=rss", "https://e.com/a"),
        ("https://e.com/a?mod=rss_markets_main&id=4", "https://e.com/a?id=4"),
        ("https://e.com/a?ref=newsletter", "https://e.com/a"),
        ("https://e.com/a?rss=1", "https://e.com/a?rss"),
        ("https://e.com/a?FeedType=RSS&feedName=rssTop", "https://e.com/a"),
        ("https://e.com/a#section-2", "https://e.com/a"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://EXAMPLE。com/", "https://example.com/"),
    ],
)
def test_one_page_has_one_key(url: str, other_url: str) -> None:
    assert canonical_url(url) == canonical_url(other_url) != ""


def test_hosts() -> None:
    assert ascii_host("WWW.ÖBB.at.") == "www.xn--bb-eka.at"
    assert ascii_host("a" * 300) == ascii_host("é" * 300) == ascii_host("a..b") == ""


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("feed://e.com/rss", "http://e.com/rss"),
        ("feed:https://e.com/rss", "https://e.com/rss"),
        ("FEED://e.com/rss", "http://e.com/rss"),
        ("feed:javascript:alert(1)", ""),
    ],
)
def test_feed_addresses_of_subscription_lists(address: str, url: str) -> None:
    assert feed_url(address) == url
    body = f'<opml><body><outline text="A &amp;amp; B" xmlUrl="{address}"/></body></opml>'
    assert [(o.name, o.url) for o in read_opml(body.encode())] == ([("A & B", url)] if url else [])
