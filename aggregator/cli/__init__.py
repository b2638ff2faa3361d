"""The command line: what people and scripts type. Reads the clock, prints, exits.

In: words. Out: text for people, JSON for programs. Never does: anything that another room can do.
"""


def main() -> None:
    """The entry point of the command ``aggregator``."""
    from aggregator.cli.app import app

    app()
