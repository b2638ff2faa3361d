"""``${NAME}`` in a secret is taken from the environment, so that the file holds no secret.

Only in secrets: the name of a source may come from a feed, and a feed must not be able to read the
environment by calling itself ``${NAME}``.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping

from aggregator.config.mistakes import KeyPath, Mistakes

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def with_secrets(
    value: Mapping[str, object], mistakes: Mistakes
) -> tuple[dict[str, object], list[tuple[KeyPath, str]]]:
    """The configuration with the variables in `store`, `admin.password_hash`, each topic's `token`,
    `notify.email.password` and `notify.webhook.secret` replaced. A variable that `store` needs and
    that is not set is a mistake; those of the others are returned, each with its key and the
    reason.

    Without its password there is no admin page. A topic without its token stays private: it gets a
    random token, which nobody knows.
    """
    missing: list[tuple[KeyPath, str]] = []
    changed = dict(value)
    if isinstance(store := value.get("store"), str):
        changed["store"], unset = _expanded(store)
        for name in unset:
            mistakes.add(("store",), _not_set(name))
    if isinstance(admin := value.get("admin"), dict) and isinstance(
        admin.get("password_hash"), str
    ):
        password_hash, unset = _expanded(admin["password_hash"])
        missing += [(("admin", "password_hash"), _not_set(name)) for name in unset]
        changed["admin"] = {**admin, "password_hash": None if unset else password_hash}
    if isinstance(topics := value.get("topics"), list):
        changed["topics"] = [_with_token(topic, n, missing) for n, topic in enumerate(topics)]
    if isinstance(notify := value.get("notify"), dict):
        changed["notify"] = _with_notify_secrets(notify, missing)
    return changed, missing


def _with_notify_secrets(
    notify: Mapping[str, object], missing: list[tuple[KeyPath, str]]
) -> dict[str, object]:
    changed = dict(notify)
    for name, secret in (("email", "password"), ("webhook", "secret")):
        section = notify.get(name)
        if isinstance(section, dict) and isinstance(section.get(secret), str):
            text, unset = _expanded(section[secret])
            missing += [(("notify", name, secret), _not_set(variable)) for variable in unset]
            changed[name] = {**section, secret: secrets.token_urlsafe(32) if unset else text}
    return changed


def _with_token(topic: object, number: int, missing: list[tuple[KeyPath, str]]) -> object:
    if not isinstance(topic, dict) or not isinstance(topic.get("token"), str):
        return topic
    token, unset = _expanded(topic["token"])
    missing += [(("topics", number, "token"), _not_set(name)) for name in unset]
    return {**topic, "token": secrets.token_urlsafe(32) if unset else token}


def _expanded(text: str) -> tuple[str, list[str]]:
    """The text with the values of its variables, and the names of those that are not set."""
    unset = [name for name in _VARIABLE.findall(text) if name not in os.environ]
    return _VARIABLE.sub(lambda match: os.environ.get(match[1], ""), text), unset


def _not_set(name: str) -> str:
    return f"the environment variable {name} is not set"
