"""Settings: one YAML file to the options of each package; errors with file, line and key.

In: a path. Out: Settings. Never does: fetching, opening the store. No layer below sees Settings.
"""

from aggregator.config.edit import add_sources, add_topic
from aggregator.config.http_options import HttpOptions
from aggregator.config.keeping import COVERAGE_GRACE
from aggregator.config.load import (
    Settings,
    check_secrets,
    load_settings,
    merge_options,
)
from aggregator.config.notify_sections import EmailOptions, NotifyOptions, WebhookOptions
from aggregator.config.password import is_password, password_hash
from aggregator.config.starter import write_starter

__all__ = [
    "COVERAGE_GRACE",
    "EmailOptions",
    "HttpOptions",
    "NotifyOptions",
    "Settings",
    "WebhookOptions",
    "add_sources",
    "add_topic",
    "check_secrets",
    "is_password",
    "load_settings",
    "merge_options",
    "password_hash",
    "write_starter",
]
