"""The options of pictures; importing this module does not import Pillow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """What the configuration says: whether pictures are shown at all, how many bytes they may take
    together, and for how long one is kept that no feed shows any more."""

    enabled: bool = True
    max_size: int = 200_000_000
    max_age: timedelta = timedelta(days=30)
