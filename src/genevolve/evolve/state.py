"""Where a loop stands, which follows from its files alone: no phase writes down that it is done.

The newest checkpoint's number is the step that comes next. Which requests that step is about, and by which chances they
are attempted, are pure functions of a seed and its number; so every record of it has a name that is known beforehand,
and what is on disk under that name need not be made again.
"""

import random
import re
from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue, ValidationError

from ..errors import StoreError, UsageError
from ..records import Request, StoredRecord
from ..store import RunDir, write_whole
from .settings import EvolveSettings

CHECKPOINTS, POLICY, HELD_OUT = "checkpoints", "policy", "held_out"
"""Folders of a run: where training stands, the newest weights as a model, and the attempts at held-out requests."""
EXPERIENCES, MEMORY, LOOP = "experiences.jsonl", "memory.jsonl", "evolve.json"
MOST_ATTEMPTS = 1000
"""At one request in a step: so many seeds are a step's own."""
MAY_CHANGE = (
    *("steps", "checkpoint_every", "policy_every", "parallel", "look", "tensorboard"),
    *("learn.compute", "learn.update.measure_every"),
)
"""Settings that a run may go on with changed: they change no step, beyond rounding."""
_VERSION = re.compile(r"step-(\d{6,})")


def version_of(step: int) -> str:
    """What the weights are called that so many steps led to."""
    return f"step-{step:06d}"


def step_of(version: str | None) -> int | None:
    """The steps that led to weights of this name; None where it is no such name."""
    found = _VERSION.fullmatch(version or "")
    return int(found[1]) if found else None


def choose(requests: Sequence[Request], count: int, *, seed: int, step: int) -> list[Request]:
    """The requests of a step: all of them come once, in an order by chance, before any comes again.

    What is left at the end of an order and is less than a step is passed over.

    Args:
        requests: at least `count`.
    """
    per_order = len(requests) // count
    order, place = divmod(step, per_order)
    shuffled = random.Random(f"order {order} of {seed}").sample(requests, len(requests))
    return shuffled[place * count : (place + 1) * count]


def seed_of(seed: int, step: int) -> int:
    """The seed of a step's first attempts; those after it take the seeds that follow, none of them another step's."""
    return (seed * 1_000_000 + step) * MOST_ATTEMPTS


class Begun(StoredRecord):
    """What a loop was begun with: a folder goes on with nothing else."""

    settings: EvolveSettings
    parts: dict[str, JsonValue]
    """Who rolls out, draws, judges, writes and embeds, and the digests of the requests."""
    left_out: dict[str, str]
    """Training requests that were too like held-out ones, or ones set apart, and which those were."""


def is_begun(run: RunDir) -> bool:
    """Whether a loop was begun in this folder."""
    return (run.root / LOOP).exists()


def refuse_other(run: RunDir, begun: Begun) -> None:
    """Nothing, where no loop was begun in this folder, or one that may go on with these; nothing is written.

    Raises:
        UsageError: it was begun with something else; says what.
        StoreError: what was written down cannot be read.
    """
    if not is_begun(run):
        return
    path = run.root / LOOP
    try:
        old = Begun.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise StoreError(f"{str(path)!r} cannot be read: {error}. Restore it, or begin in another folder.") from error
    differ = differences(_lasting(old), _lasting(begun))
    if differ:
        raise UsageError(
            f"the run {str(run.root)!r} was begun with something else: {'; '.join(differ[:5])}. "
            "Go on with what it was begun with, or name another folder with --out."
        )


def begin(run: RunDir, begun: Begun) -> None:
    """Write down what the loop is begun with; that nothing else stands there was found out before.

    Raises:
        StoreError: it cannot be written.
    """
    write_whole(run.root / LOOP, begun.model_dump_json(indent=2).encode())


def differences(old: JsonValue, new: JsonValue, *, name: str = "") -> list[str]:
    """In words, what differs between two values of JSON."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = [*old, *(key for key in new if key not in old)]
        return [
            words
            for key in names
            for words in differences(old.get(key), new.get(key), name=f"{name}.{key}" if name else key)
        ]
    return [] if old == new else [f"{name} was {_brief(repr(old))} and is {_brief(repr(new))}"]


def _lasting(begun: Begun) -> dict[str, JsonValue]:
    """All of it that must not change."""
    fields: dict[str, Any] = begun.model_dump(mode="json")
    settings: dict[str, Any] = fields["settings"]
    for name in MAY_CHANGE:
        *outer, last = name.split(".")
        table = settings
        for part in outer:
            table = table[part]
        del table[last]
    return {**settings, **fields["parts"]}


def _brief(words: str) -> str:
    return words if len(words) <= 80 else f"{words[:79]}…"
