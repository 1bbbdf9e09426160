"""Training requests that say what a held-out request says, or one set apart; they are left out before any training.

Two texts are compared by their words, each weighed by how rare it is among all requests. Requests of one template
differ in the rare words and stay; one request with other punctuation, order or little words shares them and is found.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from ..language.text import fold
from ..records import Request

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A training request that is too like one that must not be learned from."""

    request: Request
    held_out: Request
    """Or set apart."""
    similarity: float
    """Of their words; 1 where the id is the same."""


def find_leaks(requests: Sequence[Request], held_out: Sequence[Request], *, similarity: float) -> list[Leak]:
    """The training requests that have the id of a held-out one, or words at least so similar, in their order."""
    if not held_out:
        return []
    by_id = {request.id: request for request in held_out}
    texts = _Texts(requests, held_out)
    leaks: list[Leak] = []
    for request in requests:
        place, cosine = texts.nearest(request)
        if request.id in by_id:
            leaks.append(Leak(request=request, held_out=by_id[request.id], similarity=1.0))
        elif cosine >= similarity:
            leaks.append(Leak(request=request, held_out=held_out[place], similarity=cosine))
    return leaks


class _Texts:
    """Held-out texts as vectors of their words."""

    def __init__(self, requests: Sequence[Request], held_out: Sequence[Request]) -> None:
        every = {*(request.text for request in requests), *(request.text for request in held_out)}
        in_texts = Counter(word for text in every for word in set(_words(text)))
        self._rarity = {word: 1 + log((1 + len(every)) / (1 + times)) for word, times in in_texts.items()}
        self._column = {word: at for at, word in enumerate(sorted({w for one in held_out for w in _words(one.text)}))}
        self._rows = np.zeros((len(held_out), len(self._column)), dtype=np.float32)
        for row, request in zip(self._rows, held_out, strict=True):
            for word, weight in self._weighed(request.text).items():
                row[self._column[word]] = weight

    def nearest(self, request: Request) -> tuple[int, float]:
        """The place of the most similar held-out text, and the cosine."""
        known = {word: weight for word, weight in self._weighed(request.text).items() if word in self._column}
        columns = [self._column[word] for word in known]
        cosines: NDArray[np.float32] = self._rows[:, columns] @ np.array([*known.values()], dtype=np.float32)
        place = int(cosines.argmax())
        return place, float(round(float(cosines[place]), 6))

    def _weighed(self, text: str) -> dict[str, float]:
        """The weight of each word, as a vector of length one."""
        weights = {word: times * self._rarity[word] for word, times in Counter(_words(text)).items()}
        length = sum(weight**2 for weight in weights.values()) ** 0.5
        return {word: weight / length for word, weight in weights.items()}


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text)) or [text]
