"""What each process of several does in `tests/learn/test_two_processes.py`: it learns and tells what came of it.

Run as `python -m support.one_of_several FOLDER COUNT`, with the variables that torchrun sets.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from torch.distributed.fsdp import fully_shard

from genevolve.learn.batch import collate
from genevolve.learn.config import ComputeSettings, SftSettings
from genevolve.learn.scorer import Asked, Scorer
from genevolve.learn.sft import Tuner
from genevolve.learn.shadow import Shadow
from genevolve.learn.trainer import Trainer
from support.learning import furthest, group, learning, weights_of
from support.tiny_models import tiny

SETTINGS: dict[str, Any] = {
    "grpo": {"kl_weight": 1e-2, "entropy_weight": 1e-2},
    "anchor": {"weight": 1.0},
    "distil": {"teacher": "averaged", "teacher_decay": 0.5},
    "compute": {"micro_batch_tokens": 300},
    # What sees trains too, and some micro-batches have no pictures.
    "update": {"measure_every": 1, "freeze_vision": False},
}


def learned(folder: Path, count: int) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Two steps on the first examples of a group with every loss on, and a third after a checkpoint was loaded."""
    model = tiny()
    trainer = Trainer(model.module, learning(**SETTINGS))
    for _ in range(2):
        figures = trainer.update(group(model)[:count])
    after_two = weights_of(trainer.module)
    checkpoint = trainer.save(folder / "learned")
    trainer.update(group(model)[:count])
    trainer.load(checkpoint)
    assert furthest(weights_of(trainer.module), after_two) == 0.0
    return figures.model_dump(exclude={"seconds", "peak_bytes"}, exclude_none=True), after_two


def tuned(folder: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Two updates of supervised tuning, the last with one sequence only."""
    model = tiny()
    sequences = [example.sequence for example in group(model)]
    compute = ComputeSettings(micro_batch_tokens=300)
    tuner = Tuner(model.module, sequences, SftSettings(epochs=1, batch=3, learning_rate=1e-3, compute=compute))
    *_, last = tuner.run(sequences[:1])
    tuner.save(folder / "tuned")
    return last.model_dump(), weights_of(tuner.module)


def sharded() -> list[torch.Tensor]:
    """Log-probabilities by weights in shards: as they are, with another copy standing in, and as they were again."""
    module = tiny().module
    scorer = Scorer(module)
    for layer in module.model.language_model.layers:
        fully_shard(layer)
    fully_shard(scorer)
    shadow = Shadow(scorer)
    with torch.no_grad():
        for weight in scorer.parameters():
            weight.mul_(1.1)
    batch = collate([group(tiny())[0]])

    def look() -> torch.Tensor:
        with torch.no_grad():
            return scorer(batch, Asked()).tokens.logp_N

    moved = look()
    with shadow.standing_in():
        started = look()
    return [moved, started, look()]


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    told = {"learned": learned(folder, int(sys.argv[2])), "tuned": tuned(folder), "sharded": sharded()}
    torch.save(told, folder / f"told-{torch.distributed.get_rank()}.pt")
    torch.distributed.destroy_process_group()
