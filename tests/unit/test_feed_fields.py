"""Each field of an entry comes from where ``kinds.entries`` says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.read.cleaning import clean
from aggregator.read.item_articles import articles_of
from tests.conftest import NOW
from tests.feeds import NAMESPACES, SOURCE, URL, atom_entry, parse, rss_item


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("<title>Vec&lt;T&gt; &amp; b</title>", "Vec<T> & b"),
        ("<title type='text'>&lt;b&gt;</title>", "<b>"),
        ("<title>&amp;amp; &lt;b>x&lt;/b></title>", "&amp; <b>x</b>"),
        ("<title type='html'>&lt;b&gt;x&lt;/b&gt; &amp;lt;y></title>", "x <y>"),
        (
            "<title type='xhtml'>"
            "<d xmlns='http://www.w3.org/1999/xhtml'>a &lt; <b>c</b></d></title>",
            "a < c",
        ),
        ("<title type='html'><![CDATA[Q&amp;A]]></title>", "Q&A"),
        ("<title type='text/html' mode='base64'>PGI+eDwvYj4=</title>", "x"),
    ],
)
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
        (
            "<atom:updated>2026-03-09T10:00:00Z</atom:updated>"
            "<atom:published>2026-03-08T10:00:00+01:00</atom:published>",
            "2026-03-08T09:00:00",
        ),
        ("<pubDate>not a date</pubDate><dc:date>2026-03-09</dc:date>", "2026-03-09T00:00:00"),
        (
            "<pubDate>0001-01-01T00:00:00Z</pubDate><atom:updated>2026-03-09T10:00:00Z</atom:updated>",
            "2026-03-09T10:00:00",
        ),
    ],
)
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
        (
            "<media:thumbnail url='https://i.e.com/t.jpg?a=1&amp;b=2'/>",
            "https://i.e.com/t.jpg?a=1&b=2",
        ),
        (
            "<media:group><media:content url='/m.jpg' medium='image'/></media:group>",
            "https://www.e.com/m.jpg",
        ),
        (
            "<media:content url='https://e.com/v.mp4' type='video/mp4'>"
            "<media:thumbnail url='/t.jpg'/></media:content>",
            "https://www.e.com/t.jpg",
        ),
        ("<enclosure url='https://e.com/p.jpg' length='9'/>", "https://e.com/p.jpg"),
        (
            "<media:thumbnail url='https://p.e.com/x.gif' width='1' height='1'/>"
            "<description>&lt;img src='/d.jpg'></description>",
            "https://e.com/d.jpg",
        ),
        (
            "<content:encoded>&lt;img src='https://e.com/?a=1&amp;amp;b=2'></content:encoded>",
            "https://e.com/?a=1&b=2",
        ),
        ("<xyz:image href='https://e.com/pod.jpg'/>", "https://e.com/pod.jpg"),
        ("<image><url>https://e.com/i.jpg</url></image>", "https://e.com/i.jpg"),
    ],
)
def test_the_picture(inner: str, image: str) -> None:
    item = rss_item(f"<title>T</title><link>https://e.com/a</link>{inner}")
    assert (item.image.url if item.image else "") == image


@pytest.mark.parametrize(
    ("inner", "file"),
    [
        (
            "<enclosure url='/e.mp3' type='audio/mpeg' length='12'/>",
            ("https://www.e.com/e.mp3", "audio/mpeg", 12),
        ),
        (
            "<enclosure url='https://e.com/e.m4a?x=1' type='' length='-1'/>",
            ("https://e.com/e.m4a?x=1", "audio/mp4", 0),
        ),
        (
            "<enclosure url='https://e.com/e.mp3' type='application/octet-stream'/>",
            ("https://e.com/e.mp3", "audio/mpeg", 0),
        ),
        (
            "<enclosure url='https://e.com/e' type='mp3' length='many'/>",
            ("https://e.com/e", "audio/mpeg", 0),
        ),
        (
            "<enclosure url='https://e.com/e.jpg'/><atom:link rel='enclosure' href='https://e.com/f.pdf'/>",
            ("https://e.com/f.pdf", "application/pdf", 0),
        ),
        (
            "<media:content url='https://e.com/v.mp4' type='video/mp4' fileSize='7'/>",
            ("https://e.com/v.mp4", "video/mp4", 7),
        ),
        ("<media:content url='https://e.com/v.swf' type='application/x-shockwave-flash'/>", None),
    ],
)
def test_the_enclosure(inner: str, file: tuple[str, str, int] | None) -> None:
    enclosure = rss_item(f"<title>T</title>{inner}").enclosure
    assert (enclosure and (enclosure.url, enclosure.media_type, enclosure.length)) == file


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
        " xmlns='http://my.netscape.com/rdf/"
        "simple/0.9/'><channel/>{}</rdf:RDF>",
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


def test_a_category_is_what_stands_in_it_itself() -> None:
    item = rss_item(
        "<category>Sports <image><url>https://e.com/s.jpg</url></image></category>"
        "<category><b>Art</b></category>"
    )
    assert [clean(topic) for topic in item.topics] == ["Sports", "Art"]


def test_of_a_group_of_media_the_default_is_the_enclosure() -> None:
    low = "<media:content url='https://e.com/low.mp4' type='video/mp4'/>"
    high = "<media:content url='https://e.com/high.mp4' type='video/mp4' isDefault='true'/>"
    for group, url in (
        (low + high, "high"),
        (low, "low"),
        (low + low.replace("low", "mid"), "low"),
    ):
        enclosure = rss_item(f"<title>T</title><media:group>{group}</media:group>").enclosure
        assert enclosure is not None
        assert enclosure.url == f"https://e.com/{url}.mp4"


def test_the_picture_of_who_wrote_it_is_no_picture_of_an_article() -> None:
    avatar = (
        "<media:thumbnail width='30' height='30' url='https://avatars.githubusercontent.com/u/1'/>"
    )
    assert rss_item(f"<title>v2.0</title>{avatar}").image is None


def test_what_is_no_text_gives_no_words() -> None:
    pdf = "<content type='application/pdf'>JVBERi0xLjQK</content>"  # "%PDF-1.4"
    assert not atom_entry(pdf).summary
    assert clean(atom_entry(pdf.replace("pdf", "octet-stream")).summary) == "%PDF-1.4"


def test_a_category_of_media_has_a_label_for_people() -> None:
    item = rss_item(
        "<media:category label='Music'>2</media:category><media:category>art/opera</media:category>"
    )
    assert [clean(topic) for topic in item.topics] == ["Music", "art/opera"]
