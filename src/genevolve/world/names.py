"""Invented names: two syllables each, so that a name can be spelled and copied, and means nothing by itself.

The first and the second syllable come from lists that share none, so a name is
always two tokens and never another word of the world. All names are dealt to
three splits; none is in two of them.
"""

import random
from functools import lru_cache
from typing import Literal

Split = Literal["train", "validation", "evaluation"]

FIRST = tuple("ba be bo da de do fa fe fo ga ge go ka ke ko la le lo ma me mo na ne no ra re ro ta".split())
"""First syllables of names."""
SECOND = tuple(
    "bir dun fyl gim hux jat kez lur miv nof puz qar rix sib tov vyn wim xul zeb bran cliv drum flot grix klim prov "
    "skal vlad".split()
)
"""Second syllables of names."""
_SHARES: dict[Split, float] = {"train": 0.75, "validation": 0.1, "evaluation": 0.15}


@lru_cache(maxsize=16)
def names_of(split: Split, *, seed: int) -> tuple[str, ...]:
    """The names of a split, in an order that the seed decides."""
    names = [first + second for first in FIRST for second in SECOND]
    random.Random(f"names {seed}").shuffle(names)
    begin = 0
    for name, share in _SHARES.items():
        end = begin + round(share * len(names))
        if name == split:
            return tuple(names[begin:end])
        begin = end
    raise AssertionError(f"the split {split!r} has no share of the names")


def split_of(name: str, *, seed: int) -> Split | None:
    """The split that a name belongs to; None where it is no name of the world."""
    return _splits(seed).get(name)


@lru_cache(maxsize=16)
def _splits(seed: int) -> dict[str, Split]:
    return {name: split for split in _SHARES for name in names_of(split, seed=seed)}
