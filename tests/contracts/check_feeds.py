"""What the specifications ask of a feed, checked on bytes; used on samples and on real trees."""

from __future__ import annotations

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from lxml import etree, html

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
GRAMMAR = etree.RelaxNG(etree.parse(str(Path(__file__).with_name("atom.rng"))))
_RFC822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}"
)
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
Row = tuple[str, str, str, datetime]


def check_atom(data: bytes) -> list[Row]:
    """RFC 4287: the grammar, unique ids, authors, one alternate link, absolute content."""
    root = etree.fromstring(data)
    GRAMMAR.assertValid(root)
    assert root.find(f"{ATOM}link[@rel='self']") is not None
    assert root.find(f"{ATOM}author") is not None
    rows = []
    for entry in root.iter(f"{ATOM}entry"):
        alternates = entry.findall(f"{ATOM}link[@rel='alternate']")
        assert len(alternates) == 1
        assert entry.find(f"{ATOM}author") is not None
        check_html(entry.findtext(f"{ATOM}content") or "")
        published = datetime.fromisoformat(entry.findtext(f"{ATOM}published") or "")
        updated = datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "")
        assert published <= updated
        title, ident = entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}id")
        rows.append((ident or "", title or "", alternates[0].get("href") or "", published))
    assert_unique(rows)
    return rows


def check_rss(data: bytes) -> list[Row]:
    """RSS 2.0: required elements of the channel and its items, dates, guids, descriptions."""
    root = etree.fromstring(data)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    channel = root.find("channel")
    assert channel is not None
    for name in ("title", "link", "description"):
        assert len(channel.findall(name)) == 1, name
        assert channel.findtext(name), name
    assert channel.find(f"{ATOM}link[@rel='self']") is not None
    assert _RFC822.fullmatch(channel.findtext("lastBuildDate") or "")
    rows = []
    for item in channel.findall("item"):
        guid = item.find("guid")
        assert guid is not None
        assert guid.get("isPermaLink") == "false"
        for name in ("title", "link", "description", "pubDate"):
            assert len(item.findall(name)) == 1, name
        assert _RFC822.fullmatch(item.findtext("pubDate") or "")
        check_html(item.findtext(CONTENT) or "")
        for source in item.findall("source"):
            assert (source.get("url") or "").startswith("http")
        when = parsedate_to_datetime(item.findtext("pubDate") or "")
        rows.append(
            (guid.text or "", item.findtext("title") or "", item.findtext("link") or "", when)
        )
    assert_unique(rows)
    return rows


def check_json(data: bytes) -> list[Row]:
    """JSON Feed 1.1: version, required members, RFC 3339 dates, unique ids."""
    feed: dict[str, Any] = json.loads(data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["feed_url"].startswith("http")
    rows = []
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_html"]
        assert _RFC3339.fullmatch(item["date_published"])
        assert _RFC3339.fullmatch(item["date_modified"])
        assert all(author["name"] for author in item["authors"])
        check_html(item["content_html"])
        published = datetime.fromisoformat(item["date_published"])
        rows.append((item["id"], item["title"], item["url"], published))
    assert_unique(rows)
    return rows


CHECKS = {"atom": check_atom, "rss": check_rss, "json": check_json}


def check_html(content: str) -> None:
    """Safe HTML with absolute links alone."""
    assert content
    for element in html.fragment_fromstring(content, create_parent=True).iter():
        assert element.tag not in ("script", "iframe", "style", "object", "form")
        for name, value in element.attrib.items():
            assert not str(name).startswith("on"), name
            if name in ("href", "src"):
                assert str(value).startswith(("https://", "http://")), value


def assert_unique(rows: list[Row]) -> None:
    ids = [row[0] for row in rows]
    assert len(ids) == len(set(ids))
    assert all(row[2].startswith(("https://", "http://")) for row in rows)
