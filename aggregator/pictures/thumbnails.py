"""Makes small pictures of our own of what a publisher sent: pure, from bytes to bytes.

What is sent may be made to harm: a picture of few bytes can take gigabytes or minutes to decode.
So only four formats (and ICO for icons) are read, pixels and scans are counted before anything is
decoded, reading ends at a deadline, and only the first frame is looked at. The result is encoded
anew: nothing of the original is passed on, neither its metadata nor what is hidden behind its end.
"""

from __future__ import annotations

import io
import struct
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PIL import Image, ImageOps

from aggregator.errors import BadDocument, describe, surviving

T = TypeVar("T")
LARGE = (704, 528)
"""The pixels of a large picture, at most: twice the width of the lead of a page, and 4:3."""
SMALL = (240, 150)
"""The pixels of a small picture, at most: twice those in a row of a list."""
ICON = 64
"""The pixels of the side of an icon, at most."""
MAX_BYTES = 60_000
"""The size of what is made, at most."""
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_MAX_PIXELS = 16_000_000  # 64 MB when decoded
_MAX_BASELINE_PIXELS = 50_000_000  # of a JPEG that is decoded line by line, and made smaller so
_MAX_SCANS = 40  # of a JPEG; an encoder makes 10. Each costs as much as decoding all
_MAX_SECONDS = 5.0  # to read, some ten times what a large picture takes
_MIN_WIDTH, _MIN_HEIGHT = 100, 60  # below, it is a button, or a pixel that counts readers
_MIN_ICON, _MAX_ICO = 12, 1_024  # pixels
_MIN_RATIO, _MAX_RATIO = 4 / 3, 3.0  # of width to height; a picture beyond is cut
_ABOVE = 0.3  # the part of what is cut from the height that is cut above: heads are at the top
_QUALITIES = (80, 65, 50, 35)
_START_OF_SCAN = b"\xff\xda"  # nowhere else in a JPEG but in a thumbnail inside of it

# Pillow warns above this number of pixels and refuses twice as many; what is between is refused
# here. The number concerns pictures inside others, such as a PNG inside an ICO.
Image.MAX_IMAGE_PIXELS = _MAX_BASELINE_PIXELS
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture of ours: its bytes, the extension of their type (jpg or png), and its pixels."""

    data: bytes
    ext: str
    width: int
    height: int


class BadPicture(BadDocument):
    """What was sent is no picture that can be shown."""

    kind = "picture"


def thumbnails(data: bytes) -> tuple[Thumbnail, Thumbnail]:
    """The large and the small picture of an article, as JPEG: letters and many feed readers show
    nothing newer. Raises BadPicture, and nothing else, whatever the data are."""
    return _harmless(lambda: _thumbnails(data))


def icon(data: bytes) -> Thumbnail:
    """The icon of a publisher, as a square PNG. Raises BadPicture, and nothing else."""
    return _harmless(lambda: _icon(data))


def _harmless(make: Callable[[], T]) -> T:
    """What is made. Any error becomes BadPicture, also one that nobody foresaw in a decoder."""
    made: list[T] = []
    errors: list[Exception] = []
    with surviving(errors.append):
        made.append(make())
    if errors:
        raise BadPicture(describe(errors[0])) from errors[0]
    return made[0]


def _thumbnails(data: bytes) -> tuple[Thumbnail, Thumbnail]:
    image = _opaque(_upright(_opened(data, _FORMATS, LARGE)))
    if image.width < _MIN_WIDTH or image.height < _MIN_HEIGHT:
        raise BadPicture(f"too small: {image.width} by {image.height} pixels")
    ratio = min(max(image.width / image.height, _MIN_RATIO), _MAX_RATIO)
    large = _cut(image, ratio, LARGE[0])
    return _jpeg(large), _jpeg(_cut(large, SMALL[0] / SMALL[1], SMALL[0]))


def _icon(data: bytes) -> Thumbnail:
    if data.startswith(b"\0\0\1\0"):
        _check_ico(data)
    image = _opened(data, (*_FORMATS, "ICO"), (ICON, ICON)).convert("RGBA")
    if min(image.size) < _MIN_ICON or max(image.size) > 2 * min(image.size):
        raise BadPicture(f"no icon: {image.width} by {image.height} pixels")
    image.thumbnail((ICON, ICON), Image.Resampling.LANCZOS)
    side = max(image.size)
    square = Image.new("RGBA", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return Thumbnail(_encoded(square, "PNG", optimize=True), "png", side, side)


class _TimedBytes(io.BytesIO):
    """Bytes that end with an error when their time is over: decoders ask for block after block."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._deadline = time.monotonic() + _MAX_SECONDS

    def read(self, size: int | None = -1, /) -> bytes:
        if time.monotonic() > self._deadline:
            raise BadPicture("takes too long to decode")
        return super().read(size)


def _opened(data: bytes, formats: tuple[str, ...], needed: tuple[int, int]) -> Image.Image:
    """The first frame, decoded; a JPEG at a fraction of its size that is not less than `needed`."""
    image = Image.open(_TimedBytes(data), formats=formats)
    scans = data.count(_START_OF_SCAN) if image.format == "JPEG" else 1
    if scans > _MAX_SCANS:
        raise BadPicture(f"too many scans: {scans}")
    baseline = image.format == "JPEG" and scans == 1 and "progressive" not in image.info
    if image.width * image.height > (_MAX_BASELINE_PIXELS if baseline else _MAX_PIXELS):
        raise BadPicture(f"too large: {image.width} by {image.height} pixels")
    image.draft("RGB", needed)
    image.load()
    return image


def _check_ico(data: bytes) -> None:
    """Raise BadPicture where an icon file has a picture that is larger than an icon: a decoder
    believes the header of the inner picture, whatever the list says."""
    (count,) = struct.unpack_from("<H", data, 4)
    for number in range(count):
        (offset,) = struct.unpack_from("<I", data, 6 + 16 * number + 12)
        is_png = data[offset : offset + 4] == b"\x89PNG"
        size = struct.unpack_from(">II" if is_png else "<ii", data, offset + (16 if is_png else 4))
        if max(map(abs, size)) > _MAX_ICO:
            raise BadPicture(f"too large for an icon: {size[0]} by {size[1]} pixels")


def _upright(image: Image.Image) -> Image.Image:
    """The picture as its camera was held (EXIF)."""
    return ImageOps.exif_transpose(image)


def _opaque(image: Image.Image) -> Image.Image:
    """The picture in RGB, on white where it is transparent."""
    if image.mode.startswith("I"):  # 16 bits per pixel
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _cut(image: Image.Image, ratio: float, max_width: int) -> Image.Image:
    """The picture cut to this ratio of width to height, and made as narrow as `max_width`; never
    larger than it is."""
    width = min(max_width, image.width, round(image.height * ratio))
    size = (width, max(1, round(width / ratio)))
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS, centering=(0.5, _ABOVE))


def _jpeg(image: Image.Image) -> Thumbnail:
    for quality in _QUALITIES:
        data = _encoded(image, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(data) <= MAX_BYTES:
            return Thumbnail(data, "jpg", *image.size)
    return _jpeg(image.resize((image.width // 2, image.height // 2)))  # noise, or nearly so


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    image.info.clear()  # comments and profiles would be written
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
