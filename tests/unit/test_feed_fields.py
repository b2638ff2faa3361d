"""Each field of an entry comes from where ``kinds.entries`` says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.model import Document, Item
from aggregator.read.clean import articles_of
from aggregator.read.kinds import KINDS, Parsed
from aggregator.read.text import clean
from tests.conftest import NOW
from tests.unit.test_text import SOURCE

URL = "https://feeds.e.net/feed.xml"
NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1"'
    ' xmlns:media="https://search.yahoo.com/mrss/" xmlns:xyz="http://www.itunes.com/DTDs/Podcast-1.0.dtd"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


def parse(body: str, url: str = URL) -> Parsed:
    return KINDS["feed"].parse(Document("d", body.encode(), url=url))


def rss_item(inner: str, head: str = "", url: str = URL, start: str = "") -> Item:
    """The one item of an RSS feed."""
    body = (
        f'<rss version="2.0" {NAMESPACES} {start}><channel><title>Example</title>'
        f"<link>https://www.e.com/</link>{head}<item>{inner}</item></channel></rss>"
    )
    (item,) = parse(body, url).items
    return item


def atom_entry(inner: str, head: str = "", url: str = URL, start: str = "") -> Item:
    """The one item of an Atom feed."""
    body = (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
        f" {start}><title>Example</title>{head}<entry><title>T</title>{inner}</entry></feed>"
    )
    (item,) = parse(body, url).items
    return item


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
        ("<link>http://r.e.net/1</link><feedburner:origLink>https://e.com/o</feedburner:origLink>",
         "https://e.com/o"),
        ("<atom:link href='https://e.com/l'/>", "https://e.com/l"),
        ("<atom:link rel='related' href='https://e.com/r'/><link>https://e.com/a</link>",
         "https://e.com/a"),
        ("<enclosure url='https://e.com/ep1.mp3' type='audio/mpeg'/>", "https://e.com/ep1.mp3"),
        ("<link>https://www.e.com</link><enclosure url='https://e.com/ep1.mp3'/>",
         "https://e.com/ep1.mp3"),
        ("<link>javascript:alert(1)</link><guid>https://e.com/g</guid>", "https://e.com/g"),
        ("<link>http://wiki.local/pumps</link>", "http://wiki.local/pumps"),
    ],
)  # fmt: skip
def test_the_address_of_an_rss_item(inner: str, address: str) -> None:
    item = rss_item(f"<title>T</title>{inner}")
    assert (item.url if item.linked else "") == address


@pytest.mark.parametrize(
    ("inner", "address"),
    [
        ("<link href='https://e.com/i.png' type='image/png'/>"
         "<link rel='alternate' type='text/html' href='https://e.com/p'/>", "https://e.com/p"),
        ("<link href='https://e.com/api' type='application/json'/><link href='https://e.com/p'/>",
         "https://e.com/p"),
        ("<link rel='replies' href='https://e.com/r'/><link href='https://e.com/p'/>",
         "https://e.com/p"),
        ("<link href='https://e.com/paper.pdf' type='application/pdf'/>", "https://e.com/paper.pdf"),
        ("<id>https://e.com/id</id><link href='https://e.com/i.png' type='image/png'/>",
         "https://e.com/id"),
        ("<link href='p?a=1&amp;b=2'/>", "https://feeds.e.net/p?a=1&b=2"),
        ("<link rel='enclosure' href='https://e.com/f.mp3'/>", "https://e.com/f.mp3"),
        ("<link rel='alternate' type='text/html'>https://e.com/t</link>", "https://e.com/t"),
        ("<content type='text/html' src='/whole'/><id>https://e.com/id</id>",
         "https://feeds.e.net/whole"),
        ("<content type='image/png' src='/i.png'/>", ""),
    ],
)  # fmt: skip
def test_the_address_of_an_atom_entry(inner: str, address: str) -> None:
    item = atom_entry(inner, head="<link href='https://www.e.com/'/>")
    assert (item.url if item.linked else "") == address


@pytest.mark.parametrize(
    ("start", "head", "url", "address"),
    [
        ("", "", URL, "https://feeds.e.net/a"),
        ("", "<link rel='self' href='https://s.e.com/x/feed'/>", "", "https://s.e.com/x/a"),
        ("", "<link href='https://www.e.com/blog/'/>", "", "https://www.e.com/blog/a"),
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


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("<title>Vec&lt;T&gt; &amp; b</title>", "Vec<T> & b"),
        ("<title type='text'>&lt;b&gt;</title>", "<b>"),
        ("<title type='html'>&lt;b&gt;x&lt;/b&gt; &amp;lt;y></title>", "x <y>"),
        ("<title type='xhtml'><d xmlns='http://www.w3.org/1999/xhtml'>a &lt; <b>c</b></d></title>",
         "a < c"),
        ("<title type='html'><![CDATA[Q&amp;A]]></title>", "Q&A"),
        ("<title type='text/html' mode='base64'>PGI+eDwvYj4=</title>", "x"),
    ],
)  # fmt: skip
def test_the_type_of_an_atom_title(title: str, words: str) -> None:
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{title}</entry></feed>'
    assert [clean(item.title) for item in parse(body).items] == [words]


def test_empty_elements_swallow_nothing() -> None:
    item = rss_item(
        "<category/><title>T</title><content:encoded/>"
        "<pubDate>Mon, 09 Mar 2026 10:00:00 GMT</pubDate>"
        "<description/><link>https://e.com/a</link><author/><guid isPermaLink='false'/>"
    )
    assert (clean(item.title), item.url, item.ref) == ("T", "https://e.com/a", "https://e.com/a")
    assert item.published == datetime(2026, 3, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("inner", "moment"),
    [
        ("<atom:updated>2026-03-09T10:00:00Z</atom:updated>"
         "<atom:published>2026-03-08T10:00:00+01:00</atom:published>", "2026-03-08T09:00:00"),
        ("<pubDate>not a date</pubDate><dc:date>2026-03-09</dc:date>", "2026-03-09T00:00:00"),
        ("<pubDate>0001-01-01T00:00:00Z</pubDate><atom:updated>2026-03-09T10:00:00Z</atom:updated>",
         "2026-03-09T10:00:00"),
    ],
)  # fmt: skip
def test_the_first_usable_date(inner: str, moment: str) -> None:
    item = rss_item(f"<title>T</title><link>https://e.com/a</link>{inner}")
    (article,) = articles_of(item, SOURCE, NOW)
    assert article.published.isoformat() == f"{moment}+00:00"
    assert article.dated


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-23:00"])
def test_an_impossible_date_costs_its_item_nothing(date: str) -> None:
    item = rss_item(f"<title>T</title><link>https://e.com/a</link><pubDate>{date}</pubDate>")
    (article,) = articles_of(item, SOURCE, NOW)
    assert (article.published, article.dated) == (NOW, False)


@pytest.mark.parametrize(
    ("inner", "author"),
    [
        ("<author>noreply@b.e.com (Jane Doe)</author>", "Jane Doe"),
        ("<author>Jane Doe &lt;jane@e.com&gt;</author>", "Jane Doe"),
        ("<author>mailto:jane@e.com</author>", "Editor"),
        ("<author>staff@e.com</author><dc:creator>Mary Major</dc:creator>", "Mary Major"),
        ("<dc:creator>A &amp;amp; B</dc:creator><dc:creator>C</dc:creator>", "A & B, C"),
        ("<author><name>Ada L</name></author>", "Ada L"),
        ("<xyz:author>Pod Caster</xyz:author>", "Pod Caster"),
        ("<atom:author><atom:email>a@e.com</atom:email></atom:author>", "Editor"),
    ],
)
def test_the_author(inner: str, author: str) -> None:
    head = "<managingEditor>desk@e.com (Editor)</managingEditor>"
    assert clean(rss_item(f"<title>T</title>{inner}", head).author) == author


@pytest.mark.parametrize(
    ("source", "publisher"),
    [
        ("<source url='https://other.net/feed'>Other &amp; Co</source>", "Other & Co"),
        ("<source url='https://forum.e.com/t/1.rss'>Topic title</source>", "Example"),
        ("<source url='https://e.com/t/1.rss'>Topic title</source>", "Example"),
        ("<source>Topic title</source>", "Example"),
        ("<atom:source><atom:title>Planet</atom:title></atom:source>", "Planet"),
    ],
)
def test_the_publisher_is_another_site_s_feed(source: str, publisher: str) -> None:
    assert clean(rss_item(f"<title>T</title>{source}").publisher) == publisher


@pytest.mark.parametrize(
    ("inner", "image"),
    [
        ("<media:thumbnail url='https://i.e.com/t.jpg?a=1&amp;b=2'/>", "https://i.e.com/t.jpg?a=1&b=2"),
        ("<media:group><media:content url='/m.jpg' medium='image'/></media:group>",
         "https://www.e.com/m.jpg"),
        ("<media:content url='https://e.com/v.mp4' type='video/mp4'>"
         "<media:thumbnail url='/t.jpg'/></media:content>", "https://www.e.com/t.jpg"),
        ("<enclosure url='https://e.com/p.jpg' length='9'/>", "https://e.com/p.jpg"),
        ("<media:thumbnail url='https://p.e.com/x.gif' width='1' height='1'/>"
         "<description>&lt;img src='/d.jpg'></description>", "https://e.com/d.jpg"),
        ("<content:encoded>&lt;img src='https://e.com/?a=1&amp;amp;b=2'></content:encoded>",
         "https://e.com/?a=1&b=2"),
        ("<xyz:image href='https://e.com/pod.jpg'/>", "https://e.com/pod.jpg"),
        ("<image><url>https://e.com/i.jpg</url></image>", "https://e.com/i.jpg"),
    ],
)  # fmt: skip
def test_the_picture(inner: str, image: str) -> None:
    item = rss_item(f"<title>T</title><link>https://e.com/a</link>{inner}")
    assert (item.image.url if item.image else "") == image


@pytest.mark.parametrize(
    ("inner", "file"),
    [
        ("<enclosure url='/e.mp3' type='audio/mpeg' length='12'/>",
         ("https://www.e.com/e.mp3", "audio/mpeg", 12)),
        ("<enclosure url='https://e.com/e.m4a?x=1' type='' length='-1'/>",
         ("https://e.com/e.m4a?x=1", "audio/mp4", 0)),
        ("<enclosure url='https://e.com/e.mp3' type='application/octet-stream'/>",
         ("https://e.com/e.mp3", "audio/mpeg", 0)),
        ("<enclosure url='https://e.com/e' type='mp3' length='many'/>",
         ("https://e.com/e", "audio/mpeg", 0)),
        ("<enclosure url='https://e.com/e.jpg'/><atom:link rel='enclosure' href='https://e.com/f.pdf'/>",
         ("https://e.com/f.pdf", "application/pdf", 0)),
        ("<media:content url='https://e.com/v.mp4' type='video/mp4' fileSize='7'/>",
         ("https://e.com/v.mp4", "video/mp4", 7)),
        ("<media:content url='https://e.com/v.swf' type='application/x-shockwave-flash'/>", None),
    ],
)  # fmt: skip
def test_the_enclosure(inner: str, file: tuple[str, str, int] | None) -> None:
    found = rss_item(f"<title>T</title>{inner}").enclosure
    assert (found and (found.url, found.media_type, found.length)) == file


def test_the_topics_are_decoded_once_and_empty_ones_are_none() -> None:
    item = rss_item(
        "<title>T</title><category><![CDATA[Arts &amp; Culture]]></category><category/>"
        "<category domain='x'>Kids&amp;#8217; corner</category><dc:subject>C&lt;T></dc:subject>"
    )
    assert [clean(topic) for topic in item.topics] == ["Arts & Culture", "Kids’ corner", "C<T>"]


@pytest.mark.parametrize(
    ("inner", "summary"),
    [
        ("<xyz:summary>Long</xyz:summary><description>Short</description>", "Short"),
        (
            "<content:encoded>&lt;p>Whole&lt;/p></content:encoded><xyz:summary>S</xyz:summary>",
            "Whole",
        ),
        ("<xyz:summary>S</xyz:summary>", "S"),
        (
            "<media:description type='plain'>a &lt;b> c &amp;amp;</media:description>",
            "a <b> c &amp;",
        ),
        ("<media:description type='html'>a &lt;b> c &amp;amp;</media:description>", "a c &"),
        ("<description>a <b>c</b> &amp; d</description>", "a c & d"),
        ("<description>&lt;p>a&lt;/p><br/>&lt;p>b&lt;/p></description>", "a b"),
    ],
)
def test_the_summary(inner: str, summary: str) -> None:
    assert clean(rss_item(f"<title>T</title>{inner}").summary) == summary


def test_a_title_for_what_has_none() -> None:
    assert (
        clean(rss_item("<description>Words &lt;b>of&lt;/b> it</description>").title)
        == "Words of it"
    )
    assert clean(rss_item("<link>https://e.com/a/caf%C3%A9</link>").title) == "café"


@pytest.mark.parametrize(
    "document",
    [
        "<rss xmlns='http://www.w3.org/2005/Atom'><channel>{}</channel></rss>",
        "<rss xmlns='http://e.com/whatever'><channel>{}</channel></rss>",
        "<x:rss xmlns:x='http://backend.userland.com/rss2'><x:channel>{}</x:channel></x:rss>",
        "<RSS><CHANNEL>{}</CHANNEL></RSS>",
        "<channel>{}</channel>",
        "<wrapper><channel>{}</channel></wrapper>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
        " xmlns='http://my.netscape.com/rdf/simple/0.9/'><channel/>{}</rdf:RDF>",
    ],
)
def test_rss_in_any_namespace(document: str) -> None:
    body = document.format("<item><title>T</title><link>https://e.com/a</link></item>")
    if "<x:" in document:
        body = (
            body.replace("<item", "<x:item")
            .replace("<title", "<x:title")
            .replace("<link", "<x:link")
        )
        body = (
            body.replace("</item", "</x:item")
            .replace("</title", "</x:title")
            .replace("</link", "</x:link")
        )
    assert [(clean(i.title), i.url) for i in parse(body).items] == [("T", "https://e.com/a")]


def test_what_a_feed_says_of_itself() -> None:
    parsed = parse(
        f"<rss version='2.0' {NAMESPACES} xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>"
        "<channel><title>A &amp;amp; B</title><atom:link rel='self' href='/self?a=1&amp;b=2'/>"
        "<atom:link rel='hub' href='https://hub.e.com/'/>"
        "<atom:link rel='next' href='?page=2&amp;x'/>"
        "<ttl> 90 </ttl><skipHours><hour>3</hour><hour>24</hour></skipHours>"
        "<skipDays><day>Sunday</day></skipDays></channel></rss>"
    )
    assert (parsed.hub, parsed.self_url) == (
        "https://hub.e.com/",
        "https://feeds.e.net/self?a=1&b=2",
    )
    assert (parsed.next_page, clean(parsed.title)) == (f"{URL}?page=2&x", "A & B")
    hints = parsed.hints
    assert (hints.fresh_for, set(hints.skip_hours), set(hints.skip_days)) == (5_400, {3, 0}, {6})
