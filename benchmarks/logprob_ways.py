"""Log-probabilities of given tokens from their hidden states: ours, the plain way, and TRL's.

N tokens, D width, V vocabulary.
"""
# ruff: noqa: N803, N806 - tensors end in their axes

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from genevolve.learn.logprob import Head, predicting, score_tokens

TEMPERATURE = 0.7
TRL_CHUNK = 32_768
"""Words a chunk, as TRL's trainers set it."""
ONE_IN = 4

Way = Callable[[Tensor, Tensor, Tensor], Tensor]


def by_score_tokens(hidden_ND: Tensor, weight_VD: Tensor, ids_N: Tensor) -> Tensor:
    """Ours; it tells the entropy too."""
    return score_tokens(hidden_ND, Head(weight_VD=weight_VD), ids_N, temperature=TEMPERATURE).logp_N


def where_said(way: Way) -> Way:
    """A way where one token in four was said: the others do not pass the head."""

    def scored(hidden_ND: Tensor, weight_VD: Tensor, ids_N: Tensor) -> Tensor:
        mask_1N = torch.arange(len(ids_N), device=ids_N.device)[None] % ONE_IN == ONE_IN - 1
        return way(predicting(hidden_ND[None], mask_1N), weight_VD, ids_N[mask_1N[0]])

    return scored


def by_full_logits(hidden_ND: Tensor, weight_VD: Tensor, ids_N: Tensor) -> Tensor:
    """The plain way, with torch's fused loss; no entropy."""
    logits_NV = (hidden_ND @ weight_VD.T).float() / TEMPERATURE
    return -torch.nn.functional.cross_entropy(logits_NV, ids_N, reduction="none")


def by_trl(kernel: Any, *outputs: str) -> Way:
    """TRL's kernel: Triton on a GPU, torch elsewhere."""

    def scored(hidden_ND: Tensor, weight_VD: Tensor, ids_N: Tensor) -> Tensor:
        return kernel.apply(hidden_ND, weight_VD, None, ids_N, TEMPERATURE, TRL_CHUNK, None, 1.0, outputs)[0]

    return scored


def trl_kernel() -> Any | None:
    """TRL's kernel, if TRL is installed with all that it needs; going backward it needs its trainers' module."""
    try:
        from trl.kernels.chunked_logprob import ChunkedLogProbFunction
        from trl.trainer.utils import maybe_gather_lm_head_ctx  # noqa: F401
    except ImportError:
        return None
    return ChunkedLogProbFunction


OURS_WHERE_SAID = where_said(by_score_tokens)


def ways() -> dict[str, Way]:
    """Every way that can be measured here."""
    found: dict[str, Way] = {
        "ours, with entropy": by_score_tokens,
        "ours, 1 in 4 said": OURS_WHERE_SAID,
        "full logits": by_full_logits,
    }
    if kernel := trl_kernel():
        found |= {"TRL": by_trl(kernel), "TRL, with entropy": by_trl(kernel, "entropy")}
    return found


def passes(way: Way, hidden_ND: Tensor, weight_VD: Tensor, ids_N: Tensor, *, both: bool) -> Callable[[], object]:
    """A forward pass, or one with a backward pass to hidden states and weight."""

    def forward() -> Tensor:
        with torch.no_grad():
            return way(hidden_ND, weight_VD, ids_N)

    def forward_and_backward() -> object:
        leaves = [hidden_ND.detach().requires_grad_(), weight_VD.detach().requires_grad_()]
        return torch.autograd.grad(way(*leaves, ids_N).sum(), leaves)

    return forward_and_backward if both else forward


def difference(way: Way, hidden_ND: Tensor, weight_VD: Tensor, ids_N: Tensor) -> float:
    """How far a way is from the plain one in fp32, at most."""
    plain = where_said(by_full_logits) if way is OURS_WHERE_SAID else by_full_logits
    with torch.no_grad():
        found_N = way(hidden_ND, weight_VD, ids_N)
        exact_N = plain(hidden_ND.float(), weight_VD.float(), ids_N)
    return float((found_N.float() - exact_N).abs().max())
