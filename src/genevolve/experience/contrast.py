"""What sets the attempts of one group apart: the best and the worst, and over all of them each axis and choice.

An attempt whose reward is missing failed through the world and says nothing
about the policy: it is in no comparison. Everything here is computed from
records, and equal groups give equal contrasts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from ..errors import ScoreError
from ..records import Attempt, Group
from .choices import Choice, choices_of

MIN_GAP = 0.20
"""Published: a smaller difference of rewards teaches nothing."""
MOST_A_STEP = 8
"""Published: comparisons a step."""
_ROUNDING = 1e-9
_TEXT = "text_accuracy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How an axis stood where a choice was made, and where it was not."""

    choice: Choice
    with_it: float
    """Mean score of the attempts that made it."""
    without_it: float
    times: int
    """How many made it."""
    of: int
    """How many were judged on the axis."""

    @property
    def difference(self) -> float:
        """Above zero: where it was made, the score was higher."""
        return self.with_it - self.without_it

    @property
    def weight(self) -> float:
        """The share of the axis's variance over the group that the choice accounts for, unnormalised."""
        return self.difference**2 * self.times * (self.of - self.times)


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisContrast:
    """One axis over a group."""

    axis: str
    best: float | None
    """Score of the best attempt; None where it was not judged on this axis."""
    worst: float | None
    spread: float
    """Highest less lowest score of the group."""
    effects: tuple[Effect, ...]
    """Of the choices that some attempts made and others did not, those that divide the scores most first."""

    @property
    def gap(self) -> float:
        """Score of the best less that of the worst; 0 where either was not judged."""
        return 0.0 if self.best is None or self.worst is None else self.best - self.worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The best and the worst attempt of a group, and what set its attempts apart."""

    group: Group
    best: Attempt
    worst: Attempt
    gap: float
    """Difference of their rewards."""
    axes: tuple[AxisContrast, ...]
    """The axis on which best and worst differ most first."""
    compared: int
    """Attempts of the group that count."""

    @property
    def only_best(self) -> frozenset[Choice]:
        """What the best did and the worst did not."""
        return choices_of(self.best.trajectory) - choices_of(self.worst.trajectory)

    @property
    def only_worst(self) -> frozenset[Choice]:
        """What the worst did and the best did not."""
        return choices_of(self.worst.trajectory) - choices_of(self.best.trajectory)


def contrast(group: Group, rewards: Sequence[float | None], *, min_gap: float = MIN_GAP) -> Contrast | None:
    """The contrast of a group; None where its rewards are closer than `min_gap`.

    Of equal rewards the earlier attempt is taken, for the best and for the worst.

    Args:
        rewards: one for each attempt, None where the world failed.

    Raises:
        ScoreError: there are not as many rewards as attempts.
    """
    if len(rewards) != len(group.attempts):
        raise ScoreError(
            f"the group of request {group.request.id!r} has {len(group.attempts)} attempts and {len(rewards)} rewards; "
            "give one for each, None where the world failed"
        )
    counted = [
        (reward, attempt)
        for reward, attempt in zip(rewards, group.attempts, strict=True)
        if reward is not None and not _failed_through_the_world(attempt)
    ]
    if not counted:
        return None
    high, best = min(counted, key=lambda pair: (-pair[0], *_order(pair[1])))
    low, worst = min(counted, key=lambda pair: (pair[0], *_order(pair[1])))
    # Rewards are sums of twentieths, and 0.7 - 0.5 is a little less than 0.2 in binary.
    if high - low < min_gap - _ROUNDING or best is worst:
        return None
    attempts = [attempt for _, attempt in counted]
    return Contrast(
        group=group, best=best, worst=worst, gap=high - low, axes=_axes(attempts, best, worst), compared=len(attempts)
    )


def contrasts(
    groups: Iterable[tuple[Group, Sequence[float | None]]], *, min_gap: float = MIN_GAP, most: int = MOST_A_STEP
) -> list[Contrast]:
    """The contrasts of a step's groups, in their order; where there are more than `most`, those of the widest gaps.

    Raises:
        ScoreError: as for `contrast`.
    """
    found = [made for group, rewards in groups if (made := contrast(group, rewards, min_gap=min_gap))]
    widest = sorted(range(len(found)), key=lambda index: (-found[index].gap, index))[:most]
    return [found[index] for index in sorted(widest)]


def axis_scores(attempt: Attempt) -> dict[str, float]:
    """What an attempt was judged on, of its image and of its program.

    Text accuracy is left out where the image needs no text: it stands at a half there, whatever was done.
    """
    image, program = attempt.image_verdict, attempt.program_verdict
    scores = dict(image.scores) if image else {}
    if image and image.text_required is False:
        scores.pop(_TEXT, None)
    return scores | (dict(program.scores) if program else {})


def _axes(attempts: list[Attempt], best: Attempt, worst: Attempt) -> tuple[AxisContrast, ...]:
    scores = [axis_scores(attempt) for attempt in attempts]
    choices = [choices_of(attempt.trajectory) for attempt in attempts]
    of_best, of_worst = axis_scores(best), axis_scores(worst)
    made: list[AxisContrast] = []
    for axis in sorted({axis for some in scores for axis in some}):
        judged = [(some[axis], chosen) for some, chosen in zip(scores, choices, strict=True) if axis in some]
        values = [value for value, _ in judged]
        made.append(
            AxisContrast(
                axis=axis,
                best=of_best.get(axis),
                worst=of_worst.get(axis),
                spread=max(values) - min(values),
                effects=_effects(judged),
            )
        )
    return tuple(sorted(made, key=lambda one: (-one.gap, -one.spread, one.axis)))


def _effects(judged: list[tuple[float, frozenset[Choice]]]) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    for choice in sorted({choice for _, chosen in judged for choice in chosen}):
        with_it = [value for value, chosen in judged if choice in chosen]
        without = [value for value, chosen in judged if choice not in chosen]
        if without and fmean(with_it) != fmean(without):
            effects.append(
                Effect(
                    choice=choice,
                    with_it=fmean(with_it),
                    without_it=fmean(without),
                    times=len(with_it),
                    of=len(judged),
                )
            )
    return tuple(sorted(effects, key=lambda effect: (-effect.weight, effect.choice)))


def _order(attempt: Attempt) -> tuple[int, str]:
    return attempt.trajectory.attempt, attempt.trajectory.id


def _failed_through_the_world(attempt: Attempt) -> bool:
    failure = attempt.trajectory.failure
    return failure is not None and failure.whose == "world"
