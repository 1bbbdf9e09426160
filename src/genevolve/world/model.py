"""The policy of the small world before it has learned anything: a model of under a million parameters."""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import quiet_bars, require

require("torch", "transformers")

from pathlib import Path
from typing import Any

import torch

from ..model.closed import ClosedTokenizer
from ..model.small import SmallConfig, SmallForCausalLM
from .vocabulary import open_vocabulary


def make_policy(folder: Path, *, seed: int = 0) -> Path:
    """Write an untaught policy into a folder that `load_model` reads, and return it.

    Args:
        seed: of its weights.
    """
    vocabulary = open_vocabulary()
    quiet_bars()
    chance: Any = torch.random
    with chance.fork_rng(devices=[]):
        chance.manual_seed(seed)
        model: Any = SmallForCausalLM(SmallConfig(vocab_size=len(vocabulary)))
    model.save_pretrained(folder)
    ClosedTokenizer(vocabulary).save(folder)
    return folder
