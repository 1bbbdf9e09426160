"""Where training stands, on disk: weights that train, optimiser, random states and counters.

A checkpoint is a folder that is whole or not there: it is written beside its place and renamed. It holds what is
needed to go on with the very numbers that an unbroken run has, in as many processes as one likes. A model to be
served is written by `model.load.save_model`.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)

from ..errors import StoreError
from ..store.folders import beside, put_folder
from .descent import Descent
from .shadow import Shadow, shard_again

KEPT = 2
"""Checkpoints that stay; the oldest goes when a further one is whole."""
_PREFIX = "step-"
_STATE, _NUMBERS = "state.pt", "numbers.json"
_TRAINED = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True, strict=False)

State = dict[str, Any]


def save_checkpoint(
    folder: Path, descent: Descent, *, numbers: Mapping[str, int], shadows: Mapping[str, Shadow], kept: int = KEPT
) -> Path:
    """Writes a checkpoint into a folder of checkpoints and returns its own; every process calls this.

    Args:
        folder: of all checkpoints of the run.
        descent: the model and its optimiser.
        numbers: counters of who trains, "step" among them.
        shadows: copies of the weights, by name.
        kept: how many checkpoints stay.

    Raises:
        StoreError: it cannot be written; what was there stays.
    """
    accelerator = descent.accelerator
    target = folder / f"{_PREFIX}{numbers['step']:06d}"
    partial = beside(target, "partial")
    state = _state(descent, shadows)
    try:
        if accelerator.is_main_process:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            _write(partial / _STATE, state)
            text = json.dumps({**numbers, **_counts(descent)})
            (partial / _NUMBERS).write_text(text, encoding="utf-8")
        accelerator.wait_for_everyone()
        _write(partial / _random_name(accelerator.process_index), _random_state())
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            put_folder(partial, target)
            for old in checkpoints(folder)[:-kept]:
                shutil.rmtree(old)
    except OSError as error:
        raise StoreError(
            f"the checkpoint {str(target)!r} cannot be written: {error.strerror}. Earlier ones are kept; "
            "free some space and go on from the latest."
        ) from error
    accelerator.wait_for_everyone()
    return target


def load_checkpoint(path: Path, descent: Descent, *, shadows: Mapping[str, Shadow]) -> dict[str, int]:
    """Puts training where a checkpoint left it, and returns the counters; every process calls this.

    Raises:
        StoreError: it cannot be read, or it is one of another model or other settings.
    """
    try:
        state = cast(State, torch.load(path / _STATE, map_location="cpu", weights_only=True))
        numbers = cast(dict[str, int], json.loads((path / _NUMBERS).read_text(encoding="utf-8")))
    except (OSError, ValueError, RuntimeError, EOFError) as error:
        raise StoreError(f"the checkpoint {str(path)!r} cannot be read: {error}. Go on from an earlier one.") from error
    _check(path, state, descent, shadows)
    random = _read_random(path, descent, processes=numbers.get("processes", 1))
    for name, shadow in shadows.items():
        with shadow.standing_in():
            set_model_state_dict(descent.wrapped, state["shadows"][name], options=_TRAINED)
    set_model_state_dict(descent.wrapped, state["weights"], options=_TRAINED)
    set_optimizer_state_dict(descent.wrapped, descent.bare_optimizer, state["optimizer"], options=_TRAINED)
    shard_again(descent.wrapped)
    descent.keep_course()
    if random is not None:
        _set_random_state(random)
    descent.updates = numbers["updates"]
    descent.skipped_in_a_row = numbers.get("skipped_in_a_row", 0)
    return numbers


def checkpoints(folder: Path) -> list[Path]:
    """The whole checkpoints in a folder, oldest first."""
    return sorted(path for path in folder.glob(f"{_PREFIX}*") if (path / _NUMBERS).is_file())


def _state(descent: Descent, shadows: Mapping[str, Shadow]) -> State:
    """Everything as whole tensors, in the main process; the others help to gather it and get nothing."""
    kept: dict[str, State] = {}
    for name, shadow in shadows.items():
        with shadow.standing_in():
            # What is not gathered from shards is the weights themselves, which are about to change back.
            kept[name] = {key: weight.clone() for key, weight in _weights(descent).items()}
    return {
        "weights": _weights(descent),
        "optimizer": get_optimizer_state_dict(descent.wrapped, descent.bare_optimizer, options=_TRAINED),
        "shadows": kept,
    }


def _weights(descent: Descent) -> dict[str, torch.Tensor]:
    trained = _trained(descent)
    found = cast(dict[str, torch.Tensor], get_model_state_dict(descent.wrapped, options=_TRAINED))
    # A frozen weight that two layers share is told once nevertheless.
    return {name: weight for name, weight in found.items() if name in trained}


def _trained(descent: Descent) -> dict[str, tuple[int, ...]]:
    """The shapes of the weights that train; one that two layers share has two names."""
    weights = descent.scorer.named_parameters(remove_duplicate=False)
    return {name: tuple(weight.shape) for name, weight in weights if weight.requires_grad}


def _check(path: Path, state: State, descent: Descent, shadows: Mapping[str, Shadow]) -> None:
    own = _trained(descent)
    found = {name: tuple(weight.shape) for name, weight in cast(dict[str, torch.Tensor], state["weights"]).items()}
    if own != found:
        raise StoreError(
            f"the checkpoint {str(path)!r} has {len(found)} weights and {len(own)} train here, or their shapes differ; "
            "expected those of the same model with the same parts frozen and the same low-rank updates"
        )
    if missing := shadows.keys() - cast(State, state["shadows"]).keys():
        raise StoreError(
            f"the checkpoint {str(path)!r} has no {min(missing)!r} copy of the weights, which the settings need; "
            "go on with the settings that it was made with"
        )


def _write(path: Path, state: State) -> None:
    with path.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())


def _random_name(rank: int) -> str:
    return f"random-{rank}.pt"


def _counts(descent: Descent) -> dict[str, int]:
    return {
        "updates": descent.updates,
        "skipped_in_a_row": descent.skipped_in_a_row,
        "processes": descent.accelerator.num_processes,
    }


def _read_random(path: Path, descent: Descent, *, processes: int) -> State | None:
    """The random state of this process; None where fewer processes wrote the checkpoint.

    Raises:
        StoreError: it is missing or cannot be read.
    """
    rank = descent.accelerator.process_index
    if rank >= processes:
        return None
    try:
        return cast(State, torch.load(path / _random_name(rank), map_location="cpu", weights_only=True))
    except (OSError, ValueError, RuntimeError, EOFError) as error:
        raise StoreError(
            f"the random state {_random_name(rank)!r} of the checkpoint {str(path)!r} cannot be read: {error}; "
            "expected that of each process that wrote it. Go on from an earlier one."
        ) from error


def _random_state() -> State:
    state: State = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def _set_random_state(state: State) -> None:
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
