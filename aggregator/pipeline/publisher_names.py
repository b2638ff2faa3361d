"""The names of publishers of articles that name none themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from aggregator.model import Article, CleanText, Publisher, Source, Verdict, clean_text

_MIN_NAME = 3  # characters of an identifier that may stand for a name, if the title begins with it
# Kinds whose documents are one publisher's; files of the others have articles of many.
_KINDS_OF_ONE_PUBLISHER = ("feed", "sitemap")
# A name such as ``bbc-world`` or ``https://example.org/feed`` is for the configuration, not for
# readers. (A name without any ASCII letters, in Arabic or Japanese, is one for readers.)
_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._:/@-]{0,199}|[a-z]{1,20}://\S{0,500}")
# What programs write around the name of a site: "Recent content in Posts on Site" (Hugo), "Site RSS
# Feed" (Gatsby), "Site » Feed" (WordPress).
_BEFORE_NAME = re.compile(
    r"(?:Recent content (?:in \S.{0,60} )?|(?:All posts|Articles|Blog|Home|Notes|Posts) )on (?=\S)"
)
_AFTER_NAME = re.compile(
    r"\s*[-–—|»:·(]*\s*\b(?:RSS|Atom)(?: ?[12]\.0)?(?:[ -]feed)?\)?$|\s*[»|]\s*feed$", re.I
)


def with_publisher(article: Article, source: Source, title: str) -> Article:
    """The article with a better name of its publisher, where it names none but has only the
    `title` of its feed or a domain. The name is that of the configuration (`publisher`), or else
    the name that the user gave to the source, or else the title without what programs add."""
    publisher = article.publisher
    names_publisher = publisher.name not in (title, publisher.domain)
    if article.verdict is Verdict.RELATED_ONLY or names_publisher:
        return article
    name = clean_text(source.publisher)
    if not name and source.kind in _KINDS_OF_ONE_PUBLISHER:
        name = _name_of_source(source.name, title)
    if not name and title and publisher.name == title:
        name = _name_in_title(title)
    if not name or name == publisher.name:
        return article
    return replace(article, publisher=Publisher(name, publisher.domain))


def _name_of_source(name: str, title: str) -> CleanText:
    """The name of a source if it is one for readers, or if the title of its feed begins with it
    ("ndtv" in "ndtv world news")."""
    begins = len(name) >= _MIN_NAME and re.match(rf"{re.escape(name)}\b", title) is not None
    return clean_text(name if begins or not _IDENTIFIER.fullmatch(name) else "")


def _name_in_title(title: str) -> CleanText:
    title = unescape(title)  # "Blog &#8211; Site" in JSON Feed, whose titles are plain text
    name = _AFTER_NAME.sub("", _BEFORE_NAME.sub("", title, count=1))
    return clean_text(name) or clean_text(title)
