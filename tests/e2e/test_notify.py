"""Letters and webhooks: each once, tried for a day, and visible when given up."""

from __future__ import annotations

import hmac
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import load_settings
from aggregator.notify import Notifier, report_of
from aggregator.notify.notifier import GIVE_UP
from aggregator.pictures import PictureFolder, Wanted
from aggregator.pictures.thumbnails import Thumbnail
from aggregator.pipeline import PlanOptions
from aggregator.queries import StoryQueries
from aggregator.store import open_store
from aggregator.store.outbox import OutboxState
from tests.conftest import Config, StoryWriter, on_loopback, program
from tests.daemons import daemon, get, wait_for
from tests.mailboxes import Mailbox, mailbox

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PASSWORD, SECRET = "pass word with spaces", "0123456789abcdef"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    monkeypatch.setenv("HOOK_SECRET", SECRET)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as opened:
        yield opened


def email(box: Mailbox, *to: str, **changes: object) -> dict[str, object]:
    return {
        "host": "127.0.0.1",
        "port": box.port,
        "tls": "none",
        "user": "news",
        "password": "${MAIL_PASSWORD}",
        "from": "news@news.example",
        "to": to or ("ada@example.org",),
        "unsubscribe": "https://news.example/stop?who=all",
        **changes,
    }


def related(*names: str) -> list[dict[str, object]]:
    return [
        {
            "title": f"Seen by {name}",
            "webUrl": f"https://{name}.example/{name}",
            "publishedDateTime": "2026-11-21T09:00:00Z",
            "type": "article",
            "provider": {"name": name.title(), "domain": f"{name}.example"},
        }
        for name in names
    ]


class Program:
    """A program whose clock is given: each call of `round` is that of a program just started, if
    the settings are read again, or that of one that runs."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.settings = load_settings(config).with_story_pages()
        self.store = open_store(self.settings.store)
        self.restart()

    def restart(self) -> None:
        self.notifier = Notifier(self.settings, self.store)

    def queries(self, now: datetime) -> StoryQueries:
        return StoryQueries.from_store(self.store, PlanOptions.of(self.settings), now)

    def round(self, now: datetime) -> list[OutboxState]:
        deliveries = self.notifier.round(self.queries(now), now)
        return [delivery.item.state for delivery in deliveries]


def built(config: Path, now: datetime = NOW) -> Program:
    program("build", "-c", str(config), "--now", now.isoformat())
    return Program(config)


def a_day_of_stories(write_story: StoryWriter) -> None:
    yesterday = "2026-11-21T07:00:00Z"
    title = "“Größe” & <b>bold</b> \u202eand back"
    write_story("big.md", title=title, publishedDateTime=yesterday, related=related(*"abcdefg"))
    for number in range(15):
        image = {"url": f"https://pub.example.com/{number}.png"}
        write_story(f"{number}.md", publishedDateTime="2026-11-21T12:00:00Z", images=[image])
    write_story("old.md", title="Too old", publishedDateTime="2026-11-19T12:00:00Z")


def test_a_letter_comes_once_to_each_recipient(
    write_story: StoryWriter, write_config: Config, box: Mailbox
) -> None:
    a_day_of_stories(write_story)
    notify = {"email": email(box, "ada@example.org", "ben@example.org")}
    site = {"title": "Große News", "url": "https://news.example/"}
    config = write_config(site=site, notify=notify, pictures={"enabled": True})
    picture, folder = Thumbnail(b"jpeg", "jpg", 240, 150), PictureFolder(config.parent / "feeds")
    for number in range(15):
        wanted = Wanted(f"https://pub.example.com/{number}.png")
        folder.write(wanted, (picture, picture), NOW)
    running = built(config)
    assert running.round(NOW.replace(hour=5, minute=59)) == []
    assert running.round(NOW) == [OutboxState.SENT, OutboxState.SENT]
    running.restart()
    assert running.round(NOW + timedelta(hours=1)) == []
    assert [to for to, _ in box.letters] == ["ada@example.org", "ben@example.org"]
    assert box.logins == [f"\0news\0{PASSWORD}"] * 2
    mail = box.parsed(0)
    assert mail["From"] == "Große News <news@news.example>"
    assert mail["Subject"].startswith("Saturday, 21 November 2026: “Größe” & <b>bold</b>")
    assert mail["Subject"].endswith(", and 9 more")
    assert mail["Date"].datetime == NOW.replace(hour=6)
    assert mail["List-Unsubscribe"] == "<https://news.example/stop?who=all>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Message-ID"] != box.parsed(1)["Message-ID"]
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    page = html.get_content()
    assert len(page.encode()) < 100_000
    assert "<b>bold" not in page
    assert "“Größe” &amp; &lt;b&gt;bold&lt;/b&gt; and back" in page
    assert "“Größe” & <b>bold</b> and back" in text.get_content()
    assert "Too old" not in page + text.get_content()
    for part in (page, text.get_content()):
        assert "https://news.example/2026/11/21" in part
        assert "https://news.example/stop?who=all" in part
        assert part.index("https://pub.example.com/big.md") < part.index("pub.example.com/1.md")
    assert re.search(r"Pub, [A-G], [A-G], [A-G] and 4 more", text.get_content())
    shown = re.findall(r'<img class="pic" src="https://news.example/feeds/(pictures/[^"]+)"', page)
    assert len(shown) == page.count("<img") == 6
    assert all((running.config.parent / "feeds" / path).is_file() for path in shown)


def test_a_letter_that_fails_is_tried_again_and_is_the_same(
    write_story: StoryWriter, write_config: Config, box: Mailbox
) -> None:
    a_day_of_stories(write_story)
    running = built(write_config(notify={"email": email(box)}))
    box.answers += ["451 later", "451 later"]
    assert running.round(NOW) == [OutboxState.WAITING]
    report = report_of(running.store)
    assert (report.waiting, report.problem) == (1, "")
    assert report.failing[0].error == "the server refused it: 451 later"
    (stored,) = running.store.outbox.due(NOW + GIVE_UP, 9)
    assert running.round(NOW + timedelta(seconds=59)) == []
    assert running.round(NOW + timedelta(seconds=60)) == [OutboxState.WAITING]
    running.restart()
    assert running.round(NOW + timedelta(seconds=181)) == [OutboxState.SENT]
    (letter,) = box.letters
    assert letter[1].decode() == stored.payload.replace("\r\n", "\n").replace("\n", "\r\n")


def test_what_is_given_up_is_shown_until_somebody_acts(
    write_story: StoryWriter, write_config: Config, box: Mailbox
) -> None:
    a_day_of_stories(write_story)
    box.refused.add("gone@example.org")
    notify = {"email": email(box, "gone@example.org", "ada@example.org")}
    config = write_config(notify=notify)
    running = built(config)
    states = set(running.round(NOW))
    assert states == {OutboxState.DEAD, OutboxState.SENT}, "a 5xx is final, and for one only"
    reason = "the server refused it: 550 no such user"
    for command in ("status", "notify"):
        shown = program(command, "-c", str(config), code=1).stdout
        assert (
            f"letter to gone@example.org, all/daily/2026-11-21: 1 try, given up\n      {reason}"
            in shown
        )
        assert "aggregator notify --retry" in shown
    fields = json.loads(program("status", "-c", str(config), "--json", code=1).stdout)["notify"]
    assert (fields["dead"], fields["sent"], fields["failing"][0]["error"]) == (1, 1, reason)
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: get(f"{url}/healthz").status_code == 200)
        wait_for(lambda: reason in get(f"{url}/status").text)
    box.refused.clear()
    program("notify", "-c", str(config), "--retry", "--now", NOW.isoformat())
    running.restart()
    assert running.round(NOW + timedelta(hours=1)) == [OutboxState.SENT]
    assert box.letters[-1][0] == "gone@example.org"
    program("status", "-c", str(config))


def test_tries_end_after_a_day_and_pauses_grow(
    write_story: StoryWriter, write_config: Config, box: Mailbox
) -> None:
    a_day_of_stories(write_story)
    # The server has no TLS: nothing is sent without it.
    running = built(write_config(notify={"email": email(box, tls="starttls")}))
    times, now = [], NOW
    while now < NOW + GIVE_UP + timedelta(hours=5):
        if running.round(now):
            times.append(now - NOW)
        now += timedelta(minutes=1)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert pauses[:4] == [timedelta(minutes=n) for n in (1, 2, 4, 8)]
    assert times[-1] <= GIVE_UP
    report = report_of(running.store)
    assert (report.dead, report.waiting) == (1, 0)
    assert "STARTTLS" in report.problem
    assert box.letters == []
    program("notify", "-c", str(running.config), "--discard")


@dataclass
class Receiver:
    """A receiver of webhooks: `answers` are its next statuses, then 204; `calls` what it got."""

    answers: list[int] = field(default_factory=list)
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state, lock = Receiver(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                state.calls.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = state.answers.pop(0) if state.answers else 204
            self.send_response(status)
            self.end_headers()

    with on_loopback(Handler) as url:
        state.url = f"{url}/hook"
        yield state


def hooked(write_config: Config, receiver: Receiver, **changes: Any) -> Path:
    hook = {"url": receiver.url, "secret": "${HOOK_SECRET}", "publishers": 3}
    return write_config(
        site={"title": "News", "url": "https://news.example/"},
        notify={"webhook": {**hook, **changes}},
        fetch={"allow_networks": ["127.0.0.0/8"]},
    )


def verified(headers: dict[str, str], body: bytes, now: datetime) -> Any:
    """The body as the documentation tells a receiver to check it."""
    assert abs(int(headers["x-aggregator-timestamp"]) - now.timestamp()) < 300
    signed = headers["x-aggregator-timestamp"].encode() + b"." + body
    expected = "sha256=" + hmac.new(SECRET.encode(), signed, "sha256").hexdigest()
    assert hmac.compare_digest(headers["x-aggregator-signature"], expected)
    return json.loads(body)


def test_a_story_that_passes_the_number_of_publishers_is_told_once(
    write_story: StoryWriter, write_config: Config, receiver: Receiver
) -> None:
    write_story("old.md", title="Big before", related=related(*"abcd"))
    write_story("small.md", title="Small", related=related("x"))
    config = hooked(write_config, receiver)
    running = built(config)
    assert running.round(NOW) == [], "what was big when the hook was set up is not news"
    write_story("small.md", title="Small", related=related("x", "y"))
    running = built(config, NOW + timedelta(hours=1))
    receiver.answers += [500, 503]
    now = NOW + timedelta(hours=1)
    assert running.round(now) == [OutboxState.WAITING]
    assert running.round(now + timedelta(minutes=1)) == [OutboxState.WAITING]
    running.restart()
    now += timedelta(minutes=3)
    assert running.round(now) == [OutboxState.SENT]
    write_story("small.md", title="Small", related=related("x", "y", "z"))
    running = built(config, NOW + timedelta(hours=2))
    assert running.round(NOW + timedelta(hours=2)) == []
    assert len(receiver.calls) == 3
    assert len({headers["x-aggregator-delivery"] for headers, _ in receiver.calls}) == 1
    call = verified(*receiver.calls[-1], now)
    assert (call["event"], call["threshold"], call["publishers"]) == ("story.publishers", 3, 3)
    assert call["story"]["title"] == "Small"
    assert call["story"]["page"].startswith("https://news.example/stories/")


def test_a_hook_is_only_called_where_our_requests_may_go_and_for_its_topics(
    write_story: StoryWriter, write_config: Config, receiver: Receiver
) -> None:
    write_story("a.md", title="A", related=related("x"))
    config = hooked(write_config, receiver, topics=["sport"])
    running = built(config)
    assert running.round(NOW) == []
    write_story("a.md", title="A", related=related("x", "y", "z"))
    write_story("b.md", title="B", related=related("q", "r", "s"), topics=["Sport"])
    running = built(config, NOW + timedelta(hours=1))
    fields = json.loads(config.read_text())
    config.write_text(json.dumps({**fields, "fetch": {}}))
    running = Program(config)
    assert running.round(NOW + timedelta(hours=1)) == [OutboxState.WAITING]
    (item,) = report_of(running.store).failing
    assert item.error == "refused: the address 127.0.0.1 is private or special"
    assert json.loads(item.payload)["story"]["title"] == "B"
    assert receiver.calls == []


def test_the_daemon_sends_beside_its_ticks_and_a_test_says_what_happened(
    write_story: StoryWriter,
    write_config: Config,
    receiver: Receiver,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime.now(UTC)
    yesterday = f"{now - timedelta(days=1):%Y-%m-%d}T10:00:00Z"
    write_story("a.md", title="Yesterday", publishedDateTime=yesterday)
    config = write_config(
        notify={
            "email": email(box, at="00:00" if now.hour < 12 else "12:00"),
            "webhook": {"url": receiver.url, "secret": "${HOOK_SECRET}"},
        },
        fetch={"allow_networks": ["127.0.0.0/8"]},
    )
    with daemon(config):
        wait_for(lambda: bool(box.letters))
    assert "Yesterday" in box.parsed()["Subject"]
    with daemon(config) as (_, url):
        wait_for(lambda: get(f"{url}/healthz").text == "ok\n")
        tested = program("notify", "-c", str(config), "--test").stdout
    assert tested == f"email to ada@example.org: sent\nwebhook to {receiver.url}: sent\n"
    assert len(box.letters) == 2
    ((headers, body),) = receiver.calls
    assert verified(headers, body, datetime.now(UTC))["event"] == "test"
    receiver.answers.append(500)
    box.answers.append("554 no")
    failed = program("notify", "-c", str(config), "--test", code=1).stdout
    assert "the server refused it: 554 no" in failed
    assert "HTTP 500" in failed
    monkeypatch.delenv("MAIL_PASSWORD")
    refused = program("run", "-c", str(config), code=2).stderr
    assert "notify.email.password: the environment variable MAIL_PASSWORD is not set" in refused
