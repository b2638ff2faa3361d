"""What reading needs to know; importing it costs nothing of what fetching needs."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator import __version__

USER_AGENT = f"Aggregator/{__version__}"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """`allow_networks` are texts such as ``127.0.0.1/32``, and help only the `own_hosts`: those
    that the configuration itself names (None: any). The `user_agent` says who we are.
    `deadline` is that of a whole fetch, in seconds; `insist` asks earlier than a publisher wishes.
    """

    user_agent: str = USER_AGENT
    allow_networks: tuple[str, ...] = ()
    deadline: float = 20.0
    ignore_not_before: bool = False
    own_hosts: frozenset[str] | None = None
