"""Rules of documents and of texts, by values: dates, encodings, ids, what coverage inherits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.errors import BadItem
from aggregator.model import Article, Document, Item, Source, Text, Verdict
from aggregator.read.item_articles import articles_of
from aggregator.read.kinds import KINDS
from aggregator.read.kinds.dates import date_of
from aggregator.read.kinds.encoding import to_utf8
from tests.conftest import NOW
from tests.feeds import parse, rss_item

SOURCE = Source("s", "feed", "https://e.com/feed", quality=50, topics=("Of the source",))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Sat, 21 Nov 2026 10:00:00 -0500", "2026-11-21 15:00"),
        ("Sat, 21 Nov 2026 10:00:00 +0530", "2026-11-21 04:30"),
        ("21 Nov 2026 10:00 -0500", "2026-11-21 15:00"),
        ("2026-11-21T10:00:00-05:00", "2026-11-21 15:00"),
        ("Sat, 21 Nov 2026 10:00:60 GMT", "2026-11-21 10:00:59"),
        ("2026-11-21T24:00:00Z", "2026-11-22 00:00"),
        ("2026-W47", "2026-11-16 00:00"),
        ("2026-W47-6", "2026-11-21 00:00"),
        ("2026-325", "2026-11-21 00:00"),
        ("2026-001", "2026-01-01 00:00"),
        ("11/21/2026 3:30 PM", "2026-11-21 15:30"),
        ("11/21/2026 12:30 AM", "2026-11-21 00:30"),
        ("11/21/2026 12:30 PM", "2026-11-21 12:30"),
        ("21/11/2026", "2026-11-21 00:00"),
        ("5/4/2026", "2026-05-04 00:00"),
        ("4.5.2026", "2026-05-04 00:00"),
        ("21 Nov 49", "2049-11-21 00:00"),
        ("21 Nov 50", "1950-11-21 00:00"),
        ("Sat Nov 21 10:00:00 2026", "2026-11-21 10:00"),
        ("21 Nov 2026 10:00 EST", "2026-11-21 15:00"),
        ("21 Nov 2026 +0500", "2026-11-21 00:00"),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01", None),
    ],
)
def test_the_moment_of_a_date(text: str, utc: str | None) -> None:
    moment = date_of(text)
    if utc is None:
        assert moment is None
        return
    assert moment is not None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    assert aware.astimezone(UTC) == datetime.fromisoformat(f"{utc}+00:00")


def test_an_offset_after_a_date_without_a_time_is_ignored() -> None:
    """Such a date is a day, and the same day in all time zones."""
    assert date_of("21 Nov 2026 +0500") == datetime(2026, 11, 21)  # noqa: DTZ001


def item(**fields: object) -> Item:
    values = {"ref": "r", "url": "https://e.com/a", "title": Text("Title"), **fields}
    return Item(**values)  # type: ignore[arg-type]


def article_of(an_item: Item, source: Source = SOURCE) -> Article:
    return articles_of(an_item, source, NOW)[0]


@pytest.mark.parametrize("moment", [datetime(2026, 11, 21, 10), datetime(2026, 7, 21, 10)])  # noqa: DTZ001
def test_a_date_without_a_zone_is_utc_wherever_the_program_runs(
    moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert article_of(item(published=moment)).published == moment.replace(tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_article_without_a_date_or_with_a_future_one_is_dated_now_and_keeps_its_position() -> (
    None
):
    for published in (None, NOW + timedelta(seconds=1)):
        article = article_of(item(published=published, order=7))
        assert (article.published, article.dated, article.position) == (NOW, False, 7)
    article = article_of(item(published=NOW, order=7))
    assert (article.published, article.dated, article.position) == (NOW, True, 0)


def test_defaults_of_the_source_apply_to_its_articles_but_not_to_their_coverage() -> None:
    mention = item(url="https://o.com/b", title=Text("Other"))
    dated = replace(mention, url="https://o.com/c", published=NOW - timedelta(hours=2))
    when = NOW - timedelta(hours=5)
    own, undated, with_date = articles_of(
        item(published=when, topics=(Text("Its own"),), related=(mention, dated)), SOURCE, NOW
    )
    assert (own.quality, own.topics) == (50, ("Its own", "Of the source"))
    assert (undated.quality, undated.topics) == (None, ())
    assert undated.verdict is Verdict.RELATED_ONLY
    assert (undated.published, undated.dated) == (when, False)
    assert (with_date.published, with_date.dated) == (dated.published, True)
    assert article_of(item(quality=99)).quality == 99, "its own quality takes precedence"
    assert article_of(item(quality=99), replace(SOURCE, quality=None)).quality == 99


def test_an_article_needs_a_title_and_an_address() -> None:
    for bad in (item(title=Text(" ")), item(url=""), item(url="ftp://e.com/a")):
        with pytest.raises(BadItem):
            articles_of(bad, SOURCE, NOW)


WORDS = "Grüße “aus” München — 中国"


@pytest.mark.parametrize(
    ("encoding", "header", "declared", "text"),
    [
        ("utf-8", "", "", WORDS),
        ("utf-8", "iso-8859-1", "iso-8859-1", WORDS),
        ("utf-8-sig", "iso-8859-2", "koi8-r", WORDS),
        ("utf-16", "utf-8", "utf-8", WORDS),
        ("gb18030", "", "gb2312", "中国的新闻 镕 €"),
        ("gb18030", "gbk", "", "中国的新闻 镕"),
        ("windows-1252", "", "iso-8859-1", "Grüße “aus” München"),
        ("windows-1251", "windows-1251", "koi8-r", "Погода в Москве"),
        ("koi8-r", "koi8-r", "windows-1251", "Погода в Москве"),
        ("windows-1251", "iso-8859-1", "windows-1251", "Погода в Москве"),
        ("windows-1252", "utf-7", "utf-7", "Caf+AOk- é"),
    ],
)
def test_the_precedence_of_statements_about_an_encoding(
    encoding: str, header: str, declared: str, text: str
) -> None:
    """The mark, valid UTF-8 against Latin-1, the header, the document; Latin-1 last."""
    start = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = f"{start}<a>{text}</a>".encode(encoding)
    content_type = f"text/xml; charset={header}" if header else "text/xml"
    assert to_utf8(body, content_type).decode().endswith(f"<a>{text}</a>")


def test_of_an_entry_that_occurs_twice_the_first_is_kept() -> None:
    entry = "<item><guid>1</guid><title>T</title><link>https://e.com/1</link>{}</item>"
    feed = parse(
        f'<rss version="2.0"><channel><title>F</title>{entry.format("<author>New</author>")}'
        f"{entry.format('<author>Old</author>')}</channel></rss>"
    )
    assert [entry_item.author.value for entry_item in feed.items] == ["New"]
    undated = "<item><title>T</title><link>https://e.com/1</link>{}</item>"
    feed = parse(
        f'<rss version="2.0"><channel><title>F</title>{undated.format("<author>New</author>")}'
        f"{undated.format('<author>Old</author>')}</channel></rss>"
    )
    assert [entry_item.author.value for entry_item in feed.items] == ["New"]


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        ("<ttl>90</ttl>", 5_400),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 86_400),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
            1_800,
        ),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><ttl>30</ttl>", 3_600),
        ("", 0),
    ],
)
def test_the_freshness_that_a_feed_states(head: str, seconds: int) -> None:
    start = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    body = f'<rss version="2.0" {start}><channel><title>F</title>{head}</channel></rss>'
    assert KINDS["feed"].parse(Document("d", body.encode())).hints.fresh_for == seconds


def test_hours_and_days_that_a_feed_skips() -> None:
    head = (
        "<skipHours><hour>24</hour><hour>3</hour></skipHours>"
        "<skipDays><day>Sunday</day><day>monday</day></skipDays>"
    )
    hints = parse(f'<rss version="2.0"><channel><title>F</title>{head}</channel></rss>').hints
    assert (set(hints.skip_hours), set(hints.skip_days)) == ({0, 3}, {0, 6})


def test_the_date_of_publication_is_preferred_to_that_of_an_update() -> None:
    updated = '<updated xmlns="http://www.w3.org/2005/Atom">2026-11-21T00:00:00Z</updated>'
    parsed_item = rss_item(f"{updated}<title>T</title><pubDate>20 Nov 2026 00:00 GMT</pubDate>")
    assert parsed_item.published == datetime(2026, 11, 20, tzinfo=UTC)
