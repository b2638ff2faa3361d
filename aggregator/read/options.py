"""What reading needs to know; importing it costs nothing of what fetching needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """`allow_networks` are texts such as ``127.0.0.1/32``; `user_agent` empty is the honest one."""

    user_agent: str = ""
    allow_networks: tuple[str, ...] = ()
