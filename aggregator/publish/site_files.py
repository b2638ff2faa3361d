"""What a site says of itself to crawlers and browsers: ``robots.txt``, sitemaps, the description of
its search, and its web app manifest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

from aggregator.model import Json, Site
from aggregator.model.times import rfc3339
from aggregator.publish.escaping import safe_text
from aggregator.publish.icons import BITMAPS, ICON_TYPES, icon_name
from aggregator.publish.registry import FORMATS

MAX_URLS = 50_000
"""The URLs of one sitemap, and the sitemaps of one index (sitemaps.org)."""
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_DISALLOWED = ("admin$", "admin/", "events", "metrics$", "search$", "search?", "status$", "status?")
_MAX_SHORT_NAME = 16  # characters (OpenSearch 1.1)


class SitemapUrl(NamedTuple):
    """A page: its path below the URL of the site, and when it last changed (None: unknown)."""

    path: str
    changed: datetime | None = None


def robots_txt(site: Site, formats: Iterable[str]) -> bytes:
    """``robots.txt`` (RFC 9309): crawlers leave out what is made on request and what is not for
    readers. Only the one at the root of a host counts: a site below a path must copy it there."""
    prefix = urlsplit(site.url).path
    paths = [*_DISALLOWED, *(f"*.{ext}?" for ext in formats), "stories.json?", "websub/"]
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for path in paths)]
    return "\n".join([*lines, f"Sitemap: {site.url}sitemap.xml", ""]).encode()


def sitemap(site: Site, urls: Sequence[SitemapUrl], number: int = 0, size: int = MAX_URLS) -> bytes:
    """``sitemap.xml`` with the URLs; an index of ``sitemap-1.xml`` and so on if they are more than
    `size`. With a `number` from 1, the sitemap of that number. Raises IndexError if there is none.
    """
    if not number and len(urls) > size:
        parts = [urls[start : start + size] for start in range(0, len(urls), size)]
        newest = [max((url.changed for url in part if url.changed), default=None) for part in parts]
        paths = [SitemapUrl(f"sitemap-{n}.xml", at) for n, at in enumerate(newest, 1)]
        return _sitemap(site, "sitemapindex", "sitemap", paths)
    first = max(0, number - 1) * size
    if number and (first >= len(urls) or len(urls) <= size):
        raise IndexError(number)
    return _sitemap(site, "urlset", "url", urls[first : first + size])


def _sitemap(site: Site, root: str, child: str, urls: Iterable[SitemapUrl]) -> bytes:
    lines = [f'{_XML}<{root} xmlns="{_SITEMAPS}">']
    for url in urls:
        changed = f"<lastmod>{rfc3339(url.changed)}</lastmod>" if url.changed else ""
        lines.append(f"<{child}><loc>{escape(site.url + url.path)}</loc>{changed}</{child}>")
    return "\n".join([*lines, f"</{root}>\n"]).encode()


def opensearch(site: Site, description: str, formats: Iterable[str]) -> bytes:
    """``opensearch.xml`` (OpenSearch 1.1): browsers can search the site from their address bar, and
    programs by feeds. `description` is a sentence of what is searched."""
    name, icon = safe_text(site.title), icon_name(site)
    image = ICON_TYPES[icon[icon.rindex(".") :]]
    feeds = "".join(
        f'<Url type="{FORMATS[ext].media_type}" '
        f'template="{escape(site.url)}feeds/all.{ext}?q={{searchTerms}}"/>\n'
        for ext in formats
        if ext in ("rss", "atom")  # the types that OpenSearch has
    )
    return (
        f'{_XML}<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"<ShortName>{escape(name[:_MAX_SHORT_NAME].strip())}</ShortName>\n"
        f"<Description>{escape(safe_text(description))}</Description>\n"
        f'<Url type="text/html" template="{escape(site.url)}search?q={{searchTerms}}"/>\n'
        f"{feeds}"
        f'<Image type="{image}">{escape(site.url)}{icon}</Image>\n'
        "<InputEncoding>UTF-8</InputEncoding>\n"
        "</OpenSearchDescription>\n"
    ).encode()


def web_manifest(site: Site, description: str) -> bytes:
    """``site.webmanifest`` (W3C Web Application Manifest). Its addresses are relative to its own,
    so that a path prefix does not matter."""
    icon = icon_name(site)
    icons: list[Json] = [
        {"src": icon, "sizes": "any", "type": ICON_TYPES[icon[icon.rindex(".") :]]}
    ]
    if not site.icon:
        icons += [
            {"src": name, "sizes": f"{size}x{size}", "type": "image/png"}
            for name, size in BITMAPS.items()
        ]
    manifest: dict[str, Json] = {
        "name": safe_text(site.title),
        "description": safe_text(description),
        "lang": site.language or "en",
        "dir": "auto",
        "start_url": "./",
        "scope": "./",
        "display": "minimal-ui",
        "background_color": "#fffdfa",
        "theme_color": "#fffdfa",
        "icons": icons,
    }
    return json.dumps(manifest, ensure_ascii=False).encode()
