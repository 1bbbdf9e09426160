"""Credit by axis: what a judge said of one axis reaches the tokens that decide that axis, and no others.

    A_t = sum over axes a that judge token t of  w_a * A_a

GRPO gives every token the advantage of the whole reward. The judge tells more: a wrong reference shows in
visual correctness, a wrong quotation in text accuracy. An axis that a token cannot influence is noise to it,
and leaving it out changes no expectation. The weights `w` are those of the reward, and not scaled up for
tokens that few axes judge, so that the sum stays the reward's gradient.

B trajectories, T tokens, A axes.
"""

from collections.abc import Collection, Mapping, Sequence

import torch
from torch import Tensor

from ..errors import BatchError
from .advantage import SUFFICIENCY, Counts, Earned, all_equal, relative
from .kinds import Kind

AxisAdvantages = Mapping[str, float]
_WORDS = frozenset({Kind.PROMPT, Kind.SKILL_NAME})
_REFERENCES = frozenset({Kind.PROMPT, Kind.IMAGE_ID, Kind.NOTE, Kind.ARGUMENT})
CLAIMS: Mapping[str, frozenset[Kind]] = {
    "faithfulness": _WORDS,
    "visual_correctness": _REFERENCES,
    "text_accuracy": _WORDS,
    "aesthetics": _WORDS,
    SUFFICIENCY: _WORDS | _REFERENCES,
}
"""Which parts of a reply an axis judges, as we suppose. Words of the prompt and the skills that were read for them
decide how it is drawn and written; queries, chosen pictures and notes decide what a thing looks like; the program's
judge sees all of these. Thoughts, tags and tool names are nobody's, hence everybody's."""


def axis_advantages(
    groups: Sequence[Sequence[Earned]],
    weights: Mapping[str, float],
    *,
    divide_by_std: bool = True,
    eps: float = 1e-6,
) -> tuple[tuple[tuple[AxisAdvantages | None, ...], ...], Counts]:
    """The weighed advantage of each attempt on each axis, relative to its group; None where none differs.

        A_ia = w_a * (s_ia - mean s_a) / (std s_a + eps)

    The division is by axis: by the reward's spread, a group whose axes differ and cancel would explode. Without
    it the axes of an attempt sum to R - mean R exactly; with it they sum to GRPO's advantage where the axes
    agree. A group whose rewards are equal and whose axes are not teaches here, unlike under GRPO.

    Args:
        groups: what the attempts of each request earned.
        weights: of the axes, as `axis_weights` gives them.
        divide_by_std: False leaves the differences as they are.
        eps: keeps the division finite.
    """
    advantages = tuple(_by_axis(group, weights, divide_by_std=divide_by_std, eps=eps) for group in groups)
    return advantages, Counts.of(groups, advantages)


def tokens_of(kind_BT: Tensor, kinds: Collection[int]) -> Tensor:
    """True where a token is of one of the kinds."""
    return torch.isin(kind_BT, torch.tensor(sorted(kinds), dtype=kind_BT.dtype, device=kind_BT.device))


def judged_by(claims: Mapping[str, Tensor], axes: Sequence[str], mask_BT: Tensor) -> Tensor:
    """Which axes judge which tokens, `judged_BTA`; a token that no axis claims is judged by all.

    With no claim at all, every sampled token has the sum of all axes, as under GRPO.

    Args:
        claims: for an axis, a mask [B, T] of the tokens that decide it: made of kinds (`tokens_of`), turns, tools.
        axes: every axis, in the order of the last dimension.
        mask_BT: True where the policy sampled the token.

    Raises:
        BatchError: an axis that is not one of `axes` claims tokens.
    """
    if unknown := claims.keys() - set(axes):
        raise BatchError(f"the axis {min(unknown)!r} claims tokens and is not judged; expected {', '.join(axes)}")
    nobody_BT = torch.zeros_like(mask_BT, dtype=torch.bool)
    claimed_BTA = torch.stack([claims.get(axis, nobody_BT).bool() for axis in axes], dim=-1)
    unclaimed_BT1 = ~claimed_BTA.any(dim=-1, keepdim=True)
    return (claimed_BTA | unclaimed_BT1) & mask_BT.bool()[..., None]


def token_advantages(axis_advantage_BA: Tensor, judged_BTA: Tensor) -> Tensor:
    """Each token's advantage: the sum of the weighed advantages of the axes that judge it.

    A_bt = sum_a judged_bta * A_ba
    """
    return torch.einsum("ba,bta->bt", axis_advantage_BA, judged_BTA.to(axis_advantage_BA.dtype))


def _by_axis(
    group: Sequence[Earned], weights: Mapping[str, float], *, divide_by_std: bool, eps: float
) -> tuple[AxisAdvantages | None, ...]:
    judged = [earned.axes for earned in group if earned.reward is not None]
    by_axis: dict[str, list[float]] = {}
    for axis, weight in weights.items():
        scores = [_score(axes, axis) for axes in judged]
        if all_equal(scores):
            by_axis[axis] = [0.0] * len(judged)
        else:
            by_axis[axis] = [weight * a for a in relative(scores, divide_by_std=divide_by_std, eps=eps)]
    if not any(any(column) for column in by_axis.values()):
        return (None,) * len(group)
    rows = iter([{axis: column[i] for axis, column in by_axis.items()} for i in range(len(judged))])
    return tuple(None if earned.reward is None else next(rows) for earned in group)


def _score(axes: Mapping[str, float], axis: str) -> float:
    if axis not in axes:
        raise BatchError(f"an attempt has no score on {axis!r}; weigh the axes of the reward that it earned")
    return axes[axis]
