"""Log-probabilities of given tokens from hidden states, without the full logits.

A language model's head makes V numbers of each token's D. For 30,000 tokens and 151,936 words they are 18 GB in
fp32, and their gradient as much again. Here a few tokens at a time pass through the head, what is wanted of them
is read, and the logits are dropped; the backward pass makes them again. Student, old, reference and teacher all
share it, and only the positions that predict a sampled token enter.

N tokens (the sampled ones of a batch, in order), D width, V vocabulary, K tokens asked about per position,
C tokens that pass together; B trajectories, T tokens.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..errors import BatchError

CHUNK_BYTES = 2**28
"""Of one chunk's logits; about six times as much is held at a time."""

Measure = Callable[[Tensor, Tensor], Tensor]
"""From log-probabilities [C, V] under the student and under another model to one number per token, [C]."""
_Read = Callable[[Tensor, slice], tuple[Tensor, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last layer: logits = hidden @ weight.T + bias. The weight is a whole tensor, not a shard of one."""

    weight_VD: Tensor
    bias_V: Tensor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Another model's hidden states at the same positions, and what to measure against it; it has no gradient."""

    hidden_ND: Tensor
    head: Head
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenScores:
    """What a model says of each token, nats; all carry gradients, ids excepted."""

    logp_N: Tensor
    """Log-probability of the token."""
    entropy_N: Tensor
    """Of the distribution that it was drawn from."""
    also_logp_NK: Tensor | None = None
    """Of the further tokens asked about; -inf where the id was negative."""
    top_ids_NK: Tensor | None = None
    """The most probable tokens, best first."""
    top_logp_NK: Tensor | None = None
    measure_N: Tensor | None = None
    """The measure against another model."""


def score_tokens(
    hidden_ND: Tensor,
    head: Head,
    ids_N: Tensor,
    *,
    temperature: float = 1.0,
    also_NK: Tensor | None = None,
    top_k: int = 0,
    against: Against | None = None,
    chunk_tokens: int | None = None,
) -> TokenScores:
    """Log-probabilities of given tokens under softmax(logits / temperature), and what else is asked, in one pass.

    Products are summed in fp32, whatever the inputs are, and gradients too (float64 stays float64).

    Args:
        hidden_ND: hidden states that predict the tokens, as `predicting` gives them.
        head: the model's last layer; its weight gets a gradient if it wants one.
        ids_N: the tokens.
        temperature: of the sampling that the log-probabilities are to be those of.
        also_NK: ids of further tokens at each position; negative ones are padding.
        top_k: how many of the most probable tokens to name.
        against: another model to measure against, over the full vocabulary.
        chunk_tokens: how many tokens pass through the head together; None: as many as `CHUNK_BYTES` holds.

    Raises:
        BatchError: the shapes do not fit, or the temperature is not positive.
    """
    _check(hidden_ND, head, ids_N, temperature=temperature)
    plan = _Plan(
        read=_reader(ids_N, also_NK=also_NK, top_k=top_k, against=against, temperature=temperature),
        size=chunk_tokens or max(1, CHUNK_BYTES // (4 * head.weight_VD.shape[0])),
        temperature=temperature,
    )
    through = cast(Callable[..., tuple[Tensor, ...]], _ThroughHead.apply)  # pyright: ignore[reportUnknownMemberType]
    read_out = iter(through(hidden_ND, head.weight_VD, head.bias_V, plan))
    return TokenScores(
        logp_N=next(read_out),
        entropy_N=next(read_out),
        also_logp_NK=None if also_NK is None else next(read_out),
        top_ids_NK=next(read_out) if top_k else None,
        top_logp_NK=next(read_out) if top_k else None,
        measure_N=next(read_out) if against else None,
    )


def predicting(hidden_BTD: Tensor, mask_BT: Tensor) -> Tensor:
    """The hidden states that predict the sampled tokens: those one position before each, [N, D].

    Raises:
        BatchError: a sequence begins with a sampled token, which nothing predicts.
    """
    mask_BT = mask_BT.bool()
    if bool(mask_BT[:, 0].any()):
        row = int(mask_BT[:, 0].nonzero()[0])
        raise BatchError(
            f"sequence {row} of the batch begins with a sampled token, which nothing predicts; "
            "expected the request before it. Look at how the sequence was encoded, or padded."
        )
    return hidden_BTD[:, :-1][mask_BT[:, 1:]]


def in_place(value_N: Tensor, mask_BT: Tensor) -> Tensor:
    """Values of the sampled tokens where those stand in the batch, and 0 elsewhere; carries gradients."""
    zeros_BT = torch.zeros(mask_BT.shape, dtype=value_N.dtype, device=value_N.device)
    return zeros_BT.masked_scatter(mask_BT.bool(), value_N)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a pass reads, how many tokens at a time, and of which temperature."""

    read: _Read
    size: int
    temperature: float


class _ThroughHead(torch.autograd.Function):
    """Reads from the logits of a few tokens at a time; going backward it makes each chunk's logits anew."""

    @staticmethod
    def forward(
        ctx: Any, hidden_ND: Tensor, weight_VD: Tensor, bias_V: Tensor | None, plan: _Plan
    ) -> tuple[Tensor, ...]:
        ctx.save_for_backward(hidden_ND, weight_VD, bias_V)
        ctx.plan = plan
        ctx.set_materialize_grads(False)
        logits = _Logits(weight_VD, bias_V, temperature=plan.temperature, like=hidden_ND)
        read_out: tuple[Tensor, ...] = ()
        for rows in _chunks(len(hidden_ND), plan.size):
            parts = plan.read(logits.of(hidden_ND[rows]), rows)
            # Kept in one place from the start: small results between large buffers would keep the heap from shrinking.
            read_out = read_out or tuple(part.new_empty((len(hidden_ND), *part.shape[1:])) for part in parts)
            for out, part in zip(read_out, parts, strict=True):
                out[rows] = part
        ctx.mark_non_differentiable(*(out for out in read_out if not out.is_floating_point()))
        return read_out

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] - the decorator hides the name of `ctx`
        ctx: Any, *grads: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        hidden_ND, weight_VD, bias_V = cast(tuple[Tensor, Tensor, Tensor | None], ctx.saved_tensors)
        plan = cast(_Plan, ctx.plan)
        logits = _Logits(weight_VD, bias_V, temperature=plan.temperature, like=hidden_ND)
        wants_hidden, wants_weight, wants_bias, *_ = cast(tuple[bool, ...], ctx.needs_input_grad)
        d_hidden_ND = torch.empty_like(hidden_ND) if wants_hidden else None
        d_weight_VD = torch.zeros_like(weight_VD, dtype=logits.sums) if wants_weight else None
        d_bias_V = torch.zeros_like(cast(Tensor, bias_V), dtype=logits.sums) if wants_bias else None
        for rows in _chunks(len(hidden_ND), plan.size):
            hidden_CD = hidden_ND[rows]
            d_CV = _logit_gradient(logits.of(hidden_CD), rows, plan.read, grads).div_(plan.temperature)
            if d_hidden_ND is not None:
                d_hidden_ND[rows] = _product(d_CV.to(logits.dtype), logits.weight_VD).to(hidden_ND.dtype)
            if d_weight_VD is not None:
                _add_product(d_weight_VD, d_CV.to(logits.dtype).T, hidden_CD.to(logits.dtype))
            if d_bias_V is not None:
                d_bias_V += d_CV.sum(dim=0)
        return (
            d_hidden_ND,
            None if d_weight_VD is None else d_weight_VD.to(weight_VD.dtype),
            None if d_bias_V is None or bias_V is None else d_bias_V.to(bias_V.dtype),
            None,
        )


class _Logits:
    """A head in the types that it computes in: half precision only where the device sums its products in fp32."""

    def __init__(self, weight_VD: Tensor, bias_V: Tensor | None, *, temperature: float, like: Tensor) -> None:
        self.sums = torch.promote_types(like.dtype, torch.float32)
        self.dtype = like.dtype if like.is_cuda else self.sums
        self.weight_VD = weight_VD.to(self.dtype)
        self.bias_V = None if bias_V is None else bias_V.to(self.sums)
        self._temperature = temperature

    def of(self, hidden_CD: Tensor) -> Tensor:
        """Logits over temperature; called where gradients are off."""
        logits_CV = _product(hidden_CD.to(self.dtype), self.weight_VD.T)
        if self.bias_V is not None:
            logits_CV += self.bias_V
        return logits_CV.div_(self._temperature)


def _logit_gradient(logits_CV: Tensor, rows: slice, read: _Read, grads: tuple[Tensor | None, ...]) -> Tensor:
    with torch.enable_grad():
        logits_CV = logits_CV.requires_grad_()
        read_out = read(logits_CV, rows)
    pairs = [(out, grad[rows]) for out, grad in zip(read_out, grads, strict=True) if grad is not None]
    if not pairs:
        return torch.zeros_like(logits_CV)
    (gradient_CV,) = torch.autograd.grad([out for out, _ in pairs], [logits_CV], [grad for _, grad in pairs])
    return gradient_CV


def _reader(ids_N: Tensor, *, also_NK: Tensor | None, top_k: int, against: Against | None, temperature: float) -> _Read:
    """What is read of a chunk's logits, in the order of `TokenScores`."""

    def read(logits_CV: Tensor, rows: slice) -> tuple[Tensor, ...]:
        total_C1 = logits_CV.logsumexp(dim=-1, keepdim=True)
        mean_C = ((logits_CV - total_C1).exp() * logits_CV).sum(dim=-1)
        read_out = [
            (logits_CV.gather(-1, ids_N[rows, None]) - total_C1).squeeze(-1),
            total_C1.squeeze(-1) - mean_C,
        ]
        if also_NK is not None:
            also_CK = also_NK[rows]
            logp_CK = logits_CV.gather(-1, also_CK.clamp(min=0)) - total_C1
            read_out.append(logp_CK.masked_fill(also_CK < 0, -torch.inf))
        if top_k:
            top_CK = logits_CV.detach().topk(top_k, dim=-1).indices
            read_out += [top_CK, logits_CV.gather(-1, top_CK) - total_C1]
        if against:
            read_out.append(against.measure(logits_CV - total_C1, _other_logp(against, rows, temperature)))
        return tuple(read_out)

    return read


@torch.no_grad()
def _other_logp(against: Against, rows: slice, temperature: float) -> Tensor:
    head = against.head
    logits = _Logits(head.weight_VD, head.bias_V, temperature=temperature, like=against.hidden_ND)
    logits_CV = logits.of(against.hidden_ND[rows])
    # As the student's are made, so that equal hidden states have a gap of exactly 0.
    return logits_CV - logits_CV.logsumexp(dim=-1, keepdim=True)


def _chunks(count: int, size: int) -> Iterator[slice]:
    """Slices that cover the tokens; one empty slice where there is none, so that the shapes are known."""
    for start in range(0, max(count, 1), size):
        yield slice(start, min(start + size, count))


def _product(a: Tensor, b: Tensor) -> Tensor:
    """a @ b, its sums in fp32 or better, also inside an autocast region."""
    with torch.autocast(a.device.type, enabled=False):
        if a.dtype in (torch.bfloat16, torch.float16):
            return torch.mm(a, b, out_dtype=torch.float32)
        return a @ b


def _add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """total += a @ b in the precision of `total`: a chunk's product rounded to half would bias the sum."""
    if a.dtype in (torch.bfloat16, torch.float16):
        torch.addmm(total, a, b, out_dtype=torch.float32, out=total)
    else:
        total.addmm_(a, b)


def _check(hidden_ND: Tensor, head: Head, ids_N: Tensor, *, temperature: float) -> None:
    if temperature <= 0:
        raise BatchError(
            f"log-probabilities at temperature {temperature!r} are not defined; expected one above 0. "
            "Train on attempts that were sampled, not decoded greedily."
        )
    if hidden_ND.shape[0] != ids_N.shape[0] or hidden_ND.shape[-1] != head.weight_VD.shape[-1]:
        raise BatchError(
            f"hidden states {tuple(hidden_ND.shape)}, {ids_N.shape[0]} tokens and a head "
            f"{tuple(head.weight_VD.shape)} do not fit; expected one hidden state per token, as wide as the head"
        )
