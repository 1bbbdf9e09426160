"""Experiences kept by the embedding of their request, found by cosine, and measured by what they do.

The state is what the journal says, line by line: it is written first and applied
then, so a killed process loses nothing and a reloaded memory is the one that was.
What leaves, and what retires, follows from the lines by rule.
"""

import base64
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf, sqrt
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..embed import Embedder, Vectors
from ..errors import StoreError, UsageError
from ..records import Experience, Measured, MemoryEvent, Recalled, Record, Remembered
from ..store.jsonl import Journal, read_records

_ROUNDING = 1e-6
"""Of 32-bit vectors."""
_ONE_SIDED_95 = 1.645

Status = Literal["kept", "left", "retired"]


class MemorySettings(Record):
    """How much is kept, and what counts as similar."""

    threshold: float | None = Field(default=None, ge=-1, le=1)
    """None takes the embedder's: 0.84 for the published model, as published."""
    capacity: int = Field(default=500, ge=1)
    """Published."""
    retire_after: int | None = Field(default=None, ge=2)
    """Rewards measured with it (`Memory.measure`), and as many without it, after which a lesson that does harm
    retires; None, as published, retires none."""


@dataclass(slots=True, kw_only=True)
class Mean:
    """A running mean with its variance (Welford)."""

    count: int = 0
    value: float = 0.0
    squares: float = 0.0
    """Sum of squared distances from the mean."""

    def add(self, number: float) -> None:
        """Take one more number in."""
        self.count += 1
        distance = number - self.value
        self.value += distance / self.count
        self.squares += distance * (number - self.value)

    @property
    def variance_of_mean(self) -> float:
        """How far the mean may be off; infinite before the second number."""
        return inf if self.count < 2 else self.squares / (self.count - 1) / self.count


@dataclass(slots=True, kw_only=True)
class Entry:
    """One experience, and what became of it."""

    experience: Experience
    vector: NDArray[np.float32]
    status: Status = "kept"
    times_found: int = 0
    with_it: Mean = field(default_factory=Mean)
    """Rewards of attempts that had it."""
    without_it: Mean = field(default_factory=Mean)
    """Rewards of attempts at the same requests that did not."""

    @property
    def uplift(self) -> float | None:
        """Mean reward with it less that without it; None where either was never measured."""
        return self.with_it.value - self.without_it.value if self.with_it.count and self.without_it.count else None

    @property
    def most_uplift(self) -> float:
        """The upper bound of the uplift (one-sided, 95%, normal approximation); infinite before it is known."""
        if self.uplift is None:
            return inf
        return self.uplift + _ONE_SIDED_95 * sqrt(self.with_it.variance_of_mean + self.without_it.variance_of_mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The experience that a lookup came upon."""

    experience: Experience
    similarity: float


class Memory:
    """The experiences of a run; one process holds its journal."""

    def __init__(self, embedder: Embedder, *, settings: MemorySettings | None = None, path: Path | None = None) -> None:
        """The memory in a file, as it was left; without a file it lives as long as the process.

        Raises:
            StoreError: the file cannot be opened, or a whole line of it cannot be read or does not fit the others.
            UsageError: the file was made with another embedder.
        """
        self._embedder = embedder
        self._settings = settings or MemorySettings()
        self._entries: dict[str, Entry] = {}
        self._kept: dict[str, Entry] = {}
        self._journal: Journal[MemoryEvent] | None = None
        if path is None:
            return
        self._journal = Journal(path, MemoryEvent, key=lambda line: line.event.kind, has_failed=lambda _: False)
        try:
            for number, line in enumerate(read_records(path, MemoryEvent), 1):
                self._reload(line.event, f"{path}:{number}")
        except (StoreError, UsageError):
            self.close()
            raise

    @property
    def threshold(self) -> float:
        """The cosine from which a request finds an experience."""
        return self._embedder.threshold if self._settings.threshold is None else self._settings.threshold

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Entry]:
        """Every experience that ever entered, in that order, those that left or retired included."""
        return iter(self._entries.values())

    def __getitem__(self, experience: str) -> Entry:
        """The entry of an experience's id.

        Raises:
            UsageError: there is none.
        """
        if experience not in self._entries:
            raise UsageError(
                f"the memory never held an experience {experience!r}; expected the id of one that it holds"
            )
        return self._entries[experience]

    async def keep(self, experiences: Sequence[Experience]) -> None:
        """Take a step's experiences in; they can be found from then on. One that was here before is not taken again.

        Beyond the capacity the oldest leaves, and of one step's the one with the smallest gap.

        Raises:
            ServiceError: a served embedder could not be asked; nothing was taken in.
            UsageError: the embedder makes vectors of another length than before.
            StoreError: the journal cannot be written.
        """
        new = list({one.id: one for one in experiences if one.id not in self._entries}.values())
        if not new:
            return
        vectors = await self._embed([one.request_text for one in new])
        for one, vector in zip(new, vectors, strict=True):
            if one.id in self._entries:  # another call took it in while a server was asked
                continue
            written = base64.b64encode(vector.astype("<f4").tobytes()).decode()
            self._write(Remembered(experience=one, embedder=self._embedder.name, vector=written))

    async def find(self, text: str, *, step: int | None = None, request: str | None = None) -> Found | None:
        """The most similar experience to a request's text, if it is similar enough; of equals the newest.

        Args:
            step: of the loop, and `request`, the id of the request: they are written down where it is found.

        Raises:
            ServiceError: a served embedder could not be asked.
            UsageError: the embedder makes vectors of another length than before.
            StoreError: the journal cannot be written.
        """
        if not self._kept:
            return None
        (vector,) = await self._embed([text])
        entries = list(self._kept.values())
        if not entries:  # they left while a server was asked
            return None
        stacked = np.stack([entry.vector for entry in entries]).astype(np.float64)
        # Row by row, so that a cosine does not depend on how many others stand in the memory.
        cosines = (stacked * vector.astype(np.float64)).sum(axis=1)
        best = max(range(len(entries)), key=lambda at: (round(float(cosines[at]), 6), *_age(entries[at])))
        similarity = float(cosines[best])
        if similarity < self.threshold - _ROUNDING:
            return None
        experience = entries[best].experience
        self._write(Recalled(experience=experience.id, similarity=similarity, step=step, request=request))
        return Found(experience=experience, similarity=similarity)

    def recall(self, experience: str, *, step: int | None = None, request: str | None = None) -> Found | None:
        """An experience that is known to be of this very request, as if it had been looked for; None if it left.

        Raises:
            UsageError: there is none of that id.
            StoreError: the journal cannot be written.
        """
        entry = self[experience]
        if entry.status != "kept":
            return None
        self._write(Recalled(experience=experience, similarity=1.0, step=step, request=request))
        return Found(experience=entry.experience, similarity=1.0)

    def measure(self, experience: str, *, with_it: Sequence[float] = (), without_it: Sequence[float] = ()) -> None:
        """Take in rewards of attempts that had an experience, and of attempts at the same requests that had not.

        Raises:
            UsageError: there is none of that id.
            StoreError: the journal cannot be written.
        """
        entry = self[experience]
        self._write(Measured(experience=entry.experience.id, with_it=tuple(with_it), without_it=tuple(without_it)))

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = await self._embedder.embed(texts)
        known = next((entry.vector.size for entry in self._kept.values()), vectors.shape[1])
        if vectors.shape[1] != known:
            raise UsageError(
                f"{self._embedder.name!r} makes vectors of {vectors.shape[1]} numbers, and the memory holds vectors "
                f"of {known}; serve the model as before, or begin another memory"
            )
        return vectors

    def _write(self, event: Remembered | Recalled | Measured) -> None:
        if self._journal is not None:
            self._journal.append(MemoryEvent(event=event))
        self._apply(event)

    def _reload(self, event: Remembered | Recalled | Measured, where: str) -> None:
        if isinstance(event, Remembered):
            if event.embedder != self._embedder.name:
                raise UsageError(
                    f"{where} was embedded by {event.embedder!r}, and this memory embeds by {self._embedder.name!r}; "
                    "their vectors cannot be compared. Use the same embedder, or another file."
                )
        elif event.experience not in self._entries:
            raise StoreError(
                f"{where} speaks of the experience {event.experience!r}, which no line before it brought in; "
                "expected the lines in the order in which they were written. Restore the file, or begin another."
            )
        self._apply(event)

    def _apply(self, event: Remembered | Recalled | Measured) -> None:
        match event:
            case Remembered(experience=experience, vector=written):
                vector = np.frombuffer(base64.b64decode(written), dtype="<f4")
                entry = Entry(experience=experience, vector=vector)
                self._entries[experience.id] = self._kept[experience.id] = entry
                if len(self._kept) > self._settings.capacity:
                    self._drop(min(self._kept.values(), key=_age), "left")
            case Recalled(experience=name):
                self._entries[name].times_found += 1
            case Measured(experience=name, with_it=with_it, without_it=without_it):
                entry = self._entries[name]
                for reward in with_it:
                    entry.with_it.add(reward)
                for reward in without_it:
                    entry.without_it.add(reward)
                if entry.status == "kept" and self._does_harm(entry):
                    self._drop(entry, "retired")

    def _does_harm(self, entry: Entry) -> bool:
        enough = self._settings.retire_after
        measured = min(entry.with_it.count, entry.without_it.count)
        return enough is not None and measured >= enough and entry.most_uplift < 0

    def _drop(self, entry: Entry, status: Status) -> None:
        entry.status = status
        del self._kept[entry.experience.id]


def rewind(path: Path, *, step: int) -> None:
    """Take back what a memory's journal says of a step of the loop and of later ones, as if they had not been.

    Raises:
        StoreError: a whole line of it cannot be read, or the file cannot be changed.
    """
    kept = 0
    for line in read_records(path, MemoryEvent):
        if line.step is not None and line.step >= step:
            break
        kept += 1
    if not path.exists():
        return
    try:
        with path.open("rb+") as file:
            end = sum(len(file.readline()) for _ in range(kept))
            file.truncate(end)
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(f"cannot take back the end of {str(path)!r}: {error.strerror}; free some space") from error


def _age(entry: Entry) -> tuple[int, float, str]:
    """What leaves first is least: the oldest step, of equals the smaller gap; the id makes it certain."""
    return entry.experience.step, entry.experience.gap, entry.experience.id
