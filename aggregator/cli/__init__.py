"""The command line: parses arguments, reads the clock, calls the other packages, prints and exits.

In: arguments. Out: text for people, JSON for programs, an exit code. Never does: the work itself.
"""


def main() -> None:
    """The entry point of the command ``aggregator``."""
    import atexit
    import gc

    from aggregator.cli.app import app

    # Our values are frozen and have no reference cycles; with the default thresholds, collecting
    # cycles among a hundred thousand of them takes a sixth of the time of a build.
    gc.set_threshold(100_000, 20, 50)
    atexit.register(gc.freeze)  # and no collection at exit
    app()
