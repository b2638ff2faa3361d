"""A letter as an e-mail message (RFC 5322): the same bytes each time for the same digest."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from aggregator.config import EmailOptions, Settings
from aggregator.model import EVERYTHING, Site, clean_text
from aggregator.pictures import pictures_in
from aggregator.publish.letter_page import Letter, RenderedLetter, render_letter
from aggregator.queries import StoryQueries, stories_of_period

_POLICY = SMTP.clone(cte_type="7bit")  # whatever servers are on the way
_MAX_SENDER_NAME = 100  # characters


def sending_time(first: date, options: EmailOptions, zone: str) -> datetime:
    """When the letter of the day or week that begins with `first` is sent."""
    after = first + timedelta(days=1 if options.every == "daily" else 7)
    return datetime.combine(after, options.at, tzinfo=ZoneInfo(zone))


def letter_key(options: EmailOptions, first: date, recipient: str) -> str:
    """The key of a letter in the outbox."""
    return f"{options.topic}/{options.every}/{first}/{recipient}"


def rendered_digest(
    queries: StoryQueries,
    settings: Settings,
    options: EmailOptions,
    first: date,
    now: datetime,
) -> RenderedLetter | None:
    """The letter of the day or week that begins with `first`, with the pictures that are in the
    output; None where it has no stories. Raises StoreError."""
    topic = options.topic
    if topic not in queries.topics:
        return None
    period = stories_of_period(queries, first, options.every, now, topic)
    if period is None or not period.stories:
        return None
    is_private = topic in queries.options.private  # its page on the web needs a token
    letter = Letter(
        first,
        options.every,
        period.stories,
        EVERYTHING if is_private else topic,
        "" if topic == EVERYTHING else queries.source.titles[topic],
        options.unsubscribe,
    )
    pictures = pictures_in(settings.output, settings.pictures)
    return render_letter(settings.site, letter, pictures)


def message(
    letter: RenderedLetter,
    site: Site,
    options: EmailOptions,
    recipient: str,
    key: str,
    when: datetime,
) -> str:
    """The message to one recipient. Its date is `when`, and its id follows from the `key`, so that
    a mail server that gets it twice can tell."""
    mail = EmailMessage(_POLICY)
    mail["From"] = Address(clean_text(site.title, _MAX_SENDER_NAME), addr_spec=options.sender)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(when)
    mail["Message-ID"] = message_id(site, key)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notices, please
    mail["List-Id"] = f"<{options.every}.{_host(site)}>"  # RFC 2919
    if options.unsubscribe:
        mail["List-Unsubscribe"] = f"<{options.unsubscribe}>"  # RFC 2369
        if options.unsubscribe.startswith("https:"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    mail.set_boundary(f"=_{uuid5(NAMESPACE_URL, f'{site.url}#{key}').hex}")
    return mail.as_string()


def message_id(site: Site, key: str) -> str:
    """The id of a message: always the same for a site and a key."""
    return f"<{uuid5(NAMESPACE_URL, f'{site.url}{key}')}@{_host(site)}>"


def _host(site: Site) -> str:
    return urlsplit(site.url).hostname or "localhost"
