"""A feed whose values are known, written in every spelling that publishers use.

``Known`` holds the values; ``spelled`` writes them as RSS 2.0, RSS 1.0 or Atom 1.0, each choice
made by a random number generator: of hypothesis in the tests, of a seed in the benchmarks.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from tests.random_xml import SITE, RandomXml

_WORDS = (
    "harbour",
    "crane",
    "Füße",
    "naïve",
    "5 < 6",
    "Q&A",
    "“quoted”",
    "Vec<T>",
    "Überfall",
    "tea & milk",
    "a<b",
    "x > y",
    "&amp; explained",
    "plain",
    "kettle",
    "<dialog>",
    "night",
    "it’s",
    "100 %",
    "–",
    "Straße",
    "salt",
    "C++",
    "@home",
    "#tag",
    "1/2",
    "don't",
    "ship",
    "meadow",
    "lantern",
)
_NAMES = ("Jane Doe", "José Ñandú", "A. & B. Sons", "O'Neil", "Müller-Lüdenscheidt")
_TOPICS = ("Arts & Culture", "Science", "Économie", "R&D", "Kids’ corner", "Politics")
_TYPES = {"mp3": "audio/mpeg", "mp4": "video/mp4", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """The values of an entry. `ref` is empty where the feed gives no id."""

    ref: str
    link: str
    title: str
    summary: str
    date: datetime
    author: str
    topics: tuple[str, ...]
    enclosure: tuple[str, str, int] | None
    image: str
    language: str


@dataclass(frozen=True, slots=True)
class Spelled:
    """A document, the values that it has, and the URL that relative links refer to."""

    body: bytes
    content_type: str
    entries: tuple[KnownEntry, ...]
    url: str


def known_entries(rng: random.Random) -> tuple[KnownEntry, ...]:
    """Some entries with values of all kinds."""
    with_ids = rng.random() < 0.8
    language = rng.choice(("", "", "de", "en-GB", "pt-BR"))
    return tuple(_entry(rng, number, with_ids, language) for number in range(rng.randint(1, 4)))


def _entry(rng: random.Random, number: int, with_ids: bool, language: str) -> KnownEntry:
    query = rng.choice(("", f"?id={number}&page=2", f"?q=a%20b&x={number}#part"))
    link = f"{SITE}{rng.choice(('news', 'über', 'a/b'))}/{number}.html{query}"
    ending = rng.choice(list(_TYPES))
    file = (f"{SITE}files/{number}.{ending}?a=1&b=2", _TYPES[ending], rng.randint(0, 10**7))
    seconds = rng.randrange(946_684_800, 1_790_000_000)
    return KnownEntry(
        ref=f"tag:paper.example,2026:{number}&x" if with_ids else "",
        link=link,
        title=" ".join(rng.choices(_WORDS, k=rng.randint(2, 6))) + f" {number}",
        summary=" ".join(rng.choices(_WORDS, k=rng.randint(3, 12))),
        date=datetime.fromtimestamp(seconds, UTC),
        author=rng.choice((*_NAMES, "")),
        topics=tuple(rng.sample(_TOPICS, rng.randint(0, 3))),
        enclosure=file if rng.random() < 0.4 else None,
        image=f"{SITE}img/{number}.jpg?w=640&h=480" if rng.random() < 0.4 else "",
        language=language,
    )


def spelled(rng: random.Random) -> Spelled:
    """A document in one of the spellings."""
    entries = known_entries(rng)
    encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "koi8-r"))
    writer = RandomXml(rng, has_all_characters=encoding.startswith("utf"))
    text = rng.choice((_rss, _rss, _rdf, _atom, _atom))(writer, entries)
    name = encoding.removesuffix("-sig")
    declaration = f'<?xml version="1.0" encoding="{name}"?>' if encoding != "utf-8" else ""
    declaration = declaration or rng.choice(('<?xml version="1.0"?>', ""))
    text = f"{writer.before()}{declaration}{writer.prolog()}{text}{writer.after()}"
    body = text.encode(encoding, "xmlcharrefreplace")
    charset = rng.choice(("", "", f"; charset={name}"))
    return Spelled(body, f"application/xml{charset}", entries, f"{SITE}feeds/all.xml")


def _rss(writer: RandomXml, entries: Sequence[KnownEntry]) -> str:
    base = {"xml__base": f'"{SITE}"'} if writer.relative else {}
    dc = writer.rng.choice(("dc", "d"))
    items = [_rss_item(writer, entry, dc) for entry in entries]
    language = entries[0].language
    head = writer.mixed(
        [
            writer.element("title", "Paper"),
            writer.element("link", SITE),
            writer.element("description", "d"),
            writer.element("language", language) if language else "",
            writer.litter("docs", "copyright"),
        ]
    )
    namespaces = f' xmlns:{dc}="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    start = "".join(f" {k.replace('__', ':')}={v}" for k, v in base.items())
    return f'<rss version="2.0"{namespaces}{start}><channel>{head}{"".join(items)}</channel></rss>'


def _rss_item(writer: RandomXml, entry: KnownEntry, dc: str) -> str:
    parts = [
        writer.element("title", writer.html(entry.title)),
        writer.element("link", writer.text(writer.link(entry.link))),
        writer.element("description", writer.html(entry.summary)),
        writer.either(
            lambda: writer.element("pubDate", writer.rfc822(entry.date)),
            lambda: writer.element(f"{dc}:date", writer.iso(entry.date)),
        ),
        writer.litter("comments", "category", "source"),
        "".join(writer.element("category", writer.text(topic)) for topic in entry.topics),
    ]
    if entry.ref:
        parts.append(writer.element("guid", writer.text(entry.ref), isPermaLink='"false"'))
    if entry.author:
        parts.append(
            writer.either(
                lambda: writer.element(f"{dc}:creator", writer.text(entry.author)),
                lambda: writer.element(
                    "author", writer.text(f"desk@paper.example ({entry.author})")
                ),
            )
        )
    return writer.element("item", writer.mixed([*parts, *_files(writer, entry)]))


def _files(writer: RandomXml, entry: KnownEntry) -> list[str]:
    parts = []
    if entry.enclosure:
        url, kind, length = entry.enclosure
        parts.append(
            writer.element(
                "enclosure",
                url=writer.value(writer.link(url)),
                type=f'"{kind}"',
                length=f'"{length}"',
            )
        )
    if entry.image:
        parts.append(writer.element("media:thumbnail", url=writer.value(writer.link(entry.image))))
    return parts


def _rdf(writer: RandomXml, entries: Sequence[KnownEntry]) -> str:
    writer.relative = False
    pen_items = "".join(_rdf_item(writer, entry) for entry in entries)
    language = entries[0].language
    head = writer.element("title", "Paper") + writer.element("link", SITE)
    head += writer.element("dc:language", language) if language else ""
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:e="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:media="http://search.yahoo.com/mrss/">'
        f'<channel rdf:about="{SITE}">{head}</channel>{pen_items}</rdf:RDF>'
    )


def _rdf_item(writer: RandomXml, entry: KnownEntry) -> str:
    parts = [
        writer.element("title", writer.html(entry.title)),
        writer.element("link", writer.text(entry.link)),
        writer.element("description", writer.html(entry.summary)),
        writer.element("dc:date", writer.iso(entry.date)),
        "".join(writer.element("dc:subject", writer.text(topic)) for topic in entry.topics),
        writer.element("dc:creator", writer.text(entry.author)) if entry.author else "",
    ]
    about = entry.ref or entry.link
    inner = writer.mixed([*parts, *_files(writer, entry)])
    return writer.element("item", inner, rdf__about=writer.value(about))


def _atom(writer: RandomXml, entries: Sequence[KnownEntry]) -> str:
    prefix = writer.rng.choice(("", "a:", "atom:"))
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    base = f' xml:base="{SITE}"' if writer.relative else ""
    language = f' xml:lang="{entries[0].language}"' if entries[0].language else ""
    head = writer.mixed(
        [
            writer.element(f"{prefix}title", "Paper"),
            writer.element(f"{prefix}id", "tag:paper.example,2026:feed"),
            writer.element(f"{prefix}link", href=f'"{SITE}"'),
            writer.element(f"{prefix}link", rel='"self"', href=f'"{SITE}feeds/all.xml"'),
            writer.element(f"{prefix}updated", writer.iso(entries[0].date)),
        ]
    )
    items = "".join(_atom_entry(writer, entry, prefix) for entry in entries)
    return (
        f'<{prefix}feed {name}="http://www.w3.org/2005/Atom"'
        f' xmlns:media="http://search.yahoo.com/mrss/"{base}{language}>{head}{items}</{prefix}feed>'
    )


def _atom_entry(writer: RandomXml, entry: KnownEntry, prefix: str) -> str:
    parts = [
        _atom_text(writer, f"{prefix}title", entry.title),
        _atom_text(writer, f"{prefix}summary", entry.summary),
        writer.element(
            f"{prefix}link", href=writer.value(writer.link(entry.link)), **_alternate(writer)
        ),
        writer.element(f"{prefix}link", rel='"replies"', href=f'"{SITE}comments"'),
        writer.element(f"{prefix}published", writer.iso(entry.date)),
        writer.element(f"{prefix}updated", writer.iso(entry.date + timedelta(hours=3))),
        "".join(writer.element(f"{prefix}category", term=writer.value(t)) for t in entry.topics),
    ]
    if entry.ref:
        parts.append(writer.element(f"{prefix}id", writer.text(entry.ref)))
    if entry.author:
        person = writer.element(f"{prefix}name", writer.text(entry.author))
        person += writer.rng.choice(("", writer.element(f"{prefix}email", "desk@paper.example")))
        parts.append(writer.element(f"{prefix}author", person))
    if entry.enclosure:
        url, kind, length = entry.enclosure
        parts.append(
            writer.element(
                f"{prefix}link",
                rel='"enclosure"',
                href=writer.value(writer.link(url)),
                type=f'"{kind}"',
                length=f'"{length}"',
            )
        )
    if entry.image:
        parts.append(writer.element("media:thumbnail", url=writer.value(writer.link(entry.image))))
    return writer.element(f"{prefix}entry", writer.mixed(parts))


def _alternate(writer: RandomXml) -> dict[str, str]:
    choices: tuple[dict[str, str], ...] = (
        {},
        {"rel": '"alternate"'},
        {"rel": '"alternate"', "type": '"text/html"'},
    )
    return writer.rng.choice(choices)


def _atom_text(writer: RandomXml, name: str, words: str) -> str:
    kind = writer.rng.randrange(4)
    if kind == 0:
        return writer.element(name, writer.text(words))
    if kind == 1:
        return writer.element(name, writer.text(words), type='"text"')
    if kind == 2:
        return writer.element(name, writer.html(words), type='"html"')
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(words)}</div>'
    return writer.element(name, div, type='"xhtml"')
