"""The requests of a run of evolution: what the policy learns on, and what it is looked at with."""

from dataclasses import dataclass
from pathlib import Path

from ..config import RequestSettings
from ..curate.benchmark_rows import Columns, rows_as_requests
from ..errors import UsageError
from ..evaluate.suites.genevolve_bench import labels
from ..records import Request
from ..store import RunDir
from ..world import World

WORLD_TRAIN, WORLD_HELD_OUT = 2048, 60
"""Requests of the small world, where none are counted."""
_COLUMNS = Columns(text=("question", "prompt", "text"), target="gt_image", labels=labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequests:
    """Both sets, and what is to be told of them."""

    train: list[Request]
    held_out: list[Request]
    told: list[str]


def training_requests(run: RunDir, settings: RequestSettings, world: World | None) -> TrainingRequests:
    """The requests that the settings name; wanted and target pictures are put into the run.

    Raises:
        UsageError: no requests are named, and there is no small world.
        RequestError: a file cannot be read.
    """
    if world is not None and settings.train is None:
        return TrainingRequests(
            train=world.requests("train", settings.train_count or WORLD_TRAIN),
            held_out=world.requests(settings.held_out_split, settings.held_out_count or WORLD_HELD_OUT),
            told=[],
        )
    if settings.train is None:
        raise UsageError(
            "there is nothing to learn on: set train under [requests] to a file of requests, or add a [world]"
        )
    told: list[str] = []
    train = _read(run, settings.train, settings.train_count, told)
    held_out = _read(run, settings.held_out, settings.held_out_count, told) if settings.held_out else []
    return TrainingRequests(train=train, held_out=held_out, told=told)


def _read(run: RunDir, path: str, count: int | None, told: list[str]) -> list[Request]:
    rows = rows_as_requests(Path(path), run.images, columns=_COLUMNS)
    told += [f"left out  {row.where}: {row.problem}" for row in rows.bad[:5]]
    if len(rows.bad) > 5:
        told.append(f"left out  {len(rows.bad) - 5:,} more rows of {path}")
    told += [f"note  {words}" for words in rows.told]
    return rows.requests[:count]
