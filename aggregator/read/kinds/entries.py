"""The fields of an RSS, RDF or Atom entry, and the elements that each is read from.

The first element in this list that has a usable value is taken:

    ref        atom:id, guid, rdf:about, dc:identifier
    url        feedburner:origLink, link, atom:link rel=alternate (a page before any other file),
               atom:content's src, the guid or id where it is a permalink, the enclosure; else the
               feed's own page
    title      atom:title, title, dc:title, media:title, itunes:title; else the first words
    summary    atom:summary, summary, description, dc:description, the content, itunes:summary,
               media:description
    content    content:encoded, atom:content, xhtml:body, body, fullitem
    published  atom:published, atom:issued, pubDate, dcterms:issued, dc:date, atom:updated,
               atom:modified, dcterms:modified, atom:created, dcterms:created, date
    author     atom:author, dc:creator, author, itunes:author, dc:author; atom:source's; the feed's
    publisher  atom:source, source where it names another site's feed; else the feed's title
    language   xml:lang, dc:language, language; else the feed's
    topics     category, dc:subject, atom:category, media:category, itunes:category,
               itunes:keywords, media:keywords
    image      see ``media.image_of``; else the first picture of the content or the summary
    enclosure  see ``media.enclosure_of``
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from aggregator.model import NO_TEXT, Item, ItemImage, Text, TextKind
from aggregator.read.kinds.channel import Channel
from aggregator.read.kinds.dates import date_of
from aggregator.read.kinds.elements import (
    Fields,
    Vocabulary,
    base_of,
    elements,
    first,
    first_plain,
    first_text,
    language_of,
    plain,
)
from aggregator.read.kinds.entry_urls import RDF_ABOUT, page_url
from aggregator.read.kinds.media import based_image_in, enclosure_of, image_in, image_of
from aggregator.read.kinds.people import people
from aggregator.read.kinds.titles import title_from
from aggregator.read.xmltree import Element

_TITLES = ("atom:title", "title", "dc:title", "media:title", "itunes:title")
_SUMMARIES = ("atom:summary", "summary", "description", "dc:description")
_FALLBACK_SUMMARIES = (
    "itunes:summary",
    "itunes:subtitle",
    "media:description",
    "atom:tagline",
    "abstract",
)
_CONTENTS = ("content:encoded", "atom:content", "xhtml:body", "body", "fullitem", "content")
_AUTHORS = ("atom:author", "dc:creator", "author", "itunes:author", "dc:author")
_DATES = (
    "atom:published",
    "atom:issued",
    "pubdate",
    "dcterms:issued",
    "dc:date",
    "atom:updated",
    "atom:modified",
    "dcterms:modified",
    "atom:created",
    "dcterms:created",
    "date",
    "published",
    "updated",
)
_MAX_KEYWORDS = 50


def item_of(entry: Element, channel: Channel, order: int) -> Item:
    """The item of an entry. `order` is its position in the feed; `ref` is empty if it has no id."""
    fields = channel.vocabulary.fields(entry)
    base = base_of(entry, channel.base) if channel.based else channel.base
    link = page_url(entry, fields, base, channel)
    url = link or channel.home or channel.url
    title = first_text(fields, *_TITLES)
    content = first_text(fields, *_CONTENTS)
    summary = first_text(fields, *_SUMMARIES) or content or first_text(fields, *_FALLBACK_SUMMARIES)
    return Item(
        ref=_ref(entry, fields),
        url=url,
        title=title if title else title_from(summary, url),
        summary=summary,
        content=content,
        published=_date(fields),
        publisher=_origin(fields, channel) or channel.title,
        author=_author(fields, channel),
        lang=_language(entry, fields, channel),
        image=image_of(fields, base) or _text_image(fields, content, summary, url, channel),
        topics=tuple(topic for topic in _topics(fields) if topic),
        linked=bool(link),
        enclosure=enclosure_of(fields, base),
        order=order,
        base=_content_base(fields, channel, url),
    )


def _content_base(fields: Fields, channel: Channel, url: str) -> str:
    """The base URL of the links in the content: that of its ``xml:base``, else the entry's page."""
    element = first(fields, *_CONTENTS, *_SUMMARIES) if channel.based else None
    if element is None:
        return url
    return base_of(element[0] if len(element) == 1 else element, channel.base)


def _text_image(
    fields: Fields, content: Text, summary: Text, url: str, channel: Channel
) -> ItemImage | None:
    if channel.based:
        texts = (content, first(fields, *_CONTENTS)), (summary, first(fields, *_SUMMARIES))
        return based_image_in(texts, channel.base)
    return image_in((content, summary) if summary is not content else (content,), url)


def _ref(entry: Element, fields: Fields) -> str:
    """The id, unchanged: ids are compared character by character (RFC 4287, section 4.2.6.1)."""
    stated = first_plain(fields, "atom:id", "guid", "id") or (entry.get(RDF_ABOUT) or "").strip()
    return stated or first_plain(fields, "dc:identifier")


def _date(fields: Fields) -> datetime | None:
    for element in elements(fields, *_DATES):
        if moment := date_of(plain(element)):
            return moment
    return None


def _author(fields: Fields, channel: Channel) -> Text:
    return (
        author_of(fields, channel.vocabulary) or _source_author(fields, channel) or channel.author
    )


def author_of(fields: Fields, vocabulary: Vocabulary) -> Text:
    """The people in the first of the author elements that has a name; `NO_TEXT` for none."""
    for name in _AUTHORS:
        if name in fields:
            names = people([_person(element, vocabulary) for element in fields[name]])
            if names:
                return names
    return NO_TEXT


def _person(element: Element, vocabulary: Vocabulary) -> str:
    """The name in a person construct (RFC 4287, section 3.2) or in plain text."""
    if not len(element):
        return element.text or ""
    fields = vocabulary.fields(element)
    stated = first_plain(fields, "atom:name", "name", "itunes:name")
    return stated or ("" if first(fields, "atom:email", "atom:uri") is not None else plain(element))


def _source_author(fields: Fields, channel: Channel) -> Text:
    source = first(fields, "atom:source")
    if source is None:
        return NO_TEXT
    return author_of(channel.vocabulary.fields(source), channel.vocabulary)


def _origin(fields: Fields, channel: Channel) -> Text:
    """The title of the feed that an entry was copied from: atom:source (RFC 4287, section 4.2.11),
    or RSS source with the URL of another site: forums put the title of the thread there."""
    source = first(fields, "atom:source")
    if source is not None:
        return first_text(channel.vocabulary.fields(source), "atom:title", "title")
    source = first(fields, "source")
    if source is None:
        return NO_TEXT
    site, text = _site(source.get("url") or ""), plain(source)
    own_sites = [_site(address) for address in (channel.home, channel.url) if address]
    if not site or any(_same_site(site, own_site) for own_site in own_sites):
        return NO_TEXT
    return Text(text, TextKind.LABEL)


def _site(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _same_site(host: str, own_host: str) -> bool:
    return host == own_host or host.endswith(f".{own_host}") or own_host.endswith(f".{host}")


def _language(entry: Element, fields: Fields, channel: Channel) -> str:
    stated = first_plain(fields, "dc:language", "language")
    if stated or not channel.tagged:
        return stated or channel.lang
    title = first(fields, *_TITLES)
    return language_of(entry if title is None else title) or channel.lang


def _topics(fields: Fields) -> Iterator[Text]:
    for element in elements(fields, "category", "dc:subject"):
        name = (element.text or "").strip()  # without the text of elements inside it
        yield Text(name or plain(element) or element.get("term") or "", TextKind.LABEL)
    for element in elements(fields, "atom:category"):
        name = element.get("term") or element.get("label") or plain(element)
        yield Text(name, TextKind.LABEL)
    for element in elements(fields, "media:category"):
        yield Text(element.get("label") or plain(element), TextKind.LABEL)
    for element in elements(fields, "itunes:category"):
        for inner in element.iter():
            yield Text(inner.get("text") or "", TextKind.LABEL)
    for element in elements(fields, "itunes:keywords", "media:keywords"):
        for keyword in plain(element).split(",")[:_MAX_KEYWORDS]:
            yield Text(keyword.strip(), TextKind.LABEL)
