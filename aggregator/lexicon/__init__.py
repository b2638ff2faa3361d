"""What is known of languages in general: how frequent their words are, and which Chinese
characters are the same in both scripts. The only importer of the packages that hold these tables.

In: nothing. Out: a ``merge.text.Lexicon``, whose tables are read when they are first asked for.
"""

from aggregator.lexicon.tables import load_lexicon

__all__ = ["load_lexicon"]
