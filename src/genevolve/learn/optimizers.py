"""The optimisers: AdamW, and for small models trained from nothing, Muon on their matrices.

Muon makes every direction of a matrix's step equally long (Jordan et al. 2024; torch's own). Its steps are scaled
to the size of AdamW's (arXiv:2502.16982), so that one learning rate serves both: what is no matrix between hidden
states (embeddings, head, gains) is left to AdamW.
"""

from collections.abc import Callable
from typing import Any, cast

from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer

from .config import OptimizerName

_IS_MATRIX = "is_matrix"


def open_optimizer(
    name: OptimizerName, model: nn.Module, *, learning_rate: float, weight_decay: float, eps: float
) -> Optimizer:
    """The optimiser of that name over what trains of a model.

    Args:
        model: bare or wrapped; Muon takes the weights of its linear layers, the head left out.
        eps: AdamW's.
    """
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    rate: dict[str, Any] = {"lr": learning_rate, "weight_decay": weight_decay}
    if name == "adamw":
        return AdamW(trained, **rate, eps=eps)
    chosen = {id(weight) for weight in _matrices(model)}
    matrices = [weight for weight in trained if id(weight) in chosen]
    rest = [weight for weight in trained if id(weight) not in chosen]
    return _MuonBeside(
        Muon(matrices, **rate, adjust_lr_fn="match_rms_adamw") if matrices else None,
        AdamW(rest, **rate, eps=eps) if rest else None,
    )


class _MuonBeside(Optimizer):
    """Two optimisers as one, over their own groups; state and groups are those of this one."""

    def __init__(self, muon: Muon | None, adamw: AdamW | None) -> None:
        self._parts = [(part is muon, part) for part in (muon, adamw) if part is not None]
        groups = [{**group, _IS_MATRIX: is_muon} for is_muon, part in self._parts for group in part.param_groups]
        super().__init__(groups, {})

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # pyright: ignore[reportIncompatibleMethodOverride] - as every optimiser's
        """Changes the weights by their gradients."""
        loss = closure() if closure else None
        for is_muon, part in self._parts:
            # Loading a state puts new groups and a new mapping in place of those that were here.
            part.param_groups = [group for group in self.param_groups if group[_IS_MATRIX] == is_muon]
            part.state = self.state
            cast(Any, part).step()
        return loss


def _matrices(model: nn.Module) -> list[Tensor]:
    """The weights of linear layers between hidden states."""
    unwrapped: Any = model
    if hasattr(unwrapped, "get_base_model"):
        unwrapped = unwrapped.get_base_model()
    head = unwrapped.get_output_embeddings()
    return [part.weight for part in model.modules() if isinstance(part, nn.Linear) and part is not head]
