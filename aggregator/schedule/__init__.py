"""The daemon: a tick per second reads the sources that are due and republishes what changed.

In: settings and the clock. Out: current feeds, for as long as it runs.
Never does: merging, ranking or publishing itself; it calls the pipeline.
"""

from aggregator.schedule.daemon import Daemon
from aggregator.schedule.tick import Tick

__all__ = ["Daemon", "Tick"]
