"""The options of reading; importing this module does not import the HTTP libraries."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator import __version__

USER_AGENT = f"Aggregator/{__version__}"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """`allow_networks` are texts such as ``127.0.0.1/32``, and help only the `own_hosts`: those
    that the configuration itself names (None: any). `user_agent` is sent with each
    request. `deadline` is for a whole fetch, in seconds; `ignore_not_before` polls earlier than
    the publisher allows.
    """

    user_agent: str = USER_AGENT
    allow_networks: tuple[str, ...] = ()
    deadline: float = 20.0
    ignore_not_before: bool = False
    own_hosts: frozenset[str] | None = None
