"""The command line: what people and scripts type. Reads the clock, prints, exits.

In: words. Out: text for people, JSON for programs. Never does: anything that another room can do.
"""


def main() -> None:
    """The entry point of the command ``aggregator``."""
    import atexit
    import gc

    from aggregator.cli.app import app

    # Our values are frozen and hold no circles; looking for circles among a hundred thousand of
    # them at every turn costs a sixth of a build.
    gc.set_threshold(100_000, 20, 50)
    atexit.register(gc.freeze)  # nor at the end, when all of it goes anyway
    app()
