"""Word to the service manager: ready, alive, stopping (sd_notify of systemd, in three lines)."""

from __future__ import annotations

import os
import socket


def notify(word: str) -> None:
    """Send ``READY=1``, ``WATCHDOG=1``, ``RELOADING=1`` or ``STOPPING=1`` to the socket that the
    service manager names; nothing where there is none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.sendto(word.encode(), address)
