"""The vectors in the wheel of ``wordllama`` (MIT): 32,000 pieces of words, 256 numbers each.

Its own loader asks a hub for a tokenizer; the files in the wheel are all that is needed, so they
are read directly and the package's code is never imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from aggregator.errors import AggregatorError

_WEIGHTS = Path("weights", "l2_supercat_256.safetensors")
_TOKENIZER = Path("tokenizers", "l2_supercat_tokenizer_config.json")


@cache
def load_vectors() -> Any:
    """A function from words to their vectors (float32, one row a word): the sum of its pieces,
    each measured from the mean of all pieces.

    Raises AggregatorError where the files are not in the installed package.
    """
    folder = _folder()
    try:
        (pieces,) = load_file(folder / _WEIGHTS).values()
        tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
    except (OSError, ValueError) as error:
        raise AggregatorError(f"cannot read the word vectors: {error}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    table = np.asarray(pieces, np.float32)
    table = table - table.mean(0)

    def vectors(words: Sequence[str]) -> Any:
        made = np.zeros((len(words), table.shape[1]), np.float32)
        found = tokenizer.encode_batch(list(words), add_special_tokens=False)
        for row, pieces_of in enumerate(found):
            made[row] = table[pieces_of.ids].sum(0)
        return made

    return vectors


def _folder() -> Path:
    spec = find_spec("wordllama")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise AggregatorError("the package wordllama, which holds the word vectors, is not there")
    return Path(places[0])
