"""The commented configuration to start from, with its sample stories."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from aggregator.errors import ConfigError


def write_starter(folder: Path) -> list[Path]:
    """Copy the starter configuration into `folder` and return what was written.

    What the program writes later comes into `folder` as well; where that is called ``config``,
    beside it, as in the project itself. Raises ConfigError where one of the files is there already,
    and nothing is written then.
    """
    source = _starter()
    copies = {
        path: folder / path.relative_to(source)
        for path in sorted(source.rglob("*"))
        if path.is_file()
    }
    try:
        if there := [str(copy) for copy in copies.values() if copy.exists()]:
            more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
            raise ConfigError([f"{there[0]}{more}: exists already; nothing was written"])
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
    """The configuration with its store and output in its own folder."""
    return text.replace("sqlite:///../var/", "sqlite:///var/").replace(
        "output: ../feeds", "output: feeds"
    )


def _starter() -> Path:
    """The project's ``config/``: in the package when installed, beside it in a checkout."""
    package = Path(str(resources.files("aggregator")))
    installed = package / "starter"
    return installed if installed.is_dir() else package.parent / "config"
