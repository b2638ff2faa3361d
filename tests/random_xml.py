"""Writes texts, attributes and elements of XML in random spellings."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape as html_escape
from xml.sax.saxutils import escape

SITE = "https://paper.example/"


class RandomXml:
    """Writes texts, attributes and elements, each time in another spelling."""

    def __init__(self, rng: random.Random, *, has_all_characters: bool) -> None:
        self.rng = rng
        self.relative = rng.random() < 0.3
        self.has_all_characters = has_all_characters

    def before(self) -> str:
        """What servers send before the document."""
        return self.rng.choice(("", "", "", "\n", "  \r\n"))

    def prolog(self) -> str:
        return self.rng.choice(
            ("", "\n", "<!-- made by hand -->", '<?xml-stylesheet href="a.xsl"?>\n', "<!---->" * 3)
        )

    def after(self) -> str:
        return self.rng.choice(
            ("", "", "\n", "<!-- 12 queries -->", "\n<br />\n<b>Warning</b>: x & y in <b>z.php</b>")
        )

    def text(self, words: str) -> str:
        """Characters that stand for themselves."""
        kind = self.rng.randrange(4)
        if kind == 0 and "]]>" not in words and (self.has_all_characters or words.isascii()):
            return f"<![CDATA[{words}]]>"
        if kind == 1:
            return "".join(f"&#{ord(c)};" if c in "<&" or ord(c) > 126 else c for c in words)
        if kind == 2:
            return "".join(f"&#x{ord(c):x};" if c in "<>&" else c for c in words)
        return escape(words)

    def html(self, words: str) -> str:
        """The same characters as HTML, and that as the characters of XML."""
        markup = html_escape(words, quote=False)
        markup = self.rng.choice((markup, f"<p>{markup}</p>", f"<b>{markup}</b>"))
        return self.text(markup)

    def value(self, words: str) -> str:
        """An attribute's value with its quotes."""
        amp = self.rng.choice(("&amp;", "&#38;", "&#x26;"))
        return '"' + words.replace("&", amp).replace("<", "&lt;").replace('"', "&quot;") + '"'

    def link(self, address: str) -> str:
        """An address, relative to the site where the document has a base."""
        return address.removeprefix(SITE) if self.relative else address

    def element(self, name: str, inner: str = "", **attributes: str) -> str:
        """An element; an empty one in either form."""
        pairs = [f" {key.replace('__', ':')}={value}" for key, value in attributes.items()]
        self.rng.shuffle(pairs)
        start = f"{name}{''.join(pairs)}"
        if not inner and self.rng.random() < 0.6:
            return f"<{start}{self.rng.choice(('/', ' /'))}>"
        return f"<{start}>{inner}</{name}>"

    def litter(self, *names: str) -> str:
        """Empty elements, which must not swallow what follows."""
        chosen = self.rng.sample(names, self.rng.randint(0, len(names)))
        return "".join(self.element(name) for name in chosen)

    def either(self, *makers: Callable[[], str]) -> str:
        """One of several ways to say the same."""
        return self.rng.choice(makers)()

    def mixed(self, parts: Sequence[str]) -> str:
        """Elements in any order, with or without white space between them."""
        order = list(parts)
        self.rng.shuffle(order)
        return self.rng.choice(("", "\n", "\n\t")).join(order)

    def rfc822(self, moment: datetime) -> str:
        zone, name = self.rng.choice(_ZONES)
        local = moment.astimezone(timezone(zone))
        text = format_datetime(local)
        text = text[:-5] + name
        forms: tuple[Callable[[str], str], ...] = (
            lambda t: t,
            lambda t: t.partition(", ")[2],
            lambda t: t.replace(", 0", ", "),
            lambda t: t.replace(", ", ","),
            lambda t: f"{local:%A, %d %B %Y %H:%M:%S} {name}",
            str.upper,
        )
        return self.rng.choice(forms)(text)

    def iso(self, moment: datetime) -> str:
        zone = timezone(self.rng.choice((timedelta(0), timedelta(hours=2), timedelta(hours=-5))))
        local = moment.astimezone(zone)
        offset = f"{local:%z}"
        forms = (
            f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            local.isoformat(),
            f"{local:%Y-%m-%dT%H:%M:%S}{offset}",
            f"{local:%Y-%m-%dT%H:%M:%S}.250{offset[:3]}:{offset[3:]}",
            f"{local:%Y-%m-%d %H:%M:%S} {offset}",
        )
        return self.rng.choice(forms)


_ZONES = (
    (timedelta(0), "GMT"),
    (timedelta(0), "+0000"),
    (timedelta(0), "UTC"),
    (timedelta(0), "Z"),
    (timedelta(hours=1), "+0100"),
    (timedelta(hours=1), "+01:00"),
    (timedelta(hours=2), "CEST"),
    (timedelta(hours=-4), "EDT"),
    (timedelta(hours=-8), "PST"),
    (timedelta(hours=9), "JST"),
    (timedelta(hours=1), "GMT+0100"),
)
