"""What the attempts of a step earned, made into the examples that a trainer is given.

Both kinds of credit come out of here: of the whole reward, one number for an attempt, and by axis, one for each
token (`credit`). An attempt that teaches nothing becomes no example.

Legend: T tokens of one sequence, A axes.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import torch

from ..errors import BatchError
from ..records import Attempt
from .advantage import Counts, Earned, attempt_reward, axis_weights, group_advantages
from .batch import Example
from .config import RewardSettings
from .credit import CLAIMS, AxisAdvantages, axis_advantages, judged_by, token_advantages, tokens_of
from .kinds import Kind
from .tokens import TokenSequence

Claims = Mapping[str, Collection[Kind]] | Callable[[TokenSequence], Mapping[str, torch.Tensor]]
"""For an axis, the parts of a reply that it judges; or a rule that tells of a sequence which of its tokens they are."""
Taught = Callable[[int, TokenSequence], TokenSequence | None]
"""The teacher's view of a sequence, given the place of its request; None where there is no experience."""
_Worth = TypeVar("_Worth", float, AxisAdvantages)


def earned_by(groups: Sequence[Sequence[Attempt]], settings: RewardSettings | None = None) -> list[list[Earned]]:
    """What the attempts of each request earned.

    Raises:
        BatchError: a drawing or a judgement that the reward needs was never tried.
        ScoreError: a verdict lacks an axis.
    """
    settings = settings or RewardSettings()
    return [
        [
            attempt_reward(
                attempt,
                parts=settings.parts,
                aggregate=settings.aggregate,
                mended_earns_nothing=settings.mended_earns_nothing,
            )
            for attempt in group
        ]
        for group in groups
    ]


def teaches(earned: Sequence[Earned], settings: RewardSettings) -> bool:
    """Whether attempts at one request differ in what learning goes by: in reward or, with credit by axis, on an axis.

    Where they do not, none of them becomes an example, and none has to be encoded.
    """
    if settings.by_axis:
        by_axis, _ = axis_advantages([earned], axis_weights(settings.parts))
        return any(advantage is not None for advantage in by_axis[0])
    advantages, _ = group_advantages([earned])
    return any(advantage is not None for advantage in advantages[0])


def examples_of(
    groups: Sequence[Sequence[Sequence[TokenSequence]]],
    earned: Sequence[Sequence[Earned]],
    settings: RewardSettings | None = None,
    *,
    claims: Claims | None = None,
    taught: Taught | None = None,
) -> tuple[list[Example], Counts]:
    """The examples of a step, and who counted in it.

    Args:
        groups: the sequences of each attempt at each request; none of an attempt without token ids.
        earned: what these attempts earned.
        settings: how rewards become advantages, and whether credit is given by axis.
        claims: which parts of a reply an axis judges; a part that no axis claims is judged by all. None: `CLAIMS`.
        taught: how the teacher reads a sequence; None: there is no experience.

    Raises:
        BatchError: groups and what they earned do not match, or an axis claims tokens and is not judged.
    """
    settings = settings or RewardSettings()
    if [len(group) for group in groups] != [len(group) for group in earned]:
        raise BatchError(
            f"the groups have {[len(group) for group in groups]} attempts, and rewards came for "
            f"{[len(group) for group in earned]}; give one reward an attempt, in the same order"
        )
    if not settings.by_axis:
        advantages, counts = group_advantages(earned, divide_by_std=settings.divide_by_std, eps=settings.eps)

        def of_reward(sequence: TokenSequence, advantage: float) -> Example:
            return Example(sequence=sequence, advantage=advantage)

        return _examples(groups, advantages, of_reward, taught), counts
    weights = axis_weights(settings.parts)
    given: Claims = {axis: CLAIMS[axis] for axis in weights} if claims is None else claims
    by_axis, counts = axis_advantages(earned, weights, divide_by_std=settings.divide_by_std, eps=settings.eps)

    def of_axes(sequence: TokenSequence, advantage: AxisAdvantages) -> Example:
        advantage_T = _token_advantages(sequence, advantage, given)
        return Example(sequence=sequence, advantage=sum(advantage.values()), advantage_T=advantage_T)

    return _examples(groups, by_axis, of_axes, taught), counts


def _examples(
    groups: Sequence[Sequence[Sequence[TokenSequence]]],
    worth: Sequence[Sequence[_Worth | None]],
    example: Callable[[TokenSequence, _Worth], Example],
    taught: Taught | None,
) -> list[Example]:
    made: list[Example] = []
    for place, (group, told) in enumerate(zip(groups, worth, strict=True)):
        for sequences, advantage in zip(group, told, strict=True):
            if advantage is None:
                continue
            for sequence in sequences:
                one = example(sequence, advantage)
                made.append(replace(one, teacher=taught(place, sequence)) if taught else one)
    return made


def _token_advantages(sequence: TokenSequence, advantage: AxisAdvantages, claims: Claims) -> torch.Tensor:
    """Each token's advantage, [T]: of the axes that judge its part of the reply."""
    axes = list(advantage)
    if callable(claims):
        claimed = {axis: mask_T[None] for axis, mask_T in claims(sequence).items() if axis in advantage}
    else:
        claimed = {axis: tokens_of(sequence.kind_T[None], kinds) for axis, kinds in claims.items()}
    judged_1TA = judged_by(claimed, axes, sequence.mask_T[None])
    return token_advantages(torch.tensor([[advantage[axis] for axis in axes]]), judged_1TA)[0]
