"""The commented configuration to start from, with its sample stories."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from aggregator.errors import ConfigError


def write_starter(folder: Path) -> list[Path]:
    """Copy the starter configuration into `folder` and return the files written.

    It places the store and the output inside `folder`, or beside it if `folder` is named
    ``config``, as in the project itself. Raises ConfigError, without having written anything, if
    one of the files exists.
    """
    source = _starter()
    copies = {
        path: folder / path.relative_to(source)
        for path in sorted(source.rglob("*"))
        if path.is_file()
    }
    try:
        if existing := [str(copy) for copy in copies.values() if copy.exists()]:
            more = f" (and {len(existing) - 1} more)" if len(existing) > 1 else ""
            raise ConfigError([f"{existing[0]}{more}: already exists; nothing was written"])
        for path, copy in copies.items():
            copy.parent.mkdir(parents=True, exist_ok=True)
            if copy.name == "aggregator.yaml" and folder.name != "config":
                copy.write_text(_inside(path.read_text("utf-8")), "utf-8")
            else:
                shutil.copyfile(path, copy)
    except OSError as error:
        raise ConfigError([f"{folder}: {error.strerror or error}"]) from error
    return list(copies.values())


def _inside(text: str) -> str:
    """The configuration with its store and output in the same folder as itself."""
    return text.replace("sqlite:///../var/", "sqlite:///var/").replace(
        "output: ../feeds", "output: feeds"
    )


def _starter() -> Path:
    """The project's ``config/``: inside an installed package, beside it in a checkout."""
    package = Path(str(resources.files("aggregator")))
    installed = package / "starter"
    return installed if installed.is_dir() else package.parent / "config"
