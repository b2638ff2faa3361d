"""General knowledge of languages: word frequencies, and simplified for traditional Chinese
characters.

The only importer of the libraries with these tables. In: nothing. Out: a ``merge.Lexicon``, whose
word lists are read when a language is first used.
"""

from aggregator.lexicon.tables import load_lexicon

__all__ = ["load_lexicon"]
