"""What words mean: static word vectors, from a file that comes with a package.

In: words. Out: one vector a word, always the same. Never does: network, learning, remembering.
"""

from aggregator.vectors.static import load_vectors

__all__ = ["load_vectors"]
