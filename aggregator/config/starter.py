"""The commented configuration to start from, with its sample stories."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from aggregator.errors import ConfigError


def write_starter(folder: Path) -> list[Path]:
    """Copy the starter configuration into `folder` and return what was written.

    Raises ConfigError where a configuration is there already, or nothing can be written.
    """
    target = folder / "aggregator.yaml"
    if target.exists():
        raise ConfigError([f"{target}: exists already; nothing was written"])
    source = _starter()
    try:
        written = []
        for path in sorted(source.rglob("*")):
            if path.is_file():
                copy = folder / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
                written.append(copy)
    except OSError as error:
        raise ConfigError([f"{folder}: {error.strerror or error}"]) from error
    return written


def _starter() -> Path:
    """The project's ``config/``: in the package when installed, beside it in a checkout."""
    package = Path(str(resources.files("aggregator")))
    installed = package / "starter"
    return installed if installed.is_dir() else package.parent / "config"
