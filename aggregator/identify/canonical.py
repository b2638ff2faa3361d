"""The canonical URL: one form for all the URLs of one article.

It is a key for comparison, not a link to follow: http and https, with and without ``www.`` and a
trailing slash, give the same key. Readers always get the URL that the source gave.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, unquote_plus, urlsplit

from aggregator.identify import rules
from aggregator.identify.hosts import ascii_host
from aggregator.model import NO_WORDS, CleanText
from aggregator.model.urls import is_http_url

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# URLs that only the rules for the scheme, ``www.`` and the trailing slash can change.
_PLAIN = re.compile(r"https?://(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)((?:/[A-Za-z0-9_~-]+)*)/?")
_ODD_HOST = re.compile(r"--|(?:^|\.)-|-(?:\.|$)")  # hosts that IDNA may map or reject
_MAX_LABEL = 63  # octets (RFC 1035, section 2.3.4); a host this short has no longer label
_SPECIAL = re.compile(r"[/.]amp(?:[/._]|$)|ampproject|bing-amp|youtu|//www\.www\.|//m\.|//mobile\.")
_MAX_LENGTH = 2_048  # characters: the limit of the sitemap protocol, which publishers keep
_MAX_ROUNDS = 8  # of nested AMP caches and redirect pages; a deeper nest is not an article


@lru_cache(maxsize=65_536)  # sources name the same articles again at each poll
def canonical_url(url: str) -> CleanText:
    """The canonical form of an absolute http(s) URL; ``""`` for any other text, for an invalid
    host or port, and for a URL of more than 2,048 characters.

    The result is ASCII, and its own canonical form. The rules are the normalisations of RFC 3986,
    section 6.2.2, and the data in ``aggregator.identify.rules``.
    """
    plain = _PLAIN.fullmatch(url)
    if (
        plain
        and len(plain[1]) <= _MAX_LABEL
        and len(url) <= _MAX_LENGTH
        and not (_ODD_HOST.search(plain[1]) or _SPECIAL.search(url))
    ):
        return CleanText(f"https://{plain[1]}{plain[2]}")
    return _by_rules(url)


def _by_rules(url: str) -> CleanText:
    """Apply the rules until they change nothing."""
    current = url.strip()
    for _ in range(_MAX_ROUNDS):
        result = _apply_rules(current)
        if result in ("", current):
            return CleanText(result)  # only ASCII: see `_normal_escapes` and `ascii_host`
        current = result
    return NO_WORDS


def _apply_rules(url: str) -> str:
    if len(url) > _MAX_LENGTH:
        return ""
    try:
        parts = urlsplit(url)
        host = _host(parts)
    except ValueError:  # an invalid port or bracket
        return ""
    if not host or parts.scheme.lower() not in rules.DEFAULT_PORTS:
        return ""
    path = _normal_escapes(parts.path)
    if original := _amp_cache_target(host, path, parts.query):
        return original
    if target := _redirect_target(host, path, parts.query):
        return target
    host, path, query = _video(host, _plain_path(path), parts.query)
    route = _route(parts.fragment)
    return f"https://{host}{path}" + (f"?{query}" if query else "") + (f"#{route}" if route else "")


def _route(fragment: str) -> str:
    """The fragment if it selects the content of the page (``#!topic/7``, ``#/posts/7``), else
    ``""``.

    Other fragments are positions within a page or say where the reader came from. Whether they
    distinguish articles depends on the document that contains the links: ``read`` decides it.
    """
    is_route = fragment.startswith(rules.ROUTE_PREFIXES) and len(fragment) > 2
    return _normal_escapes(fragment).replace("#", "%23") if is_route else ""


def _host(parts: SplitResult) -> str:
    host = ascii_host(parts.hostname or "")
    if not host:
        return ""
    host = rules.MOBILE_HOSTS.get(host, host)
    for prefix in (*rules.AMP_HOST_PREFIXES, *rules.HOST_PREFIXES):
        rest = host.removeprefix(prefix)
        if rest != host and "." in rest:
            host = rest
    port = parts.port
    return host if port in (None, *rules.DEFAULT_PORTS.values()) else f"{host}:{port}"


def _normal_escapes(text: str) -> str:
    """Percent-encoding normalised (RFC 3986, section 6.2.2): unreserved characters decoded, the
    rest encoded with capital digits."""

    def normal(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    text = _BAD_PERCENT.sub("%25", text)
    text = _NOT_ALLOWED.sub(_encoded, text)
    return _ESCAPE.sub(normal, text)


def _encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))


def _redirect_target(host: str, path: str, query: str) -> str:
    """The article's URL if the page only redirects to it (Google Alerts link to
    ``google.com/url?url=...``); else ``""``."""
    for name in rules.REDIRECT_PAGES.get(f"{host}{path.rstrip('/')}", ()):
        for pair in query.split("&"):
            target = unquote_plus(pair.removeprefix(f"{name}="))
            if pair.startswith(f"{name}=") and is_http_url(target):
                return target
    return ""


def _amp_cache_target(host: str, path: str, query: str) -> str:
    """The article's URL if `host` is an AMP cache: ``/c/s/<host>/<path>``; else ``""``."""
    if not host.endswith(rules.AMP_CACHE_SUFFIXES):
        return ""
    segments = path.split("/")[1:]
    if segments and segments[0] in rules.AMP_CACHE_KINDS:
        segments = segments[1:]
    scheme = "http"
    if segments and segments[0] == "s":
        scheme, segments = "https", segments[1:]
    if not segments or "." not in segments[0]:
        return ""
    return f"{scheme}://{'/'.join(segments)}" + (f"?{query}" if query else "")


def _plain_path(path: str) -> str:
    """The path without dot segments, doubled and trailing slashes, and marks of the AMP form."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            rest = segment.removeprefix(rules.AMP_SEGMENT_PREFIX)
            segments.append(rest or segment)
    plain = "/" + "/".join(segments)
    for ending in rules.AMP_PATH_ENDINGS:
        if plain.endswith(ending) and len(plain) > len(ending):
            plain = plain.removesuffix(ending)
    for ending, replacement in rules.AMP_FILE_ENDINGS.items():
        if plain.endswith(ending) and not plain.endswith("/" + ending):
            plain = plain.removesuffix(ending) + replacement
    if plain.startswith("/amp/"):
        plain = plain[4:]
    return "" if plain == "/" else plain


def _plain_query(query: str) -> str:
    """The parameters that select the content, sorted: servers do not depend on their order."""
    pairs = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        low = name.lower()
        if not pair or low in rules.TRACKING_PARAMETERS or low.startswith(rules.TRACKING_PREFIXES):
            continue
        values = rules.AMP_PARAMETERS.get(low, frozenset())
        if values is None or value.lower() in values or _names_a_referrer(low, value.lower()):
            continue
        pairs.append(_normal_escapes(pair))
    return "&".join(sorted(pairs))


def _names_a_referrer(name: str, value: str) -> bool:
    """Whether a parameter says that the reader came from a feed, a social network or a mail."""
    if name in rules.FEED_PARAMETERS and value.startswith(rules.FEED_VALUE_PREFIXES):
        return True
    values = rules.REFERRERS.get(name)
    return values is not None and value in values


def _video(host: str, path: str, query: str) -> tuple[str, str, str]:
    """One host, path and query for a video, however it is embedded or shortened."""
    query = _plain_query(query)
    if host == rules.SHORT_VIDEO_HOST and path.count("/") == 1:
        return rules.VIDEO_HOST, "/watch", f"v={path[1:]}"
    if host != rules.VIDEO_HOST:
        return host, path, query
    for prefix in rules.VIDEO_PATHS:
        video = path.removeprefix(prefix)
        if video != path and "/" not in video:
            return host, "/watch", f"v={video}"
    if path == "/watch":
        pairs = query.split("&")
        query = "&".join(p for p in pairs if p.partition("=")[0] in rules.VIDEO_PARAMETERS)
        if any(p.startswith("v=") for p in query.split("&")):
            query = "&".join(p for p in query.split("&") if p.startswith("v="))
    return host, path, query
