"""Pictures from a publisher's server to a reader, by the daemon and by a build."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from PIL import Image

from aggregator.config import load_settings
from aggregator.store import Store
from tests.conftest import Answer, Server, program, ticking
from tests.daemons import daemon, get, wait_for


def feed_of(server: Server, *pictures: str) -> Answer:
    """A feed with one story per picture."""
    date = format_datetime(datetime.now(UTC))
    items = [
        f"<item><title>Story {name.strip('/.')}</title><link>{server.url}/story{n}</link>"
        f'<pubDate>{date}</pubDate><enclosure url="{server.url}{name}" type="image/jpeg"/></item>'
        for n, name in enumerate(pictures)
    ]
    text = f'<rss version="2.0"><channel><title>Pub</title>{"".join(items)}</channel></rss>'
    return Answer(text.encode(), headers={"Content-Type": "application/rss+xml"})


def a_photo() -> Answer:
    buffer = io.BytesIO()
    Image.effect_noise((1200, 675), 20).convert("RGB").save(buffer, "JPEG")
    return Answer(buffer.getvalue())


def sections(server: Server) -> dict[str, object]:
    return {
        "sources": [{"name": "pub", "type": "feed", "url": f"{server.url}/feed"}],
        "fetch": {"allow_networks": ["127.0.0.1/32"]},
        "pictures": {"enabled": True},
    }


def pictures_on(page: str) -> list[str]:
    return re.findall(r'<img [^>]*?src="([^"]*)"', page)


def test_the_daemon_serves_the_pictures_of_its_pages(
    write_config: Callable[..., Path], server: Server
) -> None:
    server.answers = {
        "/feed": feed_of(server, "/good.jpg", "/evil.svg", "/missing.jpg"),
        "/good.jpg": a_photo(),
        "/evil.svg": Answer(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
    }
    with daemon(write_config(**sections(server))) as (_, url):
        wait_for(lambda: bool(pictures_on(get(f"{url}/all.html").text)))
        (path,) = pictures_on(get(f"{url}/all.html").text)
        assert re.fullmatch(r"pictures/[0-9a-f]{32}-240x150\.jpg", path)
        picture = get(f"{url}/{path}")
        image = Image.open(io.BytesIO(picture.content))
        assert (image.format, image.size) == ("JPEG", (240, 150))
        assert picture.headers["content-type"] == "image/jpeg"
        assert picture.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert picture.headers["x-content-type-options"] == "nosniff"
        assert picture.headers["content-security-policy"] == "default-src 'none'"
        again = get(f"{url}/feeds/{path}", **{"If-None-Match": picture.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "img-src 'self' data:" in get(url).headers["content-security-policy"]
        for name in ("failures.json", f"{'0' * 32}-240x150.jpg", "..%2f..%2fstore.db"):
            assert get(f"{url}/pictures/{name}").status_code == 404, name
        asked = [path for path, _ in server.log if path not in ("/feed", "/favicon.ico", "/")]
        assert sorted(asked) == ["/evil.svg", "/good.jpg", "/missing.jpg"]


def test_feeds_are_published_again_when_pictures_have_come(
    write_config: Callable[..., Path], server: Server, store: Store
) -> None:
    server.answers = {"/feed": feed_of(server, "/a.jpg", "/none.jpg"), "/a.jpg": a_photo()}
    settings = load_settings(
        write_config(**sections(server), site={"url": "https://news.example/"})
    )
    feed, pictures = settings.output / "all.atom", settings.output / "pictures"
    now = [datetime.now(UTC)]

    def shown() -> list[str]:
        return re.findall(r'&lt;img src="([^"]*)"', feed.read_text("utf-8"))

    with ticking(settings, store, lambda: now[0]) as tick:
        tick()
        original = [f"{server.url}/a.jpg", f"{server.url}/none.jpg"]
        assert sorted(shown()) == original
        wait_for(lambda: (pictures / "failures.json").exists())  # written at the end of a round
        now[0] += timedelta(seconds=29)
        tick()
        assert sorted(shown()) == original
        now[0] += timedelta(seconds=1)
        tick()
        (ours,) = set(shown()) - set(original)
        assert re.fullmatch(r"https://news\.example/feeds/pictures/\w{32}-704x396\.jpg", ours)
        stamp = feed.stat().st_mtime_ns
        asked = len(server.log)
        now[0] += timedelta(seconds=60)
        tick()  # there is no more to come
        assert (feed.stat().st_mtime_ns, tick.publish_count) == (stamp, 2)
        assert [path for path, _ in server.log[asked:] if path != "/feed"] == []


def test_a_build_writes_the_pictures_of_its_pages(
    write_config: Callable[..., Path], server: Server
) -> None:
    server.answers = {"/feed": feed_of(server, "/a.jpg", "/b.jpg"), "/a.jpg": a_photo()}
    config = write_config(**sections(server))
    output = config.parent / "feeds"
    program("build", "-c", str(config))
    (path,) = pictures_on((output / "all.html").read_text("utf-8"))
    assert (output / path).is_file()
    server.answers["/feed"] = feed_of(server, "/c.jpg", "/d.jpg")
    server.answers |= {"/c.jpg": a_photo(), "/d.jpg": a_photo()}
    program("build", "-c", str(config))
    paths = pictures_on((output / "all.html").read_text("utf-8"))
    assert len(paths) == 2
    assert path not in paths
    write_config(**{**sections(server), "pictures": {"enabled": False}})
    program("build", "-c", str(config))
    assert pictures_on((output / "all.html").read_text("utf-8")) == []
    assert not [p for p in (output / "pictures").iterdir() if p.suffix == ".jpg"]
