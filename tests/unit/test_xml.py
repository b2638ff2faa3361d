"""XML that is well-formed, nearly well-formed, or an attack."""

from __future__ import annotations

import pytest

from aggregator.errors import BadDocument
from aggregator.model import Document
from aggregator.read.cleaning import clean
from aggregator.read.kinds import KINDS
from aggregator.read.kinds.encoding import to_utf8
from aggregator.read.xmltree import parse_xml


def text_of(inner: str, before: str = "", after: str = "") -> str:
    """The characters of an element around `inner`."""
    return "".join(
        map(str, parse_xml(f"{before}<rss>{inner}</rss>{after}".encode()).root.itertext())
    )


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("AT&T & <b>", "AT&T & "),
        ("a &lt; b < c <3", "a < b < c <3"),
        ("a&nbsp;b &eacute; &mdash;", "a\xa0b é —"),
        ("&foo; &; &#; &#xZZ;", "&foo; &; &#; &#xZZ;"),
        ("Party &#xD83D;&#xDE09; at the zoo", "Party 😉 at the zoo"),
        ("&#55357;&#56841;", "😉"),
        ("&#xD83D; alone", " alone"),
        ("bell &#7; \x07 and null &#0;", "bell   and null "),
        ("&#38; &#x3c;b> & x", "& <b> & x"),
        ("<![CDATA[a & b &nbsp; <c>]]> & d", "a & b &nbsp; <c> & d"),
        ("<!-- & x < y --> & z", " & z"),
        ("&#X41; & x", "A & x"),
        ("&#x110000; & &#99999999;", " & &#99999999;"),
    ],
)
def test_xml_that_is_not_well_formed_is_repaired(inner: str, text: str) -> None:
    assert text_of(inner) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n \r\n", ""),
        ("\ufeff\ufeff<?xml version='1.0'?>", ""),
        ("<br />\n<b>Notice</b>: Undefined index in <b>/x.php</b>\n<?xml version='1.0'?>", ""),
        ("<!-- a --><?xml-stylesheet href='a'?><!-- b -->", ""),
        ("<!---->" * 45, ""),
        ('<!DOCTYPE rss PUBLIC "-//N//DTD > RSS 0.91//EN" "http://e.com/rss.dtd">', ""),
        ("<!DOCTYPE rss [<!ELEMENT a (b)> <!-- ]> --> <?x ]> ?>]>", ""),
        ("", "\n<br />\n<b>Warning</b>: x & y < z"),
        ("", '<script>var a = "b" && c < d;</script>'),
        ("", "\0\0\0"),
    ],
)
def test_litter_around_the_document(before: str, after: str) -> None:
    assert text_of("words", before, after) == "words"


def test_entities_of_the_document_are_plain_text() -> None:
    subset = (
        '<!DOCTYPE rss [<!ENTITY co "Tea &amp; Co">\n<!ENTITY tag "&#60;b>">'
        '<!ENTITY file SYSTEM "file:///etc/passwd"><!ENTITY inner "&co;!">]>'
    )
    assert text_of("&co; &tag; &file; &inner;", subset) == "Tea & Co <b> &file; &inner;"


@pytest.mark.parametrize(
    "subset",
    [
        "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9)),
        "".join(f'<!ENTITY e{n} "x">' for n in range(400)),
    ],
    ids=["entities of entities", "hundreds of entities"],
)
def test_an_entity_bomb_is_refused(subset: str) -> None:
    with pytest.raises(BadDocument, match="entit"):
        parse_xml(f"<!DOCTYPE rss [{subset}]><rss>&l8;</rss>".encode())


def test_an_entity_that_is_used_a_million_times_does_not_unfold() -> None:
    bomb = f'<!DOCTYPE r [<!ENTITY a "{"x" * 999}">]><rss>{"&a;" * 1_000_000}</rss>'
    text = "".join(map(str, parse_xml(bomb.encode()).root.itertext()))
    assert len(text) < 100_000_000


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<!doctype html><html></html>", "HTML page"),
        ("<!-- a --><?x?><HTML><rss></rss></HTML>", "HTML page"),
        ("<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html xmlns='x'/>", "HTML page"),
        ("just words", "neither XML nor JSON"),
        (" \n", "empty"),
        ("<!DOCTYPE never ends", "not XML"),
        ("<!-- a -->" * 20_000, "too many comments"),
    ],
)
def test_a_document_that_is_no_xml_is_refused_with_a_reason(body: str, words: str) -> None:
    with pytest.raises(BadDocument, match=words):
        parse_xml(body.encode())


WORDS = "Мост через реку"


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("windows-1251", "windows-1251", "text/xml; charset=ISO-8859-1"),
        ("windows-1251", "windows-1251", ""),
        ("koi8-r", "koi8-r", "text/xml; charset=utf-8"),
        ("koi8-r", "utf-8", "text/xml; charset=koi8-r"),
        ("utf-8", "iso-8859-1", "text/xml; charset=us-ascii"),
        ("utf-8-sig", "windows-1251", ""),
        ("utf-16", "utf-16", ""),
        ("utf-16-le", "utf-16", ""),
        ("utf-32", "utf-8", ""),
    ],
)
def test_encodings(encoding: str, declared: str, content_type: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?><rss>{WORDS}</rss>'.encode(encoding)
    assert "".join(map(str, parse_xml(to_utf8(body, content_type)).root.itertext())) == WORDS


@pytest.mark.parametrize(
    "charset", ["utf-7", "unicode_escape", "punycode", "undefined", "base64", "nonsense"]
)
def test_unsafe_charsets_are_not_used(charset: str) -> None:
    body = f'<?xml version="1.0" encoding="{charset}"?><rss>+ADw- é</rss>'.encode()
    assert "".join(map(str, parse_xml(to_utf8(body, "")).root.itertext())) == "+ADw- é"


@pytest.mark.parametrize("name", ["titl:", ":", "a:b:c", "é", "_", "a.b-c", "x" * 5_000])
def test_elements_of_any_name_within_a_text(name: str) -> None:
    body = f"<rss><item><title>One <{name}>two</{name}> &</title></item></rss>"
    (item,) = KINDS["feed"].parse(Document("d", body.encode(), url="https://e.com/")).items
    assert clean(item.title).startswith("One")


def test_the_half_of_an_entry_at_which_a_document_was_cut_off_is_not_kept() -> None:
    whole = "<rss><channel><item><title>One</title></item><item><title>Two</title></item>"
    for body, count in ((whole, 2), (whole[:-7], 1), (whole[:60], 1), (whole[:30], 0)):
        parsed = KINDS["feed"].parse(Document("d", body.encode(), url="https://e.com/"))
        assert len(parsed.items) == count, body
