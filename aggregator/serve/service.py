"""What the HTTP server needs: implemented by the daemon, and by the store alone."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from aggregator.config import Settings
from aggregator.queries import StoryQueries
from aggregator.store import Store


class Service(Protocol):
    """The stories, the state and the hubs, for handlers. Called from several threads."""

    @property
    def settings(self) -> Settings:
        """The current configuration."""

    @property
    def store(self) -> Store:
        """The store of sources, stories and articles."""

    @property
    def publish_count(self) -> int:
        """A number that changes whenever something was published."""

    def now(self) -> datetime:
        """The current time in UTC."""

    def queries(self) -> StoryQueries:
        """The current stories for pages and feeds on demand; the first call may load them."""

    def loaded_queries(self) -> StoryQueries | None:
        """The same if they are loaded, else None."""

    def health(self) -> str:
        """Why polling has stopped or nothing can be published, or ``""``."""

    def degraded(self) -> str:
        """What fails while the rest is published, or ``""``."""

    def metrics(self) -> bytes:
        """The text of ``/metrics``; ``b""`` without a daemon."""

    def confirm(self, token: str, mode: str, topic: str, lease: int) -> bool:
        """Whether a WebSub hub is right to subscribe or unsubscribe us; `lease` in seconds."""

    def expects(self, token: str) -> bool:
        """Whether a WebSub hub may deliver content to the callback with this token."""

    def deliver(self, token: str, body: bytes, content_type: str, signature: str) -> None:
        """Read what a WebSub hub delivers; content without a valid signature is dropped."""

    def listening(self) -> None:
        """Called once the server accepts connections."""

    def stopping(self) -> bool:
        """Whether the program is shutting down."""
