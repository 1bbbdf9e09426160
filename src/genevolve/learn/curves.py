"""How good a policy is on held-out requests as training goes on: one line of JSON a look.

A look is at a stated set of requests, named by its digest, so that curves of two runs are compared only where they
were taken on the same ones. The records need no torch.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from ..records import StoredRecord
from ..store.jsonl import Journal, read_records

FILE_NAME = "held_out.jsonl"
Decoding = Literal["sampled", "greedy"]


class HeldOutFigures(StoredRecord):
    """One look at held-out requests."""

    step: int = Field(ge=0)
    """Steps of training before it; 0 is the policy that training began with."""
    decoding: Decoding
    requests: int
    digest: str
    """Names the requests in their order."""
    attempts: int
    """Of which those that the world failed count nowhere below."""
    world_failures: int = Field(default=0, ge=0)
    """Attempts that the world failed, and failed again."""
    reward: float
    """Mean, in [0, 1]; attempts at one request count together."""
    low: float
    """95% interval over requests."""
    high: float
    valid: float
    """Share of attempts that ended with a program."""
    entropy: float | None = None
    """Nats a sampled token, where measured."""
    trained_attempts: int = Field(default=0, ge=0)
    """Attempts that training had made until then."""
    trained_seconds: float = Field(default=0.0, ge=0)
    """Wall time of the steps until then, looks such as this one left out."""


def open_held_out(folder: Path) -> Journal[HeldOutFigures]:
    """The file of a run's looks, opened for appending.

    Raises:
        StoreError: it cannot be opened.
    """
    return Journal(folder / FILE_NAME, HeldOutFigures, key=_key, has_failed=lambda _: False)


def read_held_out(folder: Path) -> list[HeldOutFigures]:
    """The looks of a run by step, sampled before greedy; of one that was taken again after a kill, the last.

    Raises:
        StoreError: a line is no look.
    """
    looks = {_key(one): one for one in read_records(folder / FILE_NAME, HeldOutFigures)}
    return sorted(looks.values(), key=lambda one: (one.step, one.decoding != "sampled", one.digest))


def _key(one: HeldOutFigures) -> str:
    return f"{one.step} {one.decoding} {one.digest}"
