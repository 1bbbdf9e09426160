"""Where each token of a sequence stands: a number, or for a model that sees, three of them.

Positions are always given to the model, never left to what it remembers of an
earlier call, so that conversations can be mixed and taken up again.
"""

from typing import Any, Protocol, cast

import torch

from .encode import Prompt


class _RopeIndex(Protocol):
    def __call__(
        self, input_ids: torch.Tensor, *, mm_token_type_ids: torch.Tensor, image_grid_thw: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]: ...


def positions_of(module: torch.nn.Module, prompt: Prompt, *, image_id: int | None) -> torch.Tensor:
    """The positions of a prompt's tokens, of shape (1, T), or (3, 1, T) where the model sees: time, height, width."""
    ids = torch.tensor([prompt.ids])
    rope_index = _rope_index(module)
    if rope_index is None:
        return torch.arange(len(prompt.ids))[None]
    grids = torch.tensor([image.grid for image in prompt.images]) if prompt.images else None
    kinds = (ids == image_id).int() if prompt.images else torch.zeros_like(ids, dtype=torch.int32)
    positions, _ = rope_index(ids, mm_token_type_ids=kinds, image_grid_thw=grids)
    return positions


def sees(module: torch.nn.Module) -> bool:
    """Whether the model gives its tokens three positions, as one that sees does."""
    return _rope_index(module) is not None


def _rope_index(module: torch.nn.Module) -> _RopeIndex | None:
    """The model's own rule for positions among pictures, through whatever wraps it (PEFT, FSDP)."""
    for part in module.modules():
        if hasattr(part, "get_rope_index"):
            return cast(_RopeIndex, cast(Any, part).get_rope_index)
    return None
