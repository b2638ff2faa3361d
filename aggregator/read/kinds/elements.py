"""Elements of feeds under one name each, independent of prefix, namespace and case.

``title`` is RSS's own, whatever namespace the document declares for RSS; ``atom:title``,
``dc:creator`` or ``media:content`` belong to the namespaces below, under any prefix. A prefix that
is not declared has its usual meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import cast
from xml.sax.saxutils import escape

from lxml import etree

from aggregator.model import NO_TEXT, Text, TextKind
from aggregator.read.kinds.base64text import decoded_base64
from aggregator.read.links import absolute_url
from aggregator.read.markup import looks_like_html
from aggregator.read.xmltree import Element, local_name, namespace_of

Fields = dict[str, list[Element]]
"""The children of an element by their names, in the order of the document."""

_MAX_INNER = 1_000
"""Elements inside one field that are read. Entries can nest; without this limit an element would be
read once for each entry around it, in quadratic time."""
_XML = "{http://www.w3.org/XML/1998/namespace}"
_ATOM_TYPES_OF_HTML = ("html", "text/html", "text/x-html")
_ANY_BYTES = ("application/octet-stream", "binary/octet-stream")
_ATOM_TYPES_OF_XHTML = ("xhtml", "application/xhtml+xml", "application/xhtml")

# Namespaces without scheme, ``www.`` and final ``/`` or ``#``, in which publishers differ.
_PREFIXES = {
    "w3.org/2005/atom": "atom",
    "purl.org/atom/ns": "atom",
    "example.com/newformat": "atom",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/rss/1.0/modules/syndication": "sy",
    "search.yahoo.com/mrss": "media",
    "video.search.yahoo.com/mrss": "media",
    "itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "example.com/dtds/podcast-1.0.dtd": "itunes",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "pheedo.com/namespace/pheedo": "pheedo",
    "w3.org/1999/xhtml": "xhtml",
    "w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "google.com/schemas/sitemap-news/0.9": "news",
    "google.com/schemas/sitemap-image/1.1": "image",
}
_KNOWN_PREFIXES = {*_PREFIXES.values(), "a10"}
# The namespaces of RSS 0.90 and 1.0, and those that publishers declare for 0.9x and 2.0.
_RSS = frozenset(
    {
        "my.netscape.com/rdf/simple/0.9",
        "my.netscape.com/publish/formats/rss-0.91.dtd",
        "channel.netscape.com/rdf/simple/0.9",
        "purl.org/rss/1.0",
        "purl.org/net/rss1.1",
        "backend.userland.com/rss",
        "backend.userland.com/rss2",
        "backend.userland.com/rss091",
        "blogs.law.harvard.edu/tech/rss",
        "rssboard.org/rss-specification",
        "purl.org/rss/2.0",
        "sitemaps.org/schemas/sitemap/0.9",
    }
)
_HTML_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
_SCHEME = re.compile(r"^[a-z]{1,9}://(?:www\.)?")


class Vocabulary:
    """The names of a document's elements. Elements in the namespace `core`, that of the root, and
    RSS's own elements are named with `core_prefix`."""

    def __init__(self, core: str, core_prefix: str) -> None:
        self._core = core
        self._core_prefix = core_prefix
        self._names: dict[str, str] = {}

    def name(self, tag: str) -> str:
        """The name of an element, in lower case, by its tag (``{namespace}local``). Elements of
        unknown namespaces are named ``namespace?local``."""
        name = self._names.get(tag)
        if name is None:
            name = self._names[tag] = self._resolve_name(tag)
        return name

    def fields(self, element: Element) -> Fields:
        """The children of an element by name, including those inside media:group and
        media:content."""
        fields: Fields = {}
        for child in element:
            name = self.name(child.tag)
            fields.setdefault(name, []).append(child)
            if name in ("media:group", "media:content") and len(child):
                for inner, elements in self.fields(child).items():
                    fields.setdefault(inner, []).extend(elements)
        return fields

    def _resolve_name(self, tag: str) -> str:
        namespace, _, local = tag.rpartition("}")
        namespace, local = namespace[1:], local.lower()
        if not namespace:
            prefix, colon, rest = local.partition(":")
            if colon:
                prefix = "atom" if prefix == "a10" else prefix
                return f"{prefix}:{rest}" if prefix in _KNOWN_PREFIXES else f"{prefix}?{rest}"
            return f"{self._core_prefix}{local}"
        uri = normal_namespace(namespace)
        if namespace == self._core or uri in _RSS:
            return f"{self._core_prefix}{local}"
        if uri in _PREFIXES:
            return f"{_PREFIXES[uri]}:{local}"
        return f"{namespace}?{local}"


def normal_namespace(uri: str) -> str:
    """A namespace in lower case without scheme, ``www.`` and final ``/`` or ``#``."""
    return _SCHEME.sub("", uri.strip().lower()).rstrip("/#")


def vocabulary_of(root: Element) -> Vocabulary:
    """The vocabulary of a document by its root: Atom where that is ``feed``, else RSS."""
    name, core = local_name(root), namespace_of(root)
    if name == "rdf":  # RSS 1.0: the root is in the namespace of RDF, the rest is not
        channel = next((e for e in root.iter("{*}channel", "{*}item")), None)
        core = namespace_of(channel) if channel is not None else ""
    return Vocabulary(core, "atom:" if name in ("feed", "entry") else "")


def first(fields: Fields, *names: str) -> Element | None:
    """The first element of the first of these names that the fields contain; None for none."""
    return next((fields[name][0] for name in names if name in fields), None)


def elements(fields: Fields, *names: str) -> list[Element]:
    """The elements of these names, in the order of the names."""
    matches: list[Element] = []
    for name in names:
        if name in fields:
            matches += fields[name]
    return matches


def plain(element: Element | None) -> str:
    """The characters of an element and of the elements inside it, stripped; "" for None."""
    if element is None:
        return ""
    if len(element):
        return _characters_in(element).strip()
    return (element.text or "").strip()


def _characters_in(element: Element) -> str:
    """The characters of an element and of those inside it, up to a bound."""
    characters = cast("Iterator[str]", element.itertext())
    return "".join(islice(characters, _MAX_INNER))


def first_plain(fields: Fields, *names: str) -> str:
    """The characters of the first element of these names, in their order, that has any; else ""."""
    for name in names:
        for element in fields.get(name, ()):
            if text := plain(element):
                return text
    return ""


def language_of(element: Element) -> str:
    """``xml:lang`` of the element or of its nearest ancestor with one; "" where there is none, or
    where it is empty, which means unknown (XML 1.0, section 2.12)."""
    for ancestor in (element, *element.iterancestors()):
        if (value := ancestor.get(f"{_XML}lang")) is not None:
            return value
    return ""


_IANA = ("http://www.iana.org/assignments/relation/", "https://www.iana.org/assignments/relation/")


def relation_of(element: Element) -> str:
    """The relation of a link in lower case, ``""`` where it names none. Registered relations can be
    written as IRIs (RFC 4287, section 4.2.7.2)."""
    relation = (element.get("rel") or "").strip().lower()
    for prefix in _IANA:
        relation = relation.removeprefix(prefix)
    return relation


def base_of(element: Element, base: str) -> str:
    """The base URL of an element's relative references: `base`, resolved by the ``xml:base``
    attributes of its ancestors and its own (XML Base, section 4)."""
    chain = [value for e in (element, *element.iterancestors()) if (value := e.get(f"{_XML}base"))]
    for value in reversed(chain[:32]):
        base = absolute_url(base, value) or base
    return base


# The kinds of texts where the format defines them; the kind of all others is unstated.
_KINDS = {
    "content:encoded": TextKind.HTML,
    "xhtml:body": TextKind.HTML,
    "body": TextKind.HTML,
    "fullitem": TextKind.HTML,
    "dc:title": TextKind.LABEL,
}


_MEDIA_KINDS = {"plain": TextKind.PLAIN, "html": TextKind.HTML}


def text_of(element: Element, name: str) -> Text:
    """The text of an element with its kind, by the rules of its format; `name` is the element's
    name."""
    if name.startswith("atom:"):
        return _atom_text(element)
    if len(element):
        return Text(_inner(element, escaped=False), TextKind.HTML)
    kind = _KINDS.get(name, TextKind.UNSTATED)
    if name.startswith("media:"):  # Media RSS: the type is plain or html
        kind = _MEDIA_KINDS.get((element.get("type") or "").strip().lower(), kind)
    return Text(element.text or "", kind)


def first_text(fields: Fields, *names: str) -> Text:
    """The text of the first element of these names, in their order, that has any; else
    `NO_TEXT`."""
    for name in names:
        for element in fields.get(name, ()):
            if (text := text_of(element, name)).value.strip():
                return text
    return NO_TEXT


def _atom_text(element: Element) -> Text:
    """A text construct or content (RFC 4287, 3.1 and 4.1.3), or that of Atom 0.3 with its mode."""
    kind = (element.get("type") or "").strip().lower()
    mode = (element.get("mode") or "").strip().lower()
    value = element.text or ""
    if not _is_text(kind) and kind not in _ANY_BYTES:
        return NO_TEXT  # an image or a document: its bytes are not text
    if mode == "base64" or not _is_text(kind):
        value = decoded_base64(plain(element))
        return Text(value, TextKind.HTML if kind in _ATOM_TYPES_OF_HTML else TextKind.UNSTATED)
    if len(element):  # contains elements: markup, whatever type is stated
        return Text(_inner(element, escaped=True), TextKind.HTML)
    if kind in _ATOM_TYPES_OF_HTML:
        return Text(value, TextKind.HTML)
    if kind in _ATOM_TYPES_OF_XHTML or kind.endswith(("+xml", "/xml")):
        return Text(escape(value), TextKind.HTML)
    return Text(value, TextKind.UNSTATED if mode == "escaped" and not kind else TextKind.PLAIN)


def _is_text(kind: str) -> bool:
    return "/" not in kind or kind.startswith("text/") or kind.endswith(("+xml", "/xml", "/xhtml"))


def _inner(element: Element, *, escaped: bool) -> str:
    """The content of an element as HTML. With `escaped`, its own characters are plain text and are
    escaped; RSS mixes elements and escaped markup."""
    parts = [_characters(element.text, escaped=escaped)]
    remaining = _MAX_INNER
    for child in element:
        inner = list(islice(child.iter(), remaining + 1))
        remaining -= len(inner)
        if remaining < 0:  # the beginning is enough: no feed reader shows more
            parts.append(escape(_characters_in(child)))
            break
        for part in inner:
            name = local_name(part)
            part.tag = name if _HTML_NAME.fullmatch(name) else "span"
        etree.cleanup_namespaces(child)
        parts.append(etree.tostring(child, encoding="unicode", method="html", with_tail=False))
        parts.append(_characters(child.tail, escaped=escaped))
    return "".join(parts)


def _characters(text: str | None, *, escaped: bool) -> str:
    text = text or ""
    return escape(text) if escaped or not looks_like_html(text) else text
