"""The words of pages, entries and letters in the site's language, and dates by its time zone.

The sentences are in ``words/<language>.toml``; the forms of plurals, the names of languages, dates,
times and ages come from the CLDR (Unicode's collection of such data), by Babel.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from markupsafe import Markup

from aggregator.model import Site

if TYPE_CHECKING:
    from babel import Locale

DEFAULT_LANGUAGE = "en"
_DAY = 86_400  # seconds
_MAX_AGE = 7 * _DAY  # an older moment is a date


@dataclass(frozen=True)
class Wording:
    """The words of a language (a tag of RFC 5646) and the times of a zone (of the IANA database).

    A language without words of its own has the English ones, and English dates beside them.
    """

    language: str
    zone_name: str = "UTC"

    @classmethod
    def of(cls, site: Site) -> Wording:
        """The wording of a site."""
        return _wording(language_of_words(site.language), site.timezone)

    def __call__(self, key: str, number: int | None = None, /, **values: object) -> str:
        """The text under a key such as ``story.articles``, with `values` in the places of their
        names. With a `number` it is the form for that number, which is ``{n}``; the number is
        written by the rules of the language. Values that are Markup make the result Markup, in
        which everything else is escaped. Raises KeyError for an unknown key or a missing value."""
        text = words_of(self.language)[key]
        if number is not None:
            values.setdefault("n", self.number(number))
        if not isinstance(text, str):
            category = self._locale.plural_form(number or 0)
            text = text.get(category, text["other"])
        if any(isinstance(value, Markup) for value in values.values()):
            return Markup(text).format(**values)  # noqa: S704 - the text is ours
        return text.format(**values)

    def number(self, value: float) -> str:
        """A number with the separators of the language."""
        from babel.numbers import format_decimal

        return format_decimal(value, locale=self._locale)

    def enumeration(self, names: Sequence[str]) -> str:
        """The names as the language lists them: ``A, B and C``."""
        from babel.lists import format_list

        return format_list(names, locale=self._locale)

    def age(self, moment: datetime, now: datetime) -> str:
        """How long ago a moment is: ``3 hr ago``; after a week its day."""
        from babel.dates import format_timedelta

        seconds = int((now - moment).total_seconds())
        if seconds > _MAX_AGE:
            return self.day(moment)
        unit = next((unit for unit in (_DAY, 3_600) if seconds >= unit), 60)
        return format_timedelta(
            -max(unit, seconds // unit * unit),
            add_direction=True,
            format="short",
            threshold=1,
            locale=self._locale,
        )

    def span(self, seconds: float) -> str:
        """A length of time: ``3 hours``."""
        from babel.dates import format_timedelta

        return format_timedelta(max(60, round(seconds)), threshold=1.5, locale=self._locale)

    def until(self, moment: datetime, now: datetime) -> str:
        """When a moment to come is: ``in 5 minutes``."""
        from babel.dates import format_timedelta

        seconds = max(60, round((moment - now).total_seconds()))
        return format_timedelta(seconds, add_direction=True, threshold=1.5, locale=self._locale)

    def when(self, moment: datetime) -> str:
        """A moment as a short date with the time of day and the zone: ``25 Nov, 05:15 UTC``; with
        the year where the reader may see it much later, use ``moment``."""
        return f"{self.day(moment)}, {self.clock(moment)} {self.zone(moment)}"

    def moment(self, moment: datetime) -> str:
        """A moment in full, for texts that are kept: ``25 Nov 2026, 05:15 UTC``."""
        return f"{self._pattern('yMMMd', moment)}, {self.clock(moment)} {self.zone(moment)}"

    def day(self, moment: datetime) -> str:
        """The day of a moment, without the year: ``25 Nov``."""
        return self._pattern("MMMd", moment)

    def full_day(self, day: date | datetime) -> str:
        """A day in full: ``Wednesday, 25 November 2026``."""
        return self._pattern("yMMMMEEEEd", day)

    def weekday(self, day: date | datetime) -> str:
        """The name of the day of the week."""
        return self._pattern("EEEE", day)

    def month(self, day: date) -> str:
        """The month and the year: ``November 2026``."""
        return self._pattern("yMMMM", day)

    def clock(self, moment: datetime) -> str:
        """The time of day of a moment, of 24 hours: ``05:15``."""
        return f"{moment.astimezone(self.zone_info):%H:%M}"

    def zone(self, moment: datetime) -> str:
        """The short name of the time zone at a moment: ``UTC``, ``CET``."""
        name = moment.astimezone(self.zone_info).tzname() or self.zone_name
        return name if name.isalpha() else f"UTC{name}"

    def date_of(self, moment: datetime) -> date:
        """The day on which a moment is in the time zone."""
        return moment.astimezone(self.zone_info).date()

    def is_own_language(self, language: str) -> bool:
        """Whether a language (a tag of RFC 5646) is that of these words, perhaps of a region."""
        return language.partition("-")[0].lower() == self.language

    def language_name(self, language: str) -> str:
        """What the speakers of a language call it: ``Deutsch``; its code where that is unknown."""
        from babel import Locale, UnknownLocaleError

        try:
            name = Locale.parse(language.partition("-")[0].lower()).language_name
        except (UnknownLocaleError, ValueError):
            return language
        return name or language

    @cached_property
    def zone_info(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.zone_name)

    @cached_property
    def _locale(self) -> Locale:
        from babel import Locale

        # British dates: day before month, and 24 hours.
        return Locale.parse("en_GB" if self.language == "en" else self.language)

    def _pattern(self, skeleton: str, moment: date | datetime) -> str:
        day = self.date_of(moment) if isinstance(moment, datetime) else moment
        return _formatted(skeleton, day, str(self._locale))


@lru_cache(maxsize=2_048)  # a page names the same few days many times
def _formatted(skeleton: str, day: date, locale: str) -> str:
    from babel.dates import format_date, format_skeleton

    if skeleton == "yMMMMEEEEd":
        return format_date(day, "full", locale=locale)
    return format_skeleton(
        skeleton, datetime(day.year, day.month, day.day, tzinfo=UTC), locale=locale
    )


Text = str | Mapping[str, str]
"""A text, or its forms by the plural categories of the CLDR."""


@lru_cache
def words_of(language: str) -> Mapping[str, Text]:
    """The texts of a language that has words, by key: ``section.name``."""
    data = files("aggregator.publish").joinpath("words", f"{language}.toml").read_bytes()
    sections: dict[str, dict[str, Text]] = tomllib.loads(data.decode())
    return {
        f"{section}.{name}": text
        for section, texts in sections.items()
        for name, text in texts.items()
    }


@lru_cache
def languages() -> frozenset[str]:
    """The languages that have words."""
    folder = files("aggregator.publish").joinpath("words")
    names = (entry.name.partition(".toml") for entry in folder.iterdir())
    return frozenset(language for language, suffix, _ in names if suffix)


def language_of_words(language: str) -> str:
    """The language in which a site in this one is written: itself, or English."""
    primary = language.partition("-")[0].lower()
    return primary if primary in languages() else DEFAULT_LANGUAGE


@lru_cache
def _wording(language: str, zone: str) -> Wording:
    return Wording(language, zone)
