"""Settings: one YAML file to the options that each room owns, errors with file, line and key.

In: a path. Out: Settings. Never does: fetching, opening the store. Nobody below sees Settings.
"""

from aggregator.config.edit import add_sources
from aggregator.config.load import Settings, load_settings, merge_options
from aggregator.config.starter import write_starter

__all__ = ["Settings", "add_sources", "load_settings", "merge_options", "write_starter"]
