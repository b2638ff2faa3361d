"""The picture and the enclosure of an entry, chosen from its images and files."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from aggregator.model import ItemEnclosure, ItemImage, Text
from aggregator.read.addresses import http_url
from aggregator.read.kinds.elements import Fields, base_of, elements, relation_of
from aggregator.read.links import absolute_url
from aggregator.read.markup import is_ornament, looks_like_html, pictures_of
from aggregator.read.xmltree import Element, local_name

# Media types by the suffix of an address, for files whose stated type is missing or generic.
_TYPES = {
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "avi": "video/x-msvideo",
    "mkv": "video/x-matroska",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "zip": "application/zip",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
}
_GENERIC_TYPES = (
    "application/octet-stream",
    "binary/octet-stream",
    "application/binary",
    "unknown/unknown",
)


def media_type(stated: str, url: str) -> str:
    """The media type of a file (RFC 2045, section 5.1) in lower case: as stated, else by the suffix
    of its address; "" where both are unknown."""
    stated = stated.strip().lower().partition(";")[0].strip()
    suffix = _TYPES.get(_suffix(url), "")
    if "/" in stated and stated not in _GENERIC_TYPES and not (suffix and stated[:5] == "text/"):
        return stated
    return suffix or _TYPES.get(stated.lstrip("."), "") or (stated if "/" in stated else "")


def _suffix(url: str) -> str:
    try:
        return urlsplit(url).path.rpartition(".")[2].lower()
    except ValueError:
        return ""


def image_of(fields: Fields, base: str) -> ItemImage | None:
    """The picture of an entry: the first of media:thumbnail, media:content, an image enclosure,
    itunes:image and image that is not an ornament."""
    for element in elements(fields, "media:thumbnail"):
        if image := _image(element, _url(element), base):
            return image
    for element in elements(fields, "media:content", "enclosure", "atom:link"):
        url = _file_url(element)
        if not url or not _is_image(element, url):
            continue
        if image := _image(element, url, base):
            return image
    for element in elements(fields, "itunes:image", "image"):
        url = _url(element) or _inner_url(element) or (element.text or "").strip()
        if image := _image(element, url, base):
            return image
    return None


def image_in(texts: tuple[Text, ...], base: str) -> ItemImage | None:
    """The first picture in those of the texts that are HTML; addresses are relative to `base`."""
    for text in texts:
        if "<" not in text.value or not looks_like_html(text.value):
            continue
        for picture in pictures_of(text.value):
            if url := http_url(absolute_url(base, picture.url)):
                return ItemImage(url, picture.width, picture.height)
    return None


def based_image_in(texts: Iterable[tuple[Text, Element | None]], base: str) -> ItemImage | None:
    """As `image_in`, but each text is relative to the ``xml:base`` of its element, or of the only
    child of that (the ``div`` of Atom's XHTML)."""
    for text, element in texts:
        if element is not None:
            inner = element[0] if len(element) == 1 else element
            if image := image_in((text,), base_of(inner, base)):
                return image
    return None


def enclosure_of(fields: Fields, base: str) -> ItemEnclosure | None:
    """The first file that is not a picture: RSS enclosure, Atom's link rel=enclosure, or
    media:content with audio or video, preferably the default one."""
    media = sorted(elements(fields, "media:content"), key=_is_no_default)
    for element in (*elements(fields, "enclosure", "atom:link", "link"), *media):
        url = _file_url(element)
        if not url:
            continue
        kind = media_type(element.get("type") or "", url)
        is_media = local_name(element) == "content"
        if kind.startswith("image/") or (is_media and not kind.startswith(("audio/", "video/"))):
            continue
        length = (element.get("length") or element.get("fileSize") or "").strip()
        size = int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else 0
        if address := absolute_url(base, url):
            return ItemEnclosure(address, kind, size)
    return None


def _is_no_default(element: Element) -> bool:
    return (element.get("isDefault") or "").strip().lower() != "true"


def _file_url(element: Element) -> str:
    """The address of a file; Atom's links are files where their relation is enclosure."""
    if local_name(element) == "link":
        return (element.get("href") or "").strip() if relation_of(element) == "enclosure" else ""
    return _url(element)


def _url(element: Element) -> str:
    return (element.get("url") or element.get("href") or "").strip()


def _inner_url(element: Element) -> str:
    """``<image><url>…</url></image>``, in any namespace."""
    url = next(iter(element.iter("{*}url")), None)
    return (url.text or "").strip() if url is not None else ""


def _is_image(element: Element, url: str) -> bool:
    medium = (element.get("medium") or "").strip().lower()
    return medium == "image" or media_type(element.get("type") or medium, url).startswith("image/")


def _image(element: Element, url: str, base: str) -> ItemImage | None:
    width, height = _size(element, "width"), _size(element, "height")
    address = http_url(absolute_url(base, url)) if url else ""
    if not address or is_ornament(address, width, height):
        return None
    return ItemImage(address, width, height)


def _size(element: Element, name: str) -> int | None:
    value = (element.get(name) or "").strip().removesuffix("px")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 7 else None
