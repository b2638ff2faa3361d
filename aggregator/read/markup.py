"""The text and the images of HTML fragments, read by libxml2's HTML parser.

The parser needs time linear in the length of the fragment, whatever is in it, and nests at most
256 levels deep. Fragments are untrusted: none of their markup is passed on.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from lxml import etree

from aggregator.read.xmltree import NOT_XML, Element

MAX_MARKUP = 400_000
"""The most characters of a fragment that are read."""

# Every tag that ends a word. Inline tags do not: `un<b>believ</b>able` is one word.
_BLOCKS = frozenset(
    """
    address article aside blockquote br caption center dd details dialog div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr img li main nav ol option p pre
    section summary table tbody td tfoot th thead tr ul
    """.split()  # noqa: SIM905 -- most readable as data
)
# Elements whose content is not shown to readers.
_NOT_WORDS = frozenset(("script", "style", "iframe", "noembed", "noframes"))

# Signs of HTML in text of an unstated kind: an end tag, a character reference, a tag
# that has no end tag (or whose end tag many leave out), or one with an attribute. Headlines of
# programmers name tags in passing: a lone ``<script>`` or ``<form>`` is plain text there.
_SIGNS = re.compile(
    r"</[a-z][a-z0-9]{0,15}[\s>]|&(?:[a-z][a-z0-9]{1,31}|#[0-9]{1,7}|#x[0-9a-f]{1,6});"
    r"|<(?:br|hr|img|p|li|dd|dt|td|tr|center|font)(?:\s{0,9}/?>|\s)"
    r"|<[a-z][a-z0-9]{0,15}\s{1,9}[a-z-]{1,40}=[\"']|<!--|<!\[CDATA\[",
    re.I,
)
_SURROGATE = re.compile(r"&#([xX][dD][89a-fA-F][0-9a-fA-F]{2}|5[5-7][0-9]{3});")
_SURROGATES = re.compile(f"(?:{_SURROGATE.pattern})+")
_PARSERS = threading.local()  # a parser of lxml is used by one thread at a time


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of a fragment; `width` and `height` are in pixels, None where they are not
    stated."""

    url: str
    width: int | None = None
    height: int | None = None


def looks_like_html(text: str) -> bool:
    """Whether a text of an unstated kind looks like HTML rather than plain text."""
    return ("<" in text or "&" in text) and _SIGNS.search(text) is not None


def words_of(markup: str) -> str:
    """The text of an HTML fragment without scripts and styles; references are decoded once."""
    if "<" not in markup and "&" not in markup:
        return markup
    root = parse_fragment(markup)
    if root is None:
        return ""
    for element in root.iter():  # faster than to select the few relevant tags
        if element.tag in _BLOCKS:
            element.text = _spaced(element.text)
            element.tail = _spaced(element.tail)
        elif element.tag in _NOT_WORDS:
            _empty(element)
    return "".join(cast("Iterator[str]", root.itertext()))


def _spaced(text: str | None) -> str:
    """A space and the text, without characters that lxml returns but refuses to set."""
    return f" {NOT_XML.sub('', text)}" if text else " "


def pictures_of(markup: str) -> Iterator[Picture]:
    """The images of an HTML fragment, in its order. Ornaments such as tracking pixels are left out;
    a lazily loaded image has its real address."""
    if "<" not in markup or "<img" not in markup.lower():
        return
    root = parse_fragment(markup)
    if root is None:
        return
    for element in root.iter("img"):
        attributes = {str(name): str(value) for name, value in element.attrib.items()}
        if is_ornament_element(attributes):
            continue
        if url := image_address(attributes):
            yield Picture(url, _pixels(attributes, "width"), _pixels(attributes, "height"))


def parse_fragment(markup: str) -> Element | None:
    """The tree of an HTML fragment, within ``html`` and ``body``; None where it has no content."""
    parser: etree.HTMLParser | None = getattr(_PARSERS, "html", None)
    if parser is None:
        parser = etree.HTMLParser(
            remove_comments=True, remove_pis=True, no_network=True, encoding="utf-8"
        )
        _PARSERS.html = parser
    markup = joined_surrogates(markup[:MAX_MARKUP].replace("\0", ""))
    body = markup.encode("utf-8", "ignore")
    try:
        return etree.fromstring(body, cast("etree.XMLParser", parser))
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        return None


def joined_surrogates(markup: str) -> str:
    """The markup, in which each pair of references to surrogates is replaced by its character (an
    emoji, for example), and a reference to a single surrogate by nothing."""
    return _SURROGATES.sub(_characters, markup) if "&#" in markup else markup


def _characters(references: re.Match[str]) -> str:
    codes = (
        int(text[1:], 16) if text[0] in "xX" else int(text)
        for text in _SURROGATE.findall(references[0])
    )
    text = "".join(map(chr, codes))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def _empty(element: Element) -> None:
    element.text = None
    for child in list(element):
        element.remove(child)


# Attributes in which scripts that load images lazily keep the address.
_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-orig-file",
    "data-full-url",
    "data-url",
)
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_PLACEHOLDERS = ("blank.gif", "spacer.gif", "placeholder", "transparent.gif", "lazy.gif", "1x1.")


def image_address(attributes: dict[str, str]) -> str:
    """The address of an image: `src` unless it is a placeholder, else a lazy-loading address."""
    src = attributes.get("src", "").strip()
    if _is_address(src) and not any(name in src.lower() for name in _PLACEHOLDERS):
        return src
    for name in _LAZY:
        if _is_address(value := attributes.get(name, "").strip()):
            return value
    for name in _SETS:
        first = attributes.get(name, "").strip()[:4_096].split(" ", 1)[0].rstrip(",")
        if _is_address(first):
            return first
    return ""


def _is_address(value: str) -> bool:
    scheme, colon, _ = value[:20].partition(":")
    return bool(value) and (
        not colon or not scheme.isalpha() or scheme.lower() in ("http", "https")
    )


MIN_PIXELS = 16
"""Images with fewer pixels in either direction are counters, lines or bullets."""
# Parts of the addresses of images that count readers, and of emoji and avatars.
_COUNTERS = (
    "pixel.wp.com/",
    "stats.wordpress.com/",
    "feeds.feedburner.com/",
    "feedproxy.google.com/",
    "feedsportal.com/",
    "doubleclick.net/",
    "google-analytics.com/",
    "/piwik.php",
    "/matomo.php",
    "pixel.quantserve.com/",
    "sb.scorecardresearch.com/",
    "/b.gif?",
    "/pixel.gif",
    "/tracking/",
    "s.w.org/images/core/emoji/",
    "/wp-includes/images/smilies/",
    "//assets.feedblitz.com/",
    "medium.com/_/stat",
    "gravatar.com/avatar/",
    "avatars.githubusercontent.com/",
)


def is_ornament_element(attributes: dict[str, str]) -> bool:
    """Whether an image is a tracking pixel or an emoji, not a picture."""
    style = attributes.get("style", "").lower().replace(" ", "")[:1_000]
    if "display:none" in style or "width:1px" in style or "height:1px" in style:
        return True
    return is_ornament(
        attributes.get("src", ""), _pixels(attributes, "width"), _pixels(attributes, "height")
    ) or any(name in attributes.get("class", "") for name in ("emoji", "smiley", "tracking-pixel"))


def is_ornament(url: str, width: int | None, height: int | None) -> bool:
    """Whether an image with this address and size (in pixels) is an ornament, not a picture of an
    article."""
    if any(size is not None and size < MIN_PIXELS for size in (width, height)):
        return True
    return any(name in url for name in _COUNTERS)


def _pixels(attributes: dict[str, str], name: str) -> int | None:
    value = attributes.get(name, "").strip().lower().removesuffix("px")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 7 else None
