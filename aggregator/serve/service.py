"""What stands behind the HTTP side: the daemon, or what is published and remembered alone."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from aggregator.config import Settings
from aggregator.queries import StoryQueries
from aggregator.store import Store


class Service(Protocol):
    """FeedQuery from several threads."""

    @property
    def settings(self) -> Settings:
        """The configuration as it is now."""

    @property
    def store(self) -> Store:
        """Where sources, stories and articles are remembered."""

    @property
    def published(self) -> int:
        """A number that is another one whenever something was published."""

    def now(self) -> datetime:
        """The time, in UTC."""

    def queries(self) -> StoryQueries:
        """The stories that pages and feeds on demand are made of; the first call takes long."""

    def loaded_queries(self) -> StoryQueries | None:
        """The current stories if they are built, else None."""

    def health(self) -> str:
        """What is wrong, or ``""``."""

    def degraded(self) -> str:
        """What goes wrong though the rest is published, or ``""``: sources that are set aside."""

    def metrics(self) -> bytes:
        """The text of ``/metrics``; ``b""`` where nothing is measured."""

    def confirm(self, token: str, mode: str, topic: str, lease: int) -> bool:
        """Whether a WebSub hub asks about a subscription that we want, for `lease` seconds."""

    def expects(self, token: str) -> bool:
        """Whether a WebSub hub may send something to this callback."""

    def deliver(self, token: str, body: bytes, content_type: str, signature: str) -> None:
        """Take what a WebSub hub sends. What is not signed is dropped."""

    def listening(self) -> None:
        """Called once the server accepts connections."""

    def stopping(self) -> bool:
        """Whether the end has come."""
