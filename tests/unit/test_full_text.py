"""The full text of articles: what of a feed's HTML is kept, and that nothing else ever is."""

# ruff: noqa: E501 -- markup is most readable in one line
from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Document, Source, Text, TextKind
from aggregator.read.full_text import MAX_CONTENT, full_text, safe_html
from aggregator.read.item_articles import articles_of
from aggregator.read.kinds.feed import parse

BASE = "https://a.example/blog/post"
STYLE = 'style="max-width:100%;height:auto"'
ALLOWED = {
    "a": {"href", "lang", "dir"},
    "img": {"src", "alt", "width", "height", "style"},
    "ol": {"start", "lang", "dir"},
    "td": {"colspan", "rowspan", "lang", "dir"},
    "th": {"colspan", "rowspan", "lang", "dir"},
}
HARMLESS = frozenset(
    """abbr b blockquote br caption cite code dd del div dl dt em figcaption figure h2 h3 h4 h5 h6
    hr i ins kbd li mark p pre q rp rt ruby s samp small strong sub sup table tbody tfoot thead tr u
    ul var""".split()  # noqa: SIM905
)


class _Elements(HTMLParser):
    """The start tags of HTML, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")


def check(html: str) -> None:
    """Only what is allowed, with http(s) addresses; and to sanitise it again changes nothing."""
    for tag, attributes in _Elements(html).found:
        assert tag in ALLOWED or tag in HARMLESS, tag
        assert attributes.keys() <= ALLOWED.get(tag, {"lang", "dir"}), (tag, attributes)
        assert attributes.get("style") in (None, "max-width:100%;height:auto")
        for name in ("href", "src"):
            assert (attributes.get(name) or "https://").startswith(("http://", "https://"))
    assert len(html.encode()) <= MAX_CONTENT
    assert safe_html(html, BASE) == html


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<h1 class=x>T</h1><ul><li>x<li>y</ul>", "<h2>T</h2><ul><li>x</li><li>y</li></ul>"),
        ("<pre><code>if a &lt; b:\n    c</code></pre>", "<pre><code>if a &lt; b:\n    c</code></pre>"),
        ("<a href='../b?utm_source=x&id=1' target=_blank>b</a>", '<a href="https://a.example/b?id=1">b</a>'),
        ("<a href='#fn'>1</a><a href='mailto:a@b.example'>m</a><a href='java\nscript:x()'>j</a>", "1mj"),
        ("<img src=/i.jpg width=640 height=360 alt='A &quot;B&quot;' onload=x()>",
         f'<img src="https://a.example/i.jpg" alt="A &quot;B&quot;" width="640" height="360" {STYLE}>'),
        ("<img src=https://t.example/p.gif width=1 height=1><img src=data:image/png;base64,AA>x", "x"),
        ("<img data-src=/lazy.jpg src=blank.gif>", f'<img src="https://a.example/lazy.jpg" alt="" {STYLE}>'),
        ("<p>a</p><script>x()</script><style>p{}</style><iframe src=//v.example></iframe>", "<p>a</p>"),
        ("<form action=/x><p>Your name: <input name=n><button>Go</button></p></form>", "<div><p>Your name: </p></div>"),
        ("<section><p></p><p dir=rtl lang=ar style='position:fixed'>س</p></section>", '<div><p dir="rtl" lang="ar">س</p></div>'),
        ("<object data=x><p>inner</p></object><svg onload=x()><text>t</text></svg>", ""),
        ("a \u202eb\x00\x07c", "a bc"),
    ],
)  # fmt: skip
def test_what_is_kept(markup: str, kept: str) -> None:
    assert safe_html(markup, BASE) == kept
    check(kept)


def test_plain_text_gets_its_paragraphs() -> None:
    text = Text("a < b\nsecond line\n\n\nnext <b>", TextKind.PLAIN)
    assert full_text(text, BASE) == "<p>a &lt; b<br>second line</p><p>next &lt;b&gt;</p>"


@pytest.mark.parametrize(
    "filler", ["ä &amp; ", "<li>x", "<b>y</b> ", "<img src=/a.png alt='&amp;'>"]
)
def test_a_long_text_is_cut_and_closed(filler: str) -> None:
    html = safe_html(f"<div><ul>{filler * 60_000}", BASE)
    assert MAX_CONTENT - 200 < len(html.encode()) <= MAX_CONTENT
    assert html.endswith("</ul></div>")
    assert safe_html(html, BASE) == html


_PIECES = """<p> </p> <b> </b> <a </a> <img <div> </div> <script> </script> <style> </style> <svg> </svg>
    <math> <mtext> <table> <tr> <td> </td> </table> <li> <ul> </ul> <noscript> </noscript> <template>
    <iframe> </iframe> <title> </title> <textarea> </textarea> <xmp> <plaintext> <!-- --> <![CDATA[
    ]]> <?x ?> <pre> <select> <option> <form> <object> <embed> <base <meta <link <h1> <h3> <ruby> <rt>
    onerror=alert(1) onclick='x' href=javascript:x href="java&#10;script:x" src=x src=//b.example/i.png
    style=x srcdoc= xlink:href=javascript:x formaction=x " ' > < / = & &lt; &#60; &amp;lt; &#0; &#x3c;
    alert(1) words data-src=/y.jpg width=9 \x00 \x1b \u202e \ud800 <br> <hr> </ </p <br/ lang=de"""
PIECES = st.sampled_from([*_PIECES.split(), "\n", " "])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PIECES, max_size=40).map(" ".join)
    | st.lists(PIECES, max_size=40).map("".join)
    | st.text()
)
def test_nothing_else_ever_comes_through(markup: str) -> None:
    html = safe_html(markup, BASE)
    check(html)
    assert not re.search(r"<[^>]*(?:script|\son[a-z]+=)", html, re.I), "not in any tag"


def test_an_article_has_the_full_text_of_its_feed_where_its_source_is_configured_so() -> None:
    body = b"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
    <title>B</title><link>https://b.example/</link><item><title>One</title>
    <link>https://b.example/2026/one</link><description>Short</description>
    <content:encoded>&lt;p&gt;Long &lt;img src="i.jpg"&gt;&lt;/p&gt;</content:encoded></item>
    <item><title>Two</title><link>https://b.example/two</link>
    <description>&lt;p&gt;All of it&lt;/p&gt;</description></item></channel></rss>"""
    items = parse(Document("d", body, url="https://b.example/feed")).items
    now = datetime(2026, 11, 25, tzinfo=UTC)
    full = Source("b", "feed", "https://b.example/feed", full_text=True)
    contents = [article.content for item in items for article in articles_of(item, full, now)]
    assert [content and content.html for content in contents] == [
        f'<p>Long <img src="https://b.example/2026/i.jpg" alt="" {STYLE}></p>',
        "<p>All of it</p>",
    ]
    excerpts = Source("b", "feed", "https://b.example/feed")
    assert [articles_of(item, excerpts, now)[0].content for item in items] == [None, None]
