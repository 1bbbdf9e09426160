"""Rewards of attempts, and how much better each is than its group; plain numbers, no tensors.

Two questions are kept apart. What did an attempt earn (`attempt_reward`)? A fault of the world says
nothing about the policy and earns no reward at all, a fault of the policy earns 0. And what is that
worth beside the group's other attempts (`group_advantages`)? Credit by axis is in `credit`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Literal, Self

from ..errors import BatchError, ScoreError
from ..records import Attempt, Failure, StopReason, Verdict
from ..score import AXIS_WEIGHTS, IMAGE_SHARE, Aggregate, image_overall, reward

SUFFICIENCY = "sufficiency"
"""The axis of a program's verdict."""
RewardParts = Literal["image_and_program", "image", "program"]
"""Which judgements make the reward; the published one has both."""
EQUAL = 1e-9
"""Rewards closer than this are equal; sums of the same scores in another order differ by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What one attempt earned."""

    reward: float | None
    """In [0, 1]; None where the world failed, so that nothing is known."""
    axes: Mapping[str, float]
    """Scores in [0, 1] whose sum, weighed by `axis_weights`, is the reward; empty where there is none."""
    failure: Failure | None = None
    """Why there is no reward, or why it is 0 without a judgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Who counted in a step, and who did not."""

    groups: int = 0
    attempts: int = 0
    world_failures: int = 0
    """Attempts that left baseline and loss."""
    policy_failures: int = 0
    """Attempts that earned 0 and stayed in both."""
    lone_groups: int = 0
    """Groups with fewer than two attempts that count: there is nothing to compare."""
    equal_groups: int = 0
    """Groups in which no attempt was better than another."""
    learning: int = 0
    """Attempts that have an advantage."""

    @classmethod
    def of(cls, groups: Sequence[Sequence[Earned]], advantages: Sequence[Sequence[object]]) -> Self:
        """Counts a step, given what each attempt's advantage is; None for one that has none."""
        counting = [sum(earned.reward is not None for earned in group) for group in groups]
        learning = [sum(advantage is not None for advantage in row) for row in advantages]
        failures = [earned.failure for group in groups for earned in group if earned.failure]
        return cls(
            groups=len(groups),
            attempts=sum(map(len, groups)),
            world_failures=sum(failure.whose == "world" for failure in failures),
            policy_failures=sum(failure.whose == "policy" for failure in failures),
            lone_groups=sum(count < 2 for count in counting),
            equal_groups=sum(count >= 2 and not taught for count, taught in zip(counting, learning, strict=True)),
            learning=sum(learning),
        )


def axis_weights(parts: RewardParts = "image_and_program") -> dict[str, float]:
    """The share of each axis in the reward; the shares sum to 1."""
    if parts == "image":
        return dict(AXIS_WEIGHTS)
    if parts == "program":
        return {SUFFICIENCY: 1.0}
    return {axis: IMAGE_SHARE * weight for axis, weight in AXIS_WEIGHTS.items()} | {SUFFICIENCY: 1 - IMAGE_SHARE}


def attempt_reward(
    attempt: Attempt,
    *,
    parts: RewardParts = "image_and_program",
    aggregate: Aggregate = Aggregate.NA_HALF,
    mended_earns_nothing: bool = True,
) -> Earned:
    """What learning maximises, for one attempt.

        R = 0.5 * KScore of the drawn image + 0.5 * sufficiency of the program

    Args:
        attempt: drawn and judged as far as it could be.
        parts: which judgements make the reward, where a run has only one of them.
        aggregate: what becomes of text accuracy where an image needs no readable text.
        mended_earns_nothing: an answer that had faults to the end is a failure of the policy, although a program
            could be made of it. The published system gives such answers 0.

    Raises:
        BatchError: a drawing or a judgement that the reward needs was never tried.
        ScoreError: a verdict lacks an axis.
    """
    failure = _failure(attempt, parts=parts, mended_earns_nothing=mended_earns_nothing)
    if failure and failure.whose == "world":
        return Earned(reward=None, axes={}, failure=failure)
    if failure:
        return Earned(reward=0.0, axes=dict.fromkeys(axis_weights(parts), 0.0), failure=failure)
    if parts == "program":
        sufficiency = _sufficiency(_judged(attempt.program_verdict, attempt, "program"))
        return Earned(reward=sufficiency, axes={SUFFICIENCY: sufficiency})
    image, axes = _image(_judged(attempt.image_verdict, attempt, "image"), aggregate)
    if parts == "image":
        return Earned(reward=image, axes=axes)
    sufficiency = _sufficiency(_judged(attempt.program_verdict, attempt, "program"))
    return Earned(reward=reward(image, sufficiency), axes=axes | {SUFFICIENCY: sufficiency})


def group_advantages(
    groups: Sequence[Sequence[Earned]], *, divide_by_std: bool = True, eps: float = 1e-6
) -> tuple[tuple[tuple[float | None, ...], ...], Counts]:
    """How much better each attempt is than its group; None for one that teaches nothing.

        A_i = (R_i - mean R) / (std R + eps)

    GRPO, DeepSeekMath (arXiv:2402.03300) section 4.1.2. `std` is the sample's (n - 1), as verl and TRL take it.
    Attempts that the world failed are in neither mean nor std. A group with equal rewards, or with fewer than
    two that count, teaches nothing.

    Args:
        groups: what the attempts of each request earned.
        divide_by_std: False gives R - mean R, as in Dr. GRPO (arXiv:2503.20783).
        eps: keeps the division finite; the value is verl's.
    """
    advantages = tuple(_relative_rewards(group, divide_by_std=divide_by_std, eps=eps) for group in groups)
    return advantages, Counts.of(groups, advantages)


def relative(values: Sequence[float], *, divide_by_std: bool, eps: float) -> list[float]:
    """Values less their mean, and over their sample standard deviation if asked; at least two values."""
    mean = fsum(values) / len(values)
    if not divide_by_std:
        return [value - mean for value in values]
    std = sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return [(value - mean) / (std + eps) for value in values]


def all_equal(values: Sequence[float]) -> bool:
    """Whether the values differ by rounding only; true of none and of one."""
    return not values or max(values) - min(values) <= EQUAL


def _relative_rewards(group: Sequence[Earned], *, divide_by_std: bool, eps: float) -> tuple[float | None, ...]:
    rewards = [earned.reward for earned in group if earned.reward is not None]
    if all_equal(rewards):
        return (None,) * len(group)
    told = iter(relative(rewards, divide_by_std=divide_by_std, eps=eps))
    return tuple(None if earned.reward is None else next(told) for earned in group)


def _failure(attempt: Attempt, *, parts: RewardParts, mended_earns_nothing: bool) -> Failure | None:
    """The first thing that went wrong, in the order in which an attempt is made."""
    trajectory = attempt.trajectory
    if trajectory.failure:
        return trajectory.failure
    if trajectory.program is None:
        return Failure(whose="policy", where="rollout", what=f"no program; the attempt ended as {trajectory.stop}")
    if trajectory.mended and mended_earns_nothing:
        # Where time ran out, the policy had no turn left in which to mend its answer itself.
        whose = "world" if trajectory.stop is StopReason.OUT_OF_TIME else "policy"
        return Failure(whose=whose, where="answer", what="; ".join(trajectory.mended))
    if parts != "program":
        if attempt.render and attempt.render.failure:
            return attempt.render.failure
        if attempt.image_verdict and attempt.image_verdict.failure:
            return attempt.image_verdict.failure
    if parts != "image" and attempt.program_verdict:
        return attempt.program_verdict.failure
    return None


def _judged(verdict: Verdict | None, attempt: Attempt, kind: str) -> Verdict:
    if verdict is None:
        raise BatchError(
            f"attempt {attempt.trajectory.id!r} has no {kind} verdict, and the reward needs one; "
            "draw and judge the attempts first, or set the reward's parts to the judgement that there is"
        )
    return verdict


def _image(verdict: Verdict, aggregate: Aggregate) -> tuple[float, dict[str, float]]:
    """KScore, and scores by axis that weigh up to it; one that was not judged stands at what it counts as."""
    needs_text = verdict.text_required is not False
    overall = image_overall(verdict.scores, text_required=needs_text, aggregate=aggregate)
    axes = {axis: verdict.scores[axis] for axis in AXIS_WEIGHTS}
    if not needs_text:
        axes["text_accuracy"] = 0.5 if aggregate is Aggregate.NA_HALF else overall
    return overall, axes


def _sufficiency(verdict: Verdict) -> float:
    if SUFFICIENCY not in verdict.scores:
        raise ScoreError(f"the verdict on program {verdict.of!r} lacks {SUFFICIENCY!r}; judge the program again")
    return verdict.scores[SUFFICIENCY]
