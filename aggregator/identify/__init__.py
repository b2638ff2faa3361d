"""Same article? Addresses come in, keys and unified articles go out.

``canonical_url`` gives the one form of an address by which articles are compared; ``unify``
makes one article of all that was told of it, as a primary here and as coverage there.
Never does: I/O, reading the clock, following a link, deciding what belongs to one story.
"""

from aggregator.identify.canonical import canonical_url
from aggregator.identify.hosts import ascii_host
from aggregator.identify.unification import unify

__all__ = ["ascii_host", "canonical_url", "unify"]
