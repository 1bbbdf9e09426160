"""A copy of the weights that train, kept as they were or trailing behind, which can stand in for them.

The teacher that is frozen or averaged, the reference policy of a KL term and the policy whose support the anchor
holds are all the model itself with such a copy standing in. With low-rank updates the copy is small.
"""

from collections.abc import Generator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule


class Shadow:
    """A copy of what trains in a model, on the same devices and in the same shards."""

    def __init__(self, model: nn.Module) -> None:
        """A copy of the weights as they are now."""
        shard_again(model)
        self._model = model
        self._weights = [weight for weight in model.parameters() if weight.requires_grad]
        self._kept = [weight.detach().clone() for weight in self._weights]

    @contextmanager
    def standing_in(self) -> Generator[None]:
        """The model has the copy's weights meanwhile; no gradient may be under way."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    @torch.no_grad()
    def follow(self, decay: float) -> None:
        """Moves the copy towards the weights: kept = decay * kept + (1 - decay) * weights."""
        for kept, weight in zip(self._kept, self._weights, strict=True):
            kept.lerp_(weight.detach(), 1 - decay)

    @torch.no_grad()
    def _exchange(self) -> None:
        # One weight at a time, so that no third copy of them all is needed.
        for kept, weight in zip(self._kept, self._weights, strict=True):
            own: Tensor = weight.detach().clone()
            weight.copy_(kept)
            kept.copy_(own)
        shard_again(self._model)


def shard_again(model: nn.Module) -> None:
    """Drops the whole weights that FSDP gathered for a pass and still has, so that the next one gathers them anew."""
    for part in model.modules():
        if isinstance(part, FSDPModule):
            part.reshard()
