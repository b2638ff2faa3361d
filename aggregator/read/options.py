"""The options of reading; importing this module does not import the HTTP libraries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aggregator import __version__
from aggregator.model import MAX_DOCUMENT_BYTES
from aggregator.read.guard import Network, networks

USER_AGENT = f"Aggregator/{__version__}"
DEADLINE = 20.0  # seconds for a whole fetch


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The options that the configuration sets.

    `allow_networks` are texts such as ``127.0.0.1/32``; they apply only to `configured_hosts`, the
    hosts that the configuration itself names (None: any host). `user_agent` is sent with each
    request, `deadline` is in seconds for a whole fetch. `ignore_not_before` polls earlier than the
    publisher allows.
    """

    user_agent: str = USER_AGENT
    allow_networks: tuple[str, ...] = ()
    deadline: float = DEADLINE
    ignore_not_before: bool = False
    configured_hosts: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """The limits of the HTTP client. `deadline` is in seconds for a whole exchange, `max_bytes`
    applies to the decoded body; `max_requests` is the number of concurrent requests."""

    user_agent: str = USER_AGENT
    allow_networks: tuple[Network, ...] = ()
    configured_hosts: frozenset[str] | None = None
    deadline: float = DEADLINE
    max_bytes: int = MAX_DOCUMENT_BYTES
    max_redirects: int = 10
    max_requests: int = 32

    @classmethod
    def of(cls, options: ReadOptions) -> Self:
        """The limits by the configuration. Raises ValueError for an invalid network."""
        allowed = networks(options.allow_networks)
        return cls(options.user_agent, allowed, options.configured_hosts, deadline=options.deadline)
