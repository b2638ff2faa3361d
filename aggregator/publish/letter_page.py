"""The digest of a day or a week as a letter: HTML that mail programs show, and the same as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from textwrap import wrap
from urllib.parse import urlsplit

from aggregator.model import EVERYTHING, Site, Story, clean_text
from aggregator.publish.digest import period_name, period_path, summary_of
from aggregator.publish.page_context import PageContext
from aggregator.publish.picture_urls import NO_PICTURES, LocalPicture, Pictures, picture_url
from aggregator.publish.story_rows import StoryRow, story_rows
from aggregator.publish.templating import render
from aggregator.publish.wording import Wording

MAX_BYTES = 100_000
"""Bytes of the HTML: Gmail cuts a letter at 102 kB."""
MAX_PICTURES = 6
_NUMBERED, _ALSO, _NAMED = 10, 4, 3  # stories, headlines after them, publishers beside the lead's
_EXCERPTS = (500, 160, 0)  # characters, tried until the letter is small enough
_WIDTH = 72  # characters of a line of text


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter tells: the `stories` in order of the day (`interval` ``daily``) or week
    (``weekly``) that begins with the day `first`, of a `topic` (slug) with a `topic_name` (empty:
    of all topics). `unsubscribe` is the address that ends these letters (empty: none)."""

    first: date
    interval: str
    stories: Sequence[Story]
    topic: str = EVERYTHING
    topic_name: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """The letter: its subject in one line, the HTML, and the same as text."""

    subject: str
    html: str
    text: str


def render_letter(site: Site, letter: Letter, pictures: Pictures = NO_PICTURES) -> RenderedLetter:
    """The letter in the words of the site, with at most six pictures of our own server and less
    than 100 kB of HTML: excerpts are shortened, and in the end left out, until it is."""
    words = Wording.of(site)
    shown = letter.stories[: _NUMBERED + _ALSO]
    rows = _with_few_pictures(story_rows(shown, {}, pictures, _NAMED))
    name = period_name(letter.first, letter.interval, words)
    heading = f"{letter.topic_name}: {name}" if letter.topic_name else name
    number = min(len(rows), _NUMBERED)
    subject = words(
        "digest.subject",
        number,
        date=heading,
        headline=clean_text(rows[0].title, 150) if rows else "",
        more=words.number(number - 1),
    )
    parts = _Parts(site, letter, clean_text(subject, 300), heading, words)
    html = ""
    for limit in _EXCERPTS:
        shortened = [replace(row, excerpt=_shortened(row.excerpt, limit)) for row in rows]
        html = parts.html(shortened)
        if len(html.encode()) < MAX_BYTES:
            break
    return RenderedLetter(parts.subject, html, parts.text(rows))


def _with_few_pictures(rows: Sequence[StoryRow]) -> list[StoryRow]:
    left, result = MAX_PICTURES, []
    for row in rows:
        has_place = left > 0
        left -= row.picture is not None
        result.append(row if has_place else replace(row, picture=None))
    return result


def _shortened(excerpt: str, limit: int) -> str:
    return clean_text(excerpt, limit) if limit else ""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the two forms of a letter have in common."""

    site: Site
    letter: Letter
    subject: str
    heading: str
    words: Wording

    @property
    def summary(self) -> str:
        return summary_of(self.letter.stories[:_NUMBERED], self.words)

    @property
    def also_title(self) -> str:
        """The key of the heading of what a letter only names."""
        return "digest.also" if self.letter.interval == "daily" else "digest.also_week"

    @property
    def web(self) -> str:
        """The URL of the page of the day or week."""
        letter = self.letter
        return f"{self.site.url}{period_path(letter.first, letter.interval, letter.topic)}"

    @property
    def host(self) -> str:
        return urlsplit(self.site.url).netloc or self.site.url

    def html(self, rows: Sequence[StoryRow]) -> str:
        def url_of(picture: LocalPicture) -> str:
            return picture_url(self.site, picture)

        body = render(
            "letter.html",
            PageContext(self.site, ()),
            subject=self.subject,
            heading=self.heading,
            summary=self.summary,
            rows=rows[:_NUMBERED],
            also=rows[_NUMBERED:],
            web=self.web,
            also_title=self.also_title,
            unsubscribe=self.letter.unsubscribe,
            host=self.host,
            picture_url=url_of,
        )
        return body.decode().strip()

    def text(self, rows: Sequence[StoryRow]) -> str:
        """The letter as text: a part per paragraph, addresses on lines of their own."""
        words = self.words
        parts = [f"{self.site.title}\n{self.heading}", "\n".join(wrap(self.summary, _WIDTH))]
        parts += ["\n".join(self._lines(n, row)) for n, row in enumerate(rows[:_NUMBERED], 1)]
        if also := rows[_NUMBERED:]:
            lines = (f"- {row.title} ({row.publisher})\n  {row.url}" for row in also)
            parts.append("\n".join([words(self.also_title), *lines]))
        ending = [f"{words('digest.web')}: {self.web}"]
        if self.letter.unsubscribe:
            ending.append(f"{words('digest.stop')}: {self.letter.unsubscribe}")
        parts.append("\n".join([*ending, words("digest.why", site=self.host)]))
        return "\n\n".join(parts) + "\n"

    def _lines(self, number: int, row: StoryRow) -> Iterator[str]:
        yield from wrap(f"{number}. {row.title}", _WIDTH, subsequent_indent="   ")
        names = ", ".join([row.publisher, *(name for name, _ in row.named)])
        if row.rest:
            names = self.words("digest.and_more", len(row.rest), publishers=names)
        yield from _indented(names)
        yield from _indented(row.excerpt)
        yield f"   {row.url}"
        yield f"   {self.site.url}{row.page}"


def _indented(text: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent="   ", subsequent_indent="   ")
