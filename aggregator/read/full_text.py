"""The full text of an article: the HTML of a feed, sanitised.

Nothing of the markup is passed on. It is parsed (``markup``), and new HTML is written of what the
lists below allow: elements without a meaning give their content only, those that run, load or ask
something are left out with all that is in them. The result has no raw text, no comments and no
attributes but those of ``_attributes``, so whatever parses it can find no other elements in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from aggregator.identify import without_tracking
from aggregator.model import Text, TextKind
from aggregator.model.languages import language_tag
from aggregator.model.text import without_control_characters
from aggregator.read.addresses import http_url
from aggregator.read.links import absolute_url
from aggregator.read.markup import (
    image_address,
    is_ornament_element,
    looks_like_html,
    parse_fragment,
    words_of,
)
from aggregator.read.xmltree import Element

MAX_CONTENT = 200_000
"""Bytes of the HTML of an article, in UTF-8. What is longer is cut."""
_MAX_ROUNDS = 4  # of sanitising: most HTML is stable after one
_MAX_ALT = 500
_CUT = "…"

# Element -> the element that is written for it.
_KEPT = {
    name: name
    for name in """
    a abbr b blockquote br caption cite code dd del div dl dt em figcaption figure h2 h3 h4 h5 h6 hr
    i img ins kbd li mark ol p pre q rp rt ruby s samp small strong sub sup table tbody td tfoot th
    thead tr u ul var
    """.split()  # noqa: SIM905 -- most readable as data
} | {
    "h1": "h2",
    "strike": "s",
    "tt": "code",
    **dict.fromkeys(
        """
        address article aside center details dialog fieldset footer form header main nav section
        summary
        """.split(),  # noqa: SIM905
        "div",
    ),
}
_VOID = frozenset(("br", "hr", "img"))
_EMPTY_ALLOWED = frozenset(("br", "hr", "img", "td", "th"))
# Elements that are left out with their content.
_DROPPED = frozenset(
    """
    annotation annotation-xml applet area audio base button canvas datalist embed frame frameset
    head iframe input link map meta meter noembed noframes noscript object optgroup option output
    param plaintext progress script select source style svg template textarea title
    track video xmp
    """.split()  # noqa: SIM905
)
_DIRECTIONS = ("ltr", "rtl", "auto")
_SIZES = ("width", "height")
_SIZE = re.compile(r"[1-9][0-9]{0,4}")
_STYLE = "max-width:100%;height:auto"
_SPAN = re.compile(r"[1-9][0-9]?")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")
_SPACE = re.compile(r"\s+")


def full_text(text: Text, base: str) -> str:
    """The text of an item as safe HTML of at most `MAX_CONTENT` bytes; links are relative to
    `base`. Plain text gets its paragraphs."""
    kind, value = text.kind, text.value
    if kind is TextKind.UNSTATED:
        kind = TextKind.HTML if looks_like_html(value) else TextKind.PLAIN
    return safe_html(value if kind is TextKind.HTML else _paragraphs(value), base)


def safe_html(markup: str, base: str) -> str:
    """The HTML of the lists above for an HTML fragment. To sanitise the result changes nothing."""
    for _ in range(_MAX_ROUNDS):
        result = _sanitised(markup, base)
        if result == markup:
            return result
        markup = result
    # Nested so that it means another thing each time that it is parsed: only its words are kept.
    words = _SPACE.sub(" ", words_of(markup)).strip()
    return _sanitised(f"<p>{escape(words, quote=False)}</p>", base) if words else ""


def _paragraphs(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    paragraphs = (escape(part, quote=False) for part in _PARAGRAPH_END.split(text) if part)
    return "".join(f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)


def _sanitised(markup: str, base: str) -> str:
    root = parse_fragment(markup)
    if root is None:
        return ""
    writer = _Writer(base)
    writer.element(root)
    return "".join(writer.parts).strip()


@dataclass
class _Writer:
    """Writes elements until the limit is reached. What is open is always closed within it."""

    base: str
    parts: list[str] = field(default_factory=list)
    left: int = MAX_CONTENT
    is_full: bool = False

    def element(self, element: Element) -> None:
        """The element and what is in it, without the text that follows it."""
        name = element.tag if isinstance(element.tag, str) else "script"
        if self.is_full or name in _DROPPED:
            return
        tag = _KEPT.get(name)
        start = f"<{tag}{self._attributes(element, tag)}>" if tag else ""
        if tag is None or (tag == "a" and " href=" not in start):
            self._content(element)
        elif tag in _VOID:
            if tag != "img" or " src=" in start:
                self._write(start)
        else:
            end = f"</{tag}>"
            before = len(self.parts)
            if self._write(start, reserved=len(end)):
                self._content(element)
                if tag in _EMPTY_ALLOWED or any(p.strip() for p in self.parts[before + 1 :]):
                    self.parts.append(end)
                else:
                    space = "".join(self.parts[before + 1 :])
                    self.left += len(start) + len(end)
                    self.parts[before:] = [space] if space else []

    def _content(self, element: Element) -> None:
        self._text(element.text)
        for child in element:
            self.element(child)
            self._text(child.tail)

    def _text(self, text: str | None) -> None:
        if not text or self.is_full:
            return
        text = escape(without_control_characters(text), quote=False)
        if not self._write(text):
            cut = text.encode()[: max(self.left - len(_CUT.encode()), 0)].decode("utf-8", "ignore")
            if cut.rfind("&") > cut.rfind(";"):  # within a character reference
                cut = cut[: cut.rfind("&")]
            if cut:
                self.parts.append(cut.rstrip() + _CUT)

    def _write(self, text: str, reserved: int = 0) -> bool:
        """Whether there was room for the text, and for `reserved` bytes."""
        size = len(text.encode("utf-8", "replace")) + reserved
        if self.is_full or size > self.left:
            self.is_full = True
            return False
        self.left -= size
        self.parts.append(text)
        return True

    def _attributes(self, element: Element, tag: str | None) -> str:
        values: dict[str, str] = {}
        if tag == "a":
            values["href"] = self._link(element.get("href") or "")
        elif tag == "img":
            values = self._picture(element)
        elif tag in ("td", "th"):
            spans = {name: element.get(name) or "" for name in ("colspan", "rowspan")}
            values |= {name: span for name, span in spans.items() if _SPAN.fullmatch(span)}
        elif tag == "ol" and (element.get("start") or "").isdecimal():
            values["start"] = str(int((element.get("start") or "")[:6]))
        if tag in ("br", "hr", "img"):
            return _written(values)
        direction = (element.get("dir") or "").strip().lower()
        if direction in _DIRECTIONS:
            values["dir"] = direction
        values["lang"] = language_tag(element.get("lang") or "")
        return _written(values)

    def _link(self, link: str) -> str:
        if not link.strip() or link.strip().startswith("#"):
            return ""  # a place in a page that is not here
        return without_tracking(http_url(absolute_url(self.base, link)))

    def _picture(self, element: Element) -> dict[str, str]:
        attributes = {str(name): str(value) for name, value in element.attrib.items()}
        if is_ornament_element(attributes):
            return {}
        address = image_address(attributes)
        source = http_url(absolute_url(self.base, address)) if address else ""
        if not source:
            return {}
        alt = _SPACE.sub(" ", without_control_characters(attributes.get("alt", "")))
        sizes = {name: attributes.get(name, "").strip().removesuffix("px") for name in _SIZES}
        if not all(_SIZE.fullmatch(size) for size in sizes.values()):
            sizes = {}
        return {"src": source, "alt": alt[:_MAX_ALT].strip(), **sizes, "style": _STYLE}


def _written(values: dict[str, str]) -> str:
    return "".join(
        f' {name}="{escape(value)}"' for name, value in values.items() if value or name == "alt"
    )
