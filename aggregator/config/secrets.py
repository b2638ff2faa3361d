"""``${NAME}`` in a secret is taken from the environment, so that no secret stands in the file.

In secrets only: a source's name or title may come from a feed, and what a feed calls itself must
not read the environment.
"""

from __future__ import annotations

import os
import re
import secrets
from typing import Any

from aggregator.config.mistakes import KeyPath, Mistakes

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def with_secrets(value: Any, mistakes: Mistakes) -> tuple[Any, list[tuple[KeyPath, str]]]:
    """The configuration with the secrets in it: `store`, `admin.password_hash` and the `token` of
    each topic. Returns also what is missing in the environment for the last two.

    Without its password the admin page does not exist; without its token a topic is private all the
    same, and nobody has its token.
    """
    if not isinstance(value, dict):
        return value, []
    missing: list[tuple[KeyPath, str]] = []
    changed = dict(value)
    if isinstance(value.get("store"), str):
        changed["store"], lacking = _expanded(value["store"])
        for name in lacking:
            mistakes.add(("store",), _lacks(name))
    if isinstance(admin := value.get("admin"), dict) and isinstance(
        admin.get("password_hash"), str
    ):
        known, lacking = _expanded(admin["password_hash"])
        missing += [(("admin", "password_hash"), _lacks(name)) for name in lacking]
        changed["admin"] = {**admin, "password_hash": None if lacking else known}
    if isinstance(topics := value.get("topics"), list):
        changed["topics"] = [_with_token(topic, n, missing) for n, topic in enumerate(topics)]
    return changed, missing


def _with_token(topic: Any, number: int, missing: list[tuple[KeyPath, str]]) -> Any:
    if not isinstance(topic, dict) or not isinstance(topic.get("token"), str):
        return topic
    token, lacking = _expanded(topic["token"])
    missing += [(("topics", number, "token"), _lacks(name)) for name in lacking]
    return {**topic, "token": secrets.token_urlsafe(32) if lacking else token}


def _expanded(text: str) -> tuple[str, list[str]]:
    """The text with the variables' values, and the names of those that there are not."""
    lacking = [name for name in _VARIABLE.findall(text) if name not in os.environ]
    return _VARIABLE.sub(lambda match: os.environ.get(match[1], ""), text), lacking


def _lacks(name: str) -> str:
    return f"the environment has no variable {name}"
