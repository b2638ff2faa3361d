"""The options of the HTTP server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregator.config.sections import ConfigFile


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """The options of the HTTP server.

    `per_minute`: the feeds on demand that one client may request per minute (None: no limit);
    `tokens`: the secret of each private topic, by slug; `password_hash`: the admin's, or ``""``;
    `trusted_proxies`: addresses and networks whose X-Forwarded-For is believed; `disabled`: the
    parts that are turned off (metrics, search, status, stories)."""

    per_minute: int | None
    tokens: Mapping[str, str] = field(repr=False)
    password_hash: str = field(repr=False)
    trusted_proxies: tuple[str, ...]
    disabled: frozenset[str]


def http_options(checked: ConfigFile) -> HttpOptions:
    """What the file says of the HTTP server."""
    return HttpOptions(
        per_minute=checked.http.per_minute,
        tokens={topic.slug: topic.token for topic in checked.topics if topic.token},
        password_hash=checked.admin.password_hash or "",
        trusted_proxies=checked.http.trusted_proxies,
        disabled=frozenset(checked.http.disabled),
    )
