"""HTML fragments: their words, decoded once, and their pictures."""

from __future__ import annotations

import pytest

from aggregator.model import Text, TextKind
from aggregator.read.cleaning import clean
from aggregator.read.markup import Picture, looks_like_html, pictures_of


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("How the &lt;dialog&gt; element works", "How the <dialog> element works"),
        ("&amp;lt; stays a reference", "&lt; stays a reference"),
        ("<p>One</p><p>Two", "One Two"),
        ("un<b>believ</b>able", "unbelievable"),
        ("a<br>b<img src='x'>c", "a b c"),
        ("a<script>var b = '<p>';</script>c<style>d {}</style>e", "ace"),
        ("<noscript>in</noscript> and <object>within</object>", "in and within"),
        ("<3 Deno, 5 < 6 & 7", "<3 Deno, 5 < 6 & 7"),
        ("cut off <a href='", "cut off"),
        ("<!-- hidden -->shown", "shown"),
        ("don&#146;t", "don’t"),
        ("x\0y\ud800z", "xyz"),
        ("wink &#xD83D;&#xDE09; &#55357;&#56841;", "wink 😉 😉"),
        ("<p>bell &#7; &#x1;&#xFFFE;&#xD800; \x01 end</p>&#2;", "bell end"),
    ],
)
def test_words_of_html(markup: str, words: str) -> None:
    assert clean(Text(markup, TextKind.HTML), 100) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A free guide to <head> elements", "A free guide to <head> elements"),
        ("Vec<Option<T>> & friends -> fast", "Vec<Option<T>> & friends -> fast"),
        ("<b>Bold</b> move", "Bold move"),
        ("Profits &amp; losses", "Profits & losses"),
        ("One<br/>two", "One two"),
        ("AT&T; is no reference to a letter", "AT&T; is no reference to a letter"),
        ("<a href='/x'>never closed", "never closed"),
    ],
)
def test_a_text_of_unstated_type_is_html_if_it_looks_like_it(text: str, words: str) -> None:
    assert clean(Text(text, TextKind.UNSTATED), 100) == words


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Arts &amp; Culture", "Arts & Culture"),
        ("Kids&#8217; corner", "Kids’ corner"),
        ("C &lt;T&gt; <b>", "C <T> <b>"),
        ("&copy=1 & &notit", "&copy=1 & &notit"),
        ("&amp;amp;", "&amp;"),
        ("wink &#xD83D;&#xDE09;&#xD83D;", "wink 😉"),
    ],
)
def test_a_label_is_decoded_once_and_keeps_its_brackets(label: str, words: str) -> None:
    assert clean(Text(label, TextKind.LABEL), 100) == words


def test_plain_text_is_not_decoded() -> None:
    text = "Use &amp; and <title>, not &#8217;"
    assert clean(Text(text, TextKind.PLAIN), 100) == text


def test_only_html_looks_like_html() -> None:
    assert not looks_like_html("a < b > c & d; if (x<y) & <T>")


@pytest.mark.parametrize("name", ["script", "form", "svg", "link", "body"])
def test_a_tag_that_a_headline_names_is_a_word(name: str) -> None:
    headline = f"R&D, the <{name}> tag and you"
    assert clean(Text(headline, TextKind.UNSTATED)) == headline
    for markup in (f"<{name}>x</{name}>y", f"<{name} id='x'>y"):
        assert f"<{name}" not in clean(Text(markup, TextKind.UNSTATED))


@pytest.mark.parametrize(
    ("markup", "urls"),
    [
        ('<img src="https://i.e.com/a.jpg?w=1&amp;h=2">', ["https://i.e.com/a.jpg?w=1&h=2"]),
        ('<img width="1" height="1" src="https://p.e.com/x"><img src="/b.jpg">', ["/b.jpg"]),
        ('<img style="display:none" src="/x.gif">', []),
        ('<img style="width: 1px" src="/x.gif">', []),
        ('<img src="https://pixel.wp.com/b.gif?host=x">', []),
        ('<img class="wp-smiley" src="/s.png">', []),
        ('<img src="data:image/gif;base64,R0lG" data-src="/lazy.jpg">', ["/lazy.jpg"]),
        ('<img src="/img/blank.gif" data-lazy-src="/real.jpg">', ["/real.jpg"]),
        ('<img srcset="/small.jpg 480w, /big.jpg 960w">', ["/small.jpg"]),
        ('<IMG SRC=/c.jpg alt="<img src=/no.jpg>">', ["/c.jpg"]),
        ("<!-- <img src='/no.jpg'> --><p title=\"<img src='/no.jpg'>\">", []),
        ('<img src="javascript:alert(1)">', []),
    ],
)
def test_pictures(markup: str, urls: list[str]) -> None:
    assert [picture.url for picture in pictures_of(markup)] == urls


def test_the_size_of_a_picture() -> None:
    (picture,) = pictures_of('<img src="/a.jpg" width="640px" height="50%">')
    assert picture == Picture("/a.jpg", 640, None)
