"""The daemon: one tick that reads what is due and republishes what changed.

In: settings and the clock. Out: fresh feeds, for as long as it runs.
Never does: the work itself, which is the pipeline's.
"""

from aggregator.schedule.daemon import Daemon
from aggregator.schedule.tick import Tick

__all__ = ["Daemon", "Tick"]
