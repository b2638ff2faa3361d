"""The content of an entry: HTML for feed readers.

It has only what readers keep: no classes and headings, one style on the picture, absolute addresses
and absolute times, since an entry may be read long after it was written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from html import escape
from urllib.parse import urlsplit

from markupsafe import Markup

from aggregator.model import Entry, Image, Link, Site
from aggregator.publish.escaping import is_right_to_left
from aggregator.publish.wording import Wording

_SIZE_IN_NAME = re.compile(r"-[0-9]{2,4}x[0-9]{2,4}$")  # as WordPress names its pictures
_MIN_FILE_NAME = 6  # characters; a shorter name may be that of another picture
_MAX_NAMES = 3  # publishers that are named of the articles that an entry does not show


def entry_html(entry: Entry, site: Site, pages: Collection[str] = (), full_text: str = "") -> str:
    """The content: picture, `full_text` (safe HTML) or else the excerpt, the links to the article
    and to the page of the story, then the coverage by publisher. `pages` are the topics (slugs) to
    whose pages it links. Feed readers do not show the related links of an entry, so they are here
    too."""
    wording = Wording.of(site)
    parts = [
        _picture(entry.image) if entry.image and not _has(full_text, entry.image) else "",
        _text(entry, site, full_text),
        _links(entry, site, wording),
        _coverage(entry, site, wording),
        _topics(entry, site, wording, pages),
    ]
    return "".join(parts)


def text_attributes(text: str, lang: str, site: Site) -> Markup:
    """The attributes, with a leading space, of an element with a text from outside: its direction,
    and its language (a tag, empty: unknown) where it is not the site's."""
    attributes = Markup(' dir="{}"').format("rtl" if is_right_to_left(text) else "auto")
    if lang and lang.partition("-")[0].lower() != site.language.partition("-")[0].lower():
        attributes += Markup(' lang="{}"').format(lang)
    return attributes


def _picture(image: Image) -> str:
    size = ""
    if image.width and image.height:
        size = f' width="{image.width}" height="{image.height}"'
    style = "max-width:100%;height:auto"
    return f'<p><img src="{escape(image.url)}" alt=""{size} style="{style}"></p>'


def _has(html: str, image: Image) -> bool:
    """Whether the HTML has the picture, perhaps in another size."""
    file = urlsplit(image.url).path.rpartition("/")[2].rpartition(".")[0]
    name = _SIZE_IN_NAME.sub("", file)
    return escape(image.url) in html or (len(name) >= _MIN_FILE_NAME and f"/{name}" in html)


def _text(entry: Entry, site: Site, full_text: str) -> str:
    attributes = text_attributes(entry.summary or entry.title, entry.lang, site)
    if full_text:
        return f"<div{attributes}>{full_text}</div>"
    return f"<p{attributes}>{escape(entry.summary)}</p>" if entry.summary else ""


def _links(entry: Entry, site: Site, wording: Wording) -> str:
    key = "whole_story.watch_at" if entry.video else "whole_story.read_at"
    links = [_link(entry.url, wording(key, publisher=_name(entry.publisher.name)))]
    if page := site.story_page(entry.id):
        links.append(_link(page, wording("entry.whole_story")))
    return f"<p>{' · '.join(links)}{_copies(entry.copies, wording)}</p>"


def _coverage(entry: Entry, site: Site, wording: Wording) -> str:
    parts = []
    if entry.related:
        if entry.publishers > 1:
            heading = wording("entry.covered_by", entry.publishers)
        else:
            heading = wording("story.articles", entry.articles)
        rows = "".join(_row(link, entry, site, wording) for link in entry.related)
        parts.append(f"<p><strong>{escape(heading)}</strong></p><ul>{rows}</ul>")
    if entry.more.number:
        parts.append(f"<p>{_more(entry, wording)}</p>")
    return "".join(parts)


def _row(link: Link, entry: Entry, site: Site, wording: Wording) -> str:
    attributes = text_attributes(link.title, link.lang, site)
    title = f'<a href="{escape(link.url)}"{attributes}>{escape(link.title)}</a>'
    time = escape(_time(link.published, entry.published, wording))
    return (
        f"<li><b>{_name(link.publisher)}</b>: {title} <small>{time}</small>"
        f"{_copies(link.copies, wording)}</li>"
    )


def _time(moment: datetime, of_entry: datetime, wording: Wording) -> str:
    """The time of an article; the year of most is that of the entry, which readers show."""
    is_same_year = wording.date_of(moment).year == wording.date_of(of_entry).year
    return wording.when(moment) if is_same_year else wording.moment(moment)


def _copies(copies: Iterable[Link], wording: Wording) -> str:
    links = Markup(", ").join(_link(copy.url, _name(copy.publisher)) for copy in copies)
    return f"; {wording('story.also_at', publishers=links)}" if links else ""


def _more(entry: Entry, wording: Wording) -> Markup:
    """How many articles are not shown; where no page shows them, also some of their publishers."""
    more = entry.more
    if more.page:
        return _link(more.page, wording("entry.and_more", more.number))
    names = [str(name) for name in more.publishers[:_MAX_NAMES]]
    if len(more.publishers) > _MAX_NAMES:
        names.append(wording("entry.others"))
    return Markup.escape(
        wording("entry.and_more_by", more.number, publishers=wording.enumeration(names))
    )


def _topics(entry: Entry, site: Site, wording: Wording, pages: Collection[str]) -> str:
    topics = Markup(", ").join(
        _link(site.topic_page(category.term), _name(category.label))
        if category.term in pages
        else _name(category.label)
        for category in entry.categories
    )
    return f"<p><small>{wording('entry.in_topics', topics=topics)}</small></p>" if topics else ""


def _name(name: str) -> Markup:
    """A name that keeps its direction, whatever stands beside it. One of ASCII characters, with
    letters or digits at its ends, does so by itself."""
    is_plain = name.isascii() and name[:1].isalnum() and name[-1:].isalnum()
    text = escape(name)
    return Markup(text if is_plain else f"<bdi>{text}</bdi>")  # noqa: S704 - it is escaped


def _link(url: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, text)
