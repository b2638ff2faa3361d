"""Pictures: what is made of what publishers send, which are kept, and when one is tried."""

from __future__ import annotations

import asyncio
import io
import re
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aggregator.model import CleanText, Feed, Site, Story
from aggregator.model import Image as Image_
from aggregator.pictures import PictureFolder, PictureOptions, Wanted, wanted_pictures
from aggregator.pictures.fetch_once import fetch_once
from aggregator.pictures.single_picture import Attempt
from aggregator.pictures.thumbnails import MAX_BYTES, BadPicture, icon, thumbnails
from aggregator.publish import compose_feed
from aggregator.publish.local_entries import LocalFeeds
from aggregator.publish.page_context import PageContext
from aggregator.read import ReadOptions
from aggregator.read.discover import icons_of_page
from aggregator.read.fetch import Fetcher
from aggregator.read.options import FetchOptions
from tests.conftest import Answer, Server, article, tree

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
OPTIONS = PictureOptions()
READING = ReadOptions(allow_networks=("127.0.0.1/32",), deadline=5)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photo(width: int = 1200, height: int = 800, grain: int = 20) -> Image.Image:
    return Image.effect_noise((width, height), grain).convert("RGB")


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("width", "height", "large", "small"),
    [
        (1600, 900, (704, 396), (240, 150)),
        (900, 1600, (704, 528), (240, 150)),  # a portrait is cut
        (3000, 300, (704, 235), (240, 150)),  # a banner, too
        (320, 200, (320, 200), (240, 150)),  # none is made larger
        (160, 100, (160, 100), (160, 100)),
    ],
)
def test_pictures_have_bounded_sizes(
    width: int, height: int, large: tuple[int, int], small: tuple[int, int]
) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        made = thumbnails(encoded(photo(width, height), kind))
        assert [(t.width, t.height) for t in made] == [large, small]
        for thumbnail in made:
            image, size = opened(thumbnail.data), (thumbnail.width, thumbnail.height)
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", size)
            assert len(thumbnail.data) <= MAX_BYTES


def test_a_picture_that_cannot_be_compressed_is_smaller() -> None:
    large, small = thumbnails(encoded(photo(1000, 1000, 200), "PNG"))
    assert (large.width, large.height, small.width) == (352, 264, 240)
    assert len(large.data) <= MAX_BYTES


def test_a_picture_is_upright_on_white_and_without_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "the camera"  # rotated by 90 degrees
    left_half = Image.new("RGB", (800, 600), "white")
    left_half.paste("red", (0, 0, 400, 600))
    large, _ = thumbnails(encoded(left_half, "JPEG", exif=exif, comment=b"the author"))
    image = opened(large.data).convert("L")  # red is 76
    assert image.size == (600, 450)
    assert [image.getpixel((300, y)) in range(70, 83) for y in (20, 430)] == [True, False]
    assert b"the camera" not in large.data
    assert b"the author" not in large.data
    clear, _ = thumbnails(encoded(Image.new("RGBA", (300, 200)), "PNG"))
    assert opened(clear.data).getpixel((9, 9)) == (255, 255, 255)


def bomb(width: int, height: int) -> bytes:
    """A PNG of some bytes that says that it is large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + header + b"\0\0\0\0"


def ico(inner: bytes) -> bytes:
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 32, 32, 0, 0, 1, 32, len(inner), 22) + inner


def many_scans() -> bytes:
    data = encoded(photo(400, 300), "JPEG", progressive=True)
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * 1_000 + data[-2:]


HOSTILE = {
    "nothing": b"",
    "a page": b"<html><body>404</body></html>",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"/>',
    "a pixel": encoded(Image.new("RGB", (1, 1)), "GIF"),
    "half of one": encoded(photo(), "JPEG")[:50_000],
    "a bomb": bomb(60_000, 60_000),
    "a smaller bomb": bomb(5_000, 5_000),
    "a bomb in an icon": ico(bomb(9_000, 9_000)),
    "an icon without its picture": ico(b"")[:22],
    "many scans": many_scans(),
    "another format": encoded(photo(), "TIFF"),
    "a script": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 300 200\n",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("make", [thumbnails, icon])
def test_what_is_no_picture_is_refused(name: str, make: Callable[[bytes], object]) -> None:
    with pytest.raises(BadPicture):
        make(HOSTILE[name])


def test_an_icon_is_a_small_square() -> None:
    made = icon(encoded(Image.new("RGBA", (180, 120), "blue"), "PNG"))
    image = opened(made.data)
    assert (image.format, image.size, image.getpixel((0, 0))) == ("PNG", (64, 64), (0, 0, 0, 0))
    sizes = [(16, 16), (48, 48)]
    assert icon(encoded(Image.new("RGBA", (48, 48), "red"), "ICO", sizes=sizes)).width == 48


def test_icons_of_a_page_are_those_that_can_be_shown() -> None:
    page = (
        b'<link rel="shortcut icon" href="/small.ico"><link rel="icon" href="/i.svg">'
        b'<link rel="icon" sizes="96x96" href="//cdn.example/i.png">'
        b'<link rel="apple-touch-icon" href="touch.png"><link rel="icon" href="javascript:1">'
    )
    assert icons_of_page(page, "https://p.example/home/") == [
        "https://p.example/home/touch.png",
        "https://cdn.example/i.png",
        "https://p.example/small.ico",
    ]


def test_the_sharpest_icon_of_a_site_is_taken(tmp_path: Path, server: Server) -> None:
    small, large = (encoded(Image.new("RGBA", (n, n), "red"), "PNG") for n in (16, 180))
    page = b'<link rel="icon" href="/none.png"><link rel="apple-touch-icon" href="/large.png">'

    def icon_of_site() -> tuple[int, ...]:
        async def fetch() -> tuple[int, ...]:
            async with Fetcher(FetchOptions.of(READING)) as fetcher:
                made = await Attempt(fetcher).icon_of_site(f"{server.url}/")
                return tuple(thumbnail.width for thumbnail in made)

        return asyncio.run(fetch())

    assert icon_of_site() == ()
    server.answers["/favicon.ico"] = Answer(small)
    assert icon_of_site() == (16,)
    server.answers |= {"/": Answer(page), "/large.png": Answer(large)}
    assert icon_of_site() == (64,)
    server.log.clear()
    server.answers["/favicon.ico"] = Answer(large)
    assert icon_of_site() == (64,)
    assert [path for path, _ in server.log] == ["/favicon.ico"]


def test_a_page_names_an_icon_by_the_host_of_an_article(tmp_path: Path) -> None:
    pictures = PictureFolder(tmp_path)
    made = icon(encoded(Image.new("RGB", (64, 64), "red"), "PNG"))
    pictures.write(Wanted("pub.example", is_icon=True), [made], NOW)
    page = PageContext(Site(CleanText("S"), "https://s.example/"), (), pictures=pictures)
    found = page.icon("https://www.pub.example/2026/story")
    assert found is not None
    assert re.fullmatch(r"pictures/[0-9a-f]{32}-64x64\.png", found.path)
    assert (tmp_path / found.path).is_file()
    assert page.icon("https://other.example/story") is None


def test_pictures_are_wanted_by_rank_and_icons_where_stories_have_pages() -> None:
    def story(name: str, *others: str) -> Story:
        image = Image_(CleanText(f"https://img.example/{name}.jpg"))
        lead = article(f"www.{name}.example/1", image=image)
        coverage = tuple(article(f"{other}.example/2") for other in others)
        return Story(f"urn:{name}", lead.title, NOW, NOW, lead, coverage)

    one, two = story("one"), story("two", "three", "four")
    names: dict[str, str] = {}
    stories = {s.id: s for s in (one, two)}
    for pages in (False, True):
        site = Site(CleanText("S"), "https://s.example/", story_pages=pages)
        feeds = [compose_feed("all", "All", site, s, names) for s in ((one, two), (two,))]
        wanted = [item.source for item in wanted_pictures(feeds, stories)]
        pictures = ["https://img.example/one.jpg", "https://img.example/two.jpg"]
        icons = ["two.example", "three.example", "four.example"]
        assert wanted == [*pictures, *(icons if pages else [])]


def test_entries_show_our_picture_once_it_is_there(tmp_path: Path) -> None:
    def image(name: str) -> Image_:
        return Image_(CleanText(f"https://img.example/{name}.jpg?a=1&b=2"), 1600, 900)

    def published(url: str) -> tuple[Feed, Feed]:
        site = Site(CleanText("S"), url)
        stories = []
        for name in ("one", "two"):
            lead = article(f"{name}.example/1", image=image(name))
            stories.append(Story(f"urn:{name}", lead.title, NOW, NOW, lead, ()))
        feed = compose_feed("all", "All", site, stories, {})
        return feed, cache.local(feed, pictures)

    pictures, cache = PictureFolder(tmp_path), LocalFeeds()
    feed, before = published("https://s.example/")
    assert before == feed
    pictures.write(Wanted(image("one").url), thumbnails(encoded(photo(), "JPEG"))[::-1], NOW)
    pictures.look()
    found = pictures.of(image("one").url)
    assert found is not None
    after = cache.local(feed, pictures)
    src = f'<img src="https://s.example/feeds/{found.path}" alt="" width="704" height="469"'
    assert src in after.entries[0].content
    assert "img.example" not in after.entries[0].content
    assert after.entries[0].image == feed.entries[0].image
    assert after.entries[1] is feed.entries[1]
    assert cache.local(feed, pictures).entries[0] is after.entries[0]
    feed, local = published("http://localhost:8000/")  # no reader elsewhere can reach it
    assert local == feed


def filled(folder: Path, number: int) -> tuple[PictureFolder, list[Wanted]]:
    """A folder with pictures, the first of them used last."""
    pictures = PictureFolder(folder)
    made = thumbnails(encoded(photo(), "JPEG"))[::-1]
    wanted = [Wanted(f"https://p.example/{n}.jpg") for n in range(number)]
    for days, item in enumerate(wanted):
        pictures.write(item, made, NOW - timedelta(days=days))
    return pictures, wanted


def shown(pictures: PictureFolder, wanted: list[Wanted]) -> list[int]:
    pictures.look()
    return [n for n, item in enumerate(wanted) if pictures.of(item.source)]


def test_what_no_feed_shows_is_kept_for_a_time(tmp_path: Path) -> None:
    pictures, wanted = filled(tmp_path, 6)
    (pictures.folder / "mine.jpg").write_bytes(b"somebody else's")
    three_days = PictureOptions(max_age=timedelta(days=3))
    pictures.prune([wanted[5]], three_days, NOW)
    assert shown(pictures, wanted) == [0, 1, 2, 3, 5]
    pictures.prune([], three_days, NOW + timedelta(days=2))
    assert shown(pictures, wanted) == [0, 1, 5]  # 5 was used
    pictures.clear()
    assert [path.name for path in pictures.folder.iterdir()] == ["mine.jpg"]


def test_too_many_lose_the_oldest_and_what_is_shown_last(tmp_path: Path) -> None:
    pictures, wanted = filled(tmp_path, 6)
    one = pictures.total()[1] // 6
    options = PictureOptions(max_size=4 * one)
    assert pictures.prune([wanted[4]], options, NOW) <= 4 * one
    assert shown(pictures, wanted) == [0, 1, 4]  # room is left for new ones
    pictures.prune(wanted[:2] + wanted[4:5], PictureOptions(max_size=2 * one), NOW)
    assert shown(pictures, wanted) == [0, 1]


def test_pictures_are_fetched_once_and_one_at_a_time(tmp_path: Path, server: Server) -> None:
    good = Answer(encoded(photo(), "JPEG"), headers={"Content-Type": "text/plain"}, delay=0.05)
    server.answers = {f"/{n}.jpg": good for n in range(4)}
    reading = ReadOptions(
        allow_networks=("127.0.0.1/32",), configured_hosts=frozenset({"127.0.0.1"})
    )
    wanted = [Wanted(f"{server.url}/{n}.jpg") for n in range(4)]
    for _ in range(2):
        fetch_once(tmp_path, OPTIONS, reading, wanted, NOW, 20)
    assert sorted(path for path, _ in server.log) == sorted(server.answers)
    assert server.most_in_flight == 1
    assert "image/webp" in server.log[0][1]["accept"]
    pictures = PictureFolder(tmp_path)
    found = pictures.of(wanted[0].source)
    assert found is not None
    assert (found.width, found.height) == (704, 469)
    assert (tmp_path / found.path).stat().st_size <= MAX_BYTES
    small = pictures.small_of(wanted[0].source)
    assert small is not None
    assert (small.width, small.height) == (240, 150)
    assert pictures.of(f"{server.url}/5.jpg") is None


def test_a_full_folder_is_left_as_it_is(tmp_path: Path, server: Server) -> None:
    server.answers = {f"/{n}.jpg": Answer(encoded(photo(), "JPEG")) for n in range(8)}
    wanted = [Wanted(f"{server.url}{path}") for path in server.answers]
    options = PictureOptions(max_size=200_000)
    for _ in range(3):
        fetch_once(tmp_path, options, READING, wanted, NOW, 20)
    pictures = PictureFolder(tmp_path)
    there = shown(pictures, wanted)
    assert there == list(range(len(there)))  # those of the first stories
    assert 3 <= len(there) <= 6
    assert pictures.total()[1] <= options.max_size
    assert len(server.log) == len(there)  # none was fetched twice


def test_private_addresses_and_too_much_are_refused(tmp_path: Path, server: Server) -> None:
    inner = f"{server.url.replace('127.0.0.1', '127.0.0.2')}/secret.jpg"
    server.answers = {
        "/r.jpg": Answer(b"", 302, {"Location": inner}),
        "/secret.jpg": Answer(encoded(photo(), "JPEG")),
        "/huge.jpg": Answer(encoded(photo(), "JPEG") + b"\0" * 5_000_000),
    }
    wanted = [Wanted(f"{server.url}{path}") for path in ("/r.jpg", "/huge.jpg")]
    wanted += [Wanted("file:///etc/passwd"), Wanted("http://127.0.0.3/x.jpg")]
    fetch_once(tmp_path, OPTIONS, READING, wanted, NOW, 20)
    assert sorted(path for path, _ in server.log) == ["/huge.jpg", "/r.jpg"]
    assert list(tree(tmp_path)) == ["pictures/failures.json"]
    server.log.clear()
    inside, nowhere = [Wanted(f"{server.url}/secret.jpg")], ReadOptions(deadline=5)
    fetch_once(tmp_path / "other", OPTIONS, nowhere, inside, NOW, 20)
    assert server.log == [], "no private network is allowed"


def test_a_picture_that_cannot_be_had_is_tried_five_times(tmp_path: Path, server: Server) -> None:
    def tries(now: datetime, path: str = "/x.jpg") -> int:
        fetch_once(tmp_path, OPTIONS, READING, [Wanted(f"{server.url}{path}")], now, 20)
        return sum(asked == path for asked, _ in server.log)

    now, counts = NOW, []
    for minutes in (0, 9, 1, 60, 360, 1_440, 1_440, 14_400):
        now += timedelta(minutes=minutes)
        counts.append(tries(now))
    assert counts == [1, 1, 2, 3, 4, 5, 5, 5]
    server.answers["/bad.jpg"] = Answer(b"no picture")  # it will not become one
    assert [tries(now + timedelta(days=days), "/bad.jpg") for days in (0, 1, 20)] == [1, 1, 1]
    server.answers["/later.jpg"] = Answer(b"", 429, {"Retry-After": "7200"})
    assert tries(now, "/later.jpg") == 1
    assert tries(now + timedelta(minutes=119), "/later.jpg") == 1
    server.answers["/later.jpg"] = Answer(encoded(photo(), "JPEG"))
    assert tries(now + timedelta(minutes=120), "/later.jpg") == 2
    assert PictureFolder(tmp_path).of(f"{server.url}/later.jpg")


def test_pictures_that_are_turned_off_are_removed(tmp_path: Path) -> None:
    pictures, wanted = filled(tmp_path, 2)
    fetch_once(tmp_path, PictureOptions(enabled=False), READING, wanted, NOW, 1)
    assert shown(pictures, wanted) == []
