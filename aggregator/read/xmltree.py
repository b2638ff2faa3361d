"""XML documents as publishers send them: UTF-8 to a tree of elements, in linear time.

A document is parsed strictly first. What is not well-formed is repaired character by character
(``prolog`` and ``_repaired`` say what) and parsed again by libxml2's recovering parser. Nothing is
fetched, no external entity is read, and entities of the document's own are plain text or nothing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from html.entities import html5
from typing import TypeAlias
from xml.sax.saxutils import escape

from lxml import etree

from aggregator.errors import BadDocument
from aggregator.read.prolog import Prolog, prolog_of

_PARSERS = threading.local()  # a parser of lxml is used by one thread at a time
# A reference by name, except for the five names that XML defines.
_NAMED = re.compile(rb"&(?!(?:lt|gt|amp|quot|apos);)([A-Za-z_][A-Za-z0-9_.-]{0,40});")
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML does not allow (XML 1.0, section 2.2)."""
_REFERENCE = re.compile(
    r"&(?:#(?:[xX]([0-9A-Fa-f]{1,6})|([0-9]{1,7}));(?:&#(?:[xX]([0-9A-Fa-f]{1,6})|([0-9]{1,7}));)?"
    r"|([A-Za-z_][A-Za-z0-9_.-]{0,40});)?"
)
_STRAY_TAG = re.compile(r"<(?![A-Za-z_:/!?])")

Element: TypeAlias = etree._Element
"""An element of a parsed document."""


@dataclass(frozen=True, slots=True)
class XmlDocument:
    """The root element of a document, whether the document was well-formed, and the parser's reason
    if it was not."""

    root: Element
    well_formed: bool
    reason: str = ""


def local_name(element: Element) -> str:
    """The name of an element in lower case, without namespace or undeclared prefix."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()


def namespace_of(element: Element) -> str:
    """The namespace of an element, ``""`` where it is in none."""
    return str(element.tag).rpartition("}")[0][1:]


def parse_xml(body: bytes) -> XmlDocument:
    """The tree of a document in UTF-8, repaired where necessary. Raises BadDocument where it is not
    XML, or contains an entity bomb."""
    prolog = prolog_of(body)
    rest = body[prolog.root :]
    head = _doctype(prolog, rest)
    try:
        return XmlDocument(etree.fromstring(head + rest, _parser("strict")), True)
    except (etree.XMLSyntaxError, ValueError) as error:
        reason, line = getattr(error, "msg", None) or str(error), getattr(error, "lineno", 0) or 0
    text = _repaired(rest.decode("utf-8", "replace"), _declared(prolog, rest))
    try:
        root = etree.fromstring(head + text.encode("utf-8"), _parser("recovering"))
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        root = None
    if root is None:
        raise BadDocument(f"not XML: {' '.join(reason.split())[:160]}", line)
    return XmlDocument(root, False, " ".join(reason.split())[:160])


def _parser(name: str) -> etree.XMLParser:
    parser: etree.XMLParser | None = getattr(_PARSERS, name, None)
    if parser is None:
        parser = etree.XMLParser(
            recover=name == "recovering",
            no_network=True,
            load_dtd=False,
            resolve_entities=True,  # only those of `_doctype`: no others can be declared
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
            encoding="utf-8",
        )
        setattr(_PARSERS, name, parser)
    return parser


def _declared(prolog: Prolog, rest: bytes) -> dict[str, str]:
    """The text of each named reference in `rest` that has one: the document's own entities, and
    those of HTML, which publishers use without declaring them."""
    names = {name.decode("ascii") for name in set(_NAMED.findall(rest))}
    return {
        name: text
        for name in sorted(names)
        if (text := prolog.entities.get(name, html5.get(f"{name};", "")))
    }


def _doctype(prolog: Prolog, rest: bytes) -> bytes:
    declared = _declared(prolog, rest) if _NAMED.search(rest) else {}
    if not declared:
        return b""
    values = (f'<!ENTITY {name} "{_entity_value(text)}">' for name, text in declared.items())
    return f"<!DOCTYPE d [{''.join(values)}]>".encode()


def _entity_value(text: str) -> str:
    """The literal of an entity whose replacement is these characters, markup included as text."""
    return "".join(f"&#38;#{ord(c)};" if c in "<&" else f"&#{ord(c)};" for c in text)


def _repaired(text: str, declared: dict[str, str]) -> str:
    """The text, in which everything that XML forbids outside CDATA and comments is removed or
    escaped.

    These are characters that XML does not allow; references to them (a pair of references to
    surrogates becomes its character); ampersands and ``<`` that begin neither a reference nor a
    tag.
    """

    def mend(part: str) -> str:
        part = _REFERENCE.sub(lambda match: _reference(match, declared), part)
        return _STRAY_TAG.sub("&lt;", part)

    return _outside(NOT_XML.sub("", text), mend)


def _outside(text: str, mend: Callable[[str], str]) -> str:
    """`mend` applied to what is neither a CDATA section nor a comment."""
    parts: list[str] = []
    position = 0
    for match in re.finditer(r"<!\[CDATA\[|<!--", text):
        if match.start() < position:
            continue
        closing = "]]>" if match[0] == "<![CDATA[" else "-->"
        end = text.find(closing, match.end())
        parts.append(mend(text[position : match.start()]))
        if end < 0:
            return "".join(parts)  # truncated inside the section or comment
        position = end + len(closing)
        if closing == "]]>":
            parts.append(text[match.start() : position])
    return "".join([*parts, mend(text[position:])])


def _reference(match: re.Match[str], declared: dict[str, str]) -> str:
    hexadecimal, decimal, second_hexadecimal, second_decimal, name = match.groups()
    if name is not None:
        is_declared = name in declared or name in ("lt", "gt", "amp", "quot", "apos")
        return match[0] if is_declared else f"&amp;{name};"
    if hexadecimal is None and decimal is None:
        return "&amp;"
    first = _code(hexadecimal, decimal)
    second = _code(second_hexadecimal, second_decimal)
    if first is not None and second is not None and first >> 10 == 0x36 and second >> 10 == 0x37:
        return chr(0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF))  # a pair of surrogates
    return _character(first) + _character(second)


def _code(hexadecimal: str | None, decimal: str | None) -> int | None:
    return int(hexadecimal, 16) if hexadecimal else int(decimal) if decimal else None


def _character(code: int | None) -> str:
    """The character of a code as XML text, ``""`` where XML has none."""
    if code is None or code > 0x10FFFF or NOT_XML.match(chr(code)):
        return ""
    return escape(chr(code))
