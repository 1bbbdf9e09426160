"""A copy of the weights that train, kept as they were or trailing behind, which can stand in for them.

The teacher that is frozen or averaged, the reference policy of a KL term and the policy whose support the anchor
holds are all the model itself with such a copy standing in. With low-rank updates the copy is small.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Shadow:
    """A copy of some weights, on the same devices and in the same shards."""

    def __init__(self, weights: Sequence[nn.Parameter]) -> None:
        """A copy of the weights as they are now."""
        self._weights = list(weights)
        self._kept = [weight.detach().clone() for weight in weights]

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
