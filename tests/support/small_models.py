"""A policy of the small world whose every weight says something, and what it was given to read."""

from pathlib import Path
from typing import Any


def small(folder: Path) -> Any:
    """An untaught policy, freshly made in a folder and loaded."""
    import torch

    from genevolve.model.load import load_model
    from genevolve.model.settings import LoadSettings
    from genevolve.world.model import make_policy

    torch.set_num_threads(1)
    return load_model(make_policy(folder), LoadSettings(device="cpu"))


def lively(folder: Path) -> Any:
    """The same with weights by chance where a new model's layers add nothing, so that a wrong pass is seen."""
    import torch

    model = small(folder)
    chance = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in model.module.parameters():
            if not weight.any():
                weight.normal_(std=0.1, generator=chance)
    return model


def some_ids(model: Any, *shape: int, seed: int = 0) -> Any:
    """Ids by chance."""
    import torch

    count = len(model.processor.tokenizer)
    return torch.randint(count, shape, generator=torch.Generator().manual_seed(seed))
