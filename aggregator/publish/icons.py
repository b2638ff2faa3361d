"""The icon of a site: its own, or ours in the sizes and formats that browsers ask for.

Ours is ``icon.svg``, of rectangles with round corners only; the bitmaps are drawn from that file.
"""

from __future__ import annotations

import re
import struct
import zlib
from functools import cache
from math import hypot
from pathlib import Path
from typing import NamedTuple

from aggregator.model import Site
from aggregator.publish.assets import asset

ICON_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon"}
"""The media types of the icons that a site may have, by the extension of the file."""
BITMAPS = {"icon-180.png": 180, "icon-192.png": 192}
"""Our icon as PNG files, by name, with their width in pixels: for iOS and for Android."""
_FAVICON_SIZES = (16, 32, 48)  # pixels: a tab, a tab on a dense screen, a shortcut of Windows
_RECTANGLE = re.compile(r"<rect ([^>]*)/>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_UNITS = 32  # of the SVG's view box


class IconFile(NamedTuple):
    """An icon as a file."""

    name: str
    media_type: str
    data: bytes


class _Rectangle(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    radius: float
    colour: tuple[int, int, int]

    def coverage(self, x: float, y: float, scale: float) -> float:
        """How much of the pixel around a point is inside, from 0 to 1; `scale` is the pixels per
        unit."""
        dx = abs(x - self.x - self.width / 2) - self.width / 2 + self.radius
        dy = abs(y - self.y - self.height / 2) - self.height / 2 + self.radius
        distance = hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - self.radius
        return min(1.0, max(0.0, 0.5 - distance * scale))


class FeedIcons(NamedTuple):
    """The URLs of the pictures of a feed: small, larger, and larger in a format that RSS takes
    (empty: none)."""

    icon: str
    logo: str
    image: str


def feed_icons(site: Site) -> FeedIcons:
    """The pictures that feed readers show of a feed: where the program serves the site bitmaps, in
    a folder of files what is there."""
    base = site.url if site.story_pages else f"{site.url}feeds/"
    if site.icon:
        own = f"{base}{icon_name(site)}"
        return FeedIcons(own, own, own if own.endswith(".png") else "")
    if site.story_pages:
        bitmap = f"{base}{max(BITMAPS, key=BITMAPS.__getitem__)}"
        return FeedIcons(f"{base}favicon.ico", bitmap, bitmap)
    return FeedIcons(f"{base}favicon.ico", f"{base}{icon_name(site)}", "")


def icon_name(site: Site) -> str:
    """The name under which the icon of a site is published: ``icon.svg``, or that of the type of
    its own."""
    return f"icon{Path(site.icon).suffix.lower()}" if site.icon else "icon.svg"


def icon_files(site: Site) -> list[IconFile]:
    """The icon of a site and ``favicon.ico``. A file of its own that cannot be read is replaced by
    ours of the same name, so that pages keep an icon."""
    name = icon_name(site)
    suffix = Path(name).suffix
    if site.icon:
        try:
            data = Path(site.icon).read_bytes()
        except OSError:
            data = {".svg": asset("icon.svg"), ".ico": favicon()}.get(suffix) or png(180)
        # Browsers look at the type of what they get as a favicon, not at its name.
        types = (ICON_TYPES[suffix], ICON_TYPES[suffix])
        return [
            IconFile(file, media_type, data)
            for file, media_type in zip((name, "favicon.ico"), types, strict=True)
        ]
    return [
        IconFile(name, ICON_TYPES[suffix], asset("icon.svg")),
        IconFile("favicon.ico", ICON_TYPES[".ico"], favicon()),
    ]


@cache
def png(size: int) -> bytes:
    """Our icon as a PNG of so many pixels in width and height."""
    rectangles = _rectangles()
    scale = size / _UNITS
    rows = bytearray()
    for row in range(size):
        rows.append(0)  # the filter of the row: none
        for column in range(size):
            rows += _pixel(rectangles, (column + 0.5) / scale, (row + 0.5) / scale, scale)
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)  # 8 bits each of R, G, B, alpha
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@cache
def favicon() -> bytes:
    """Our icon as an ICO file of PNGs."""
    images = [(size, png(size)) for size in _FAVICON_SIZES]
    offset = 6 + 16 * len(images)
    head = struct.pack("<HHH", 0, 1, len(images))
    for size, data in images:
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return head + b"".join(data for _, data in images)


def _pixel(rectangles: list[_Rectangle], x: float, y: float, scale: float) -> bytes:
    """The red, green, blue and alpha at a point: the first rectangle is the ground, whose colour
    the edge has too, and the others lie on it."""
    ground, *others = rectangles
    colour: tuple[float, ...] = ground.colour
    for rectangle in others:
        part = rectangle.coverage(x, y, scale)
        colour = tuple(a + (b - a) * part for a, b in zip(colour, rectangle.colour, strict=True))
    return bytes(round(c) for c in (*colour, 255 * ground.coverage(x, y, scale)))


@cache
def _rectangles() -> list[_Rectangle]:
    rectangles = []
    for attributes in _RECTANGLE.findall(asset("icon.svg").decode()):
        values = dict(_ATTRIBUTE.findall(attributes))
        x, y, width, height, radius = (
            float(values[name]) for name in ("x", "y", "width", "height", "rx")
        )
        red, green, blue = bytes.fromhex(values["fill"].removeprefix("#"))
        rectangles.append(_Rectangle(x, y, width, height, radius, (red, green, blue)))
    return rectangles
