"""Why something could not be delivered."""

from __future__ import annotations

from dataclasses import dataclass

EMAIL, WEBHOOK = "email", "webhook"
"""The kinds of items in the outbox."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a delivery failed. A `permanent` one fails in the same way each time; where the server is
    `unreachable`, other items of the same kind would fail now too."""

    reason: str
    permanent: bool = False
    unreachable: bool = False
