"""The requests of a run of evolution: what the policy learns on, what it is looked at with, and what is set apart."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..config import RequestSettings
from ..curate.benchmark_rows import Columns, rows_as_requests
from ..errors import UsageError
from ..evaluate.suites.genevolve_bench import labels
from ..evolve.leakage import find_leaks
from ..evolve.settings import EvolveSettings
from ..records import Request
from ..store import ImageStore
from ..world import World
from ..world.agent import in_world
from .work import counted

SIMILARITY = EvolveSettings().leak_similarity
WORLD_TRAIN, WORLD_HELD_OUT = 2048, 60
"""Requests of the small world, where none are counted."""
_WORDS = Columns(text=("question", "prompt", "text"), labels=labels)
_WITH_TARGET = Columns(text=_WORDS.text, target="gt_image", labels=labels)
_MOST_ROWS_TOLD = 5
_Read = Callable[[str], list[Request]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequests:
    """All sets, and what is to be told of them."""

    train: list[Request]
    held_out: list[Request]
    apart: list[Request]
    """Neither learned from nor looked at."""
    told: list[str]


def training_requests(
    images: ImageStore, settings: RequestSettings, world: World | None, *, similarity: float = SIMILARITY
) -> TrainingRequests:
    """The requests that the settings name; target pictures are put into the store.

    Args:
        similarity: from which on a held-out request is too like one that is set apart.

    Raises:
        UsageError: no requests are named, and there is no small world; or one is not of that world.
        RequestError: a file cannot be read.
    """
    told: list[str] = []
    read = partial(_read, images=images, world=world, told=told)
    apart = [request for path in settings.apart for request in _set_apart(path, images, world, told)]
    held_out = _to_look_at(read, settings, world)
    alike = {leak.request.id for leak in find_leaks(held_out, apart, similarity=similarity)}
    if alike:
        told.append(f"left out  {counted('held-out request', len(alike))}, too like ones that are set apart")
    return TrainingRequests(
        train=_to_learn_on(read, settings, world),
        held_out=[request for request in held_out if request.id not in alike],
        apart=apart,
        told=told,
    )


def _to_learn_on(read: _Read, settings: RequestSettings, world: World | None) -> list[Request]:
    if settings.train is not None:
        return read(settings.train)[: settings.train_count]
    if world is None:
        raise UsageError(
            "there is nothing to learn on: set train under [requests] to a file of requests, or add a [world]"
        )
    return world.requests("train", settings.train_count or WORLD_TRAIN)


def _to_look_at(read: _Read, settings: RequestSettings, world: World | None) -> list[Request]:
    if settings.held_out is not None:
        return read(settings.held_out)[: settings.held_out_count]
    if world is None:
        return []
    return world.requests(settings.held_out_split, settings.held_out_count or WORLD_HELD_OUT)


def _set_apart(path: str, images: ImageStore, world: World | None, told: list[str]) -> list[Request]:
    """Ids and words alone, which are all that others are compared with; no picture of theirs is stored."""
    found = [Request(id=one.id, text=one.text) for one in _rows(path, _WORDS, images, told)]
    if not found:
        raise UsageError(
            f"{path!r} is set apart under [requests], and no row of it could be read as a request, so nothing could be "
            "compared with it; expected rows with an id and a question"
        )
    return [in_world(world, request) for request in found] if world else found


def _read(path: str, *, images: ImageStore, world: World | None, told: list[str]) -> list[Request]:
    """The requests of a file; those of the small world with the recipes that its judges judge by."""
    if world is None:
        return _rows(path, _WITH_TARGET, images, told)
    return [in_world(world, request) for request in _rows(path, _WORDS, images, told)]


def _rows(path: str, columns: Columns, images: ImageStore, told: list[str]) -> list[Request]:
    rows = rows_as_requests(Path(path), images, columns=columns)
    told += [f"left out  {row.where}: {row.problem}" for row in rows.bad[:_MOST_ROWS_TOLD]]
    if len(rows.bad) > _MOST_ROWS_TOLD:
        told.append(f"left out  {len(rows.bad) - _MOST_ROWS_TOLD:,} more rows of {path}")
    told += [f"note  {words}" for words in rows.told]
    return rows.requests
