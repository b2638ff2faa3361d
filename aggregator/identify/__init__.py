"""Which articles are the same: URLs and articles in, canonical URLs and unified articles out.

``canonical_url`` normalises a URL so that articles can be compared; ``unify`` merges the reports
of one article, which one source may publish and another only mention; ``without_tracking`` gives
the link to show for a URL.
Never does: I/O, reading the clock, following a link, deciding which articles make a story.
"""

from aggregator.identify.canonical import canonical_url
from aggregator.identify.hosts import ascii_host
from aggregator.identify.tracking import without_tracking
from aggregator.identify.unification import unify

__all__ = ["ascii_host", "canonical_url", "unify", "without_tracking"]
