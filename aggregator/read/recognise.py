"""The language of texts that do not say it, by the model of ``py3langid``: naive Bayes over the
n-grams of a text's bytes.

The package itself follows its automaton byte by byte in Python, for one text at a time. Here the
bytes of many texts are followed at once (``_features``), which gives the same features in the same
order, and so the same scores to the last bit.
"""

from __future__ import annotations

import lzma
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import IO, Any, Literal
from zipfile import ZipFile

_LANGUAGES = frozenset(
    """
    ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk
    ko lt lv mk mr ms nl no pl ps pt ro ru sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh
    """.split()  # noqa: SIM905 -- as data it reads best so
)
"""Those in which much news is published. A headline is too short to tell their close relatives from
them (Pidgin from English, Wu from Mandarin), so that it would often be taken for one of those."""
_CHARACTERS = 600  # of a text are looked at
_LEAST_LETTERS = 4
LONGEST_FEATURE = 6
"""Bytes. The state of the automaton depends on no more of them: from whatever state, six bytes lead
to where they lead from the first one (tests/unit/test_recognise.py looks at all states)."""
_BATCH = 64  # texts that are followed at once: more gain nothing and cost memory
_UNPACKED_AT_ONCE = 16_000_000  # bytes
_LOADING = threading.Lock()  # the cache alone would let two threads load the model


@dataclass(frozen=True, slots=True)
class _Model:
    """The tables of the model, of the languages above. State `s` and byte `b` lead to
    ``states[rows[s] + b]``; ``features[s]`` is what ends in a state, -1 for nothing. `weights` has
    a row for each feature and a column for each of the `labels`, `priors` a value for each."""

    states: Any
    rows: Any
    features: Any
    weights: Any
    priors: Any
    labels: list[str]


def load_recogniser() -> None:
    """Load the model (0.4 s, most of it in libraries that let other threads run), unless it is
    loaded already. Without this call, the first text that is recognised waits for it."""
    with _LOADING:
        _model()


def is_recogniser_loaded() -> bool:
    """Whether a text would be recognised at once."""
    return _model.cache_info().currsize > 0


@cache
def _model() -> _Model:
    import numpy as np
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    with TemporaryFile() as unpacked:
        _unpack((MODEL_DIR / MODEL_FILE).read_bytes(), unpacked)
        with ZipFile(unpacked) as tables:
            labels = _table(tables, "classes").tolist()
            columns = [n for n, label in enumerate(labels) if label in _LANGUAGES]
            return _Model(
                states=_table(tables, "nextmove"),
                rows=_table(tables, "nextmove_row").astype(np.int64) << 8,
                features=_table(tables, "out_feat"),
                # A feature's weights beside each other, in the type in which they are added up
                weights=_table(tables, "ptc").take(columns, axis=1).astype(np.float32),
                priors=_table(tables, "pc").take(columns),
                labels=[labels[n] for n in columns],
            )


def _table(tables: ZipFile, name: str) -> Any:
    """An array of a file as ``numpy.savez`` writes it, read and copied once only."""
    import numpy as np

    content = tables.read(f"{name}.npy")
    header = BytesIO(content)
    np.lib.format.read_magic(header)
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(header)
    order: Literal["F", "C"] = "F" if is_fortran else "C"
    return np.frombuffer(content, dtype, offset=header.tell()).reshape(shape, order=order)


def _unpack(packed: bytes, target: IO[bytes]) -> None:
    """In a few calls, during which other threads run. Hundreds, as the package makes them, would
    each wait for its turn again: Python changes between threads every 5 ms."""
    decompressor = lzma.LZMADecompressor()
    target.write(decompressor.decompress(packed, max_length=_UNPACKED_AT_ONCE))
    while not decompressor.eof:
        target.write(decompressor.decompress(b"", max_length=_UNPACKED_AT_ONCE))
    target.seek(0)


def recognised_language(text: str) -> str:
    """The most likely language (ISO 639-1) of a headline with its excerpt; "" where there are
    hardly letters. Right for 99 of 100 headlines with an excerpt, 97 of 100 without
    (``docs/decisions/0007``)."""
    return recognised_languages([text])[0]


def recognised_languages(texts: Sequence[str]) -> list[str]:
    """The same for each of many texts, in a third of the time."""
    languages = [""] * len(texts)
    lettered = [n for n, text in enumerate(texts) if _has_letters(text[:_CHARACTERS])]
    for start in range(0, len(lettered), _BATCH):
        batch = lettered[start : start + _BATCH]
        labels = _labels([_encoded(texts[n][:_CHARACTERS]) for n in batch])
        for n, label in zip(batch, labels, strict=True):
            languages[n] = label
    return languages


def _has_letters(text: str) -> bool:
    return len(list(islice(filter(str.isalpha, text), _LEAST_LETTERS))) == _LEAST_LETTERS


def _encoded(text: str) -> bytes:
    """The bytes of a text as the model was trained on them."""
    text = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")


def _labels(texts: Sequence[bytes]) -> list[str]:
    """The label of each text: the one whose weights add up to most."""
    import numpy as np

    load_recogniser()
    model = _model()
    visits = [Counter(features) for features in _features(texts, model)]
    numbers = np.fromiter(chain.from_iterable(visits), dtype=np.int64)
    weights = model.weights.take(numbers, axis=0)
    values = chain.from_iterable(counter.values() for counter in visits)
    counts = np.log1p(np.fromiter(values, dtype=np.float32))
    best, end = [], 0
    for counter in visits:
        start, end = end, end + len(counter)
        scores = counts[start:end] @ weights[start:end] + model.priors
        best.append(int(scores.argmax()) if counter else 0)  # as the package: the first label
    return [model.labels[number] for number in best]


def _features(texts: Sequence[bytes], model: _Model) -> Iterator[list[int]]:
    """The features of each text in the order of its bytes.

    The state at each byte is that to which the last six bytes up to it lead, those of its text:
    six steps for all bytes of all texts at once.
    """
    import numpy as np

    lengths = np.array([len(text) for text in texts])
    ends = lengths.cumsum()
    characters = np.frombuffer(b"".join(texts), dtype=np.uint8)
    places = np.arange(len(characters)) - (ends - lengths).repeat(lengths)
    early = np.flatnonzero(places < LONGEST_FEATURE)
    states = np.zeros(len(characters), dtype=np.int64)
    for back in range(LONGEST_FEATURE - 1, -1, -1):
        following = model.rows.take(states[back:])
        following += characters[: max(len(characters) - back, 0)]
        states[back:] = model.states.take(following)
        states[early[places[early] < back]] = 0  # at the beginning of a text: that is not its byte
    features = model.features.take(states)
    is_feature = features >= 0
    values = features[is_feature].tolist()
    totals = is_feature.cumsum()[ends - 1].tolist()
    for start, end in zip([0, *totals], totals, strict=False):
        yield values[start:end]
