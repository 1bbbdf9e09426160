"""From axis scores to the numbers that are reported and learned from; pure functions.

KScore has three conventions for images that need no readable text, and
published numbers mix them (see `Aggregate`); none is ever reported without its
name. What is missing or failed counts as zero in a headline.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .errors import ScoreError

AXIS_WEIGHTS = {"faithfulness": 0.1, "visual_correctness": 0.4, "text_accuracy": 0.4, "aesthetics": 0.1}
"""Published weights of KScore."""
IMAGE_SHARE = 0.5
"""Published share of the image's score in the reward; the rest is the program's."""
RESAMPLES = 10_000
_CHUNK = 1_000
_TEXT = "text_accuracy"

Table = NDArray[np.float64]


class Aggregate(StrEnum):
    """What becomes of text accuracy where an image needs no readable text."""

    NA_HALF = "na_half"
    """It counts as 0.5; of a set, the mean over images. Reproduces the published tables."""
    NA_SKIPPED = "na_skipped"
    """It is left out of the set's mean text accuracy, and the overall is made from the means."""
    NA_RENORMALISED = "na_renormalised"
    """The other three are scaled up to weigh one, the published words; of a set, the mean over images."""


def image_overall(
    scores: Mapping[str, float], *, text_required: bool, aggregate: Aggregate = Aggregate.NA_HALF
) -> float:
    """KScore of one image, in [0, 1].

    Under NA_SKIPPED, which is defined for sets only, an image that needs no text has the value
    that a set of it alone has: its other axes, scaled up to weigh one.

    Raises:
        ScoreError: an axis is missing.
    """
    if missing := AXIS_WEIGHTS.keys() - scores.keys():
        raise ScoreError(f"the scores lack {min(missing)!r}; expected {', '.join(AXIS_WEIGHTS)}")
    weighed = {axis: weight * scores[axis] for axis, weight in AXIS_WEIGHTS.items()}
    if text_required:
        return sum(weighed.values())
    if aggregate is Aggregate.NA_HALF:
        return sum(weighed.values()) - weighed[_TEXT] + 0.5 * AXIS_WEIGHTS[_TEXT]
    return (sum(weighed.values()) - weighed[_TEXT]) / (1 - AXIS_WEIGHTS[_TEXT])


def reward(image: float, program: float) -> float:
    """What learning maximises: half the drawn image's KScore, half whether the program alone suffices; in [0, 1]."""
    return IMAGE_SHARE * image + (1 - IMAGE_SHARE) * program


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure with its 95% bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def bootstrap(
    rows: Table,
    statistic: Callable[[Table], Table],
    *,
    strata: Sequence[int] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The 95% percentile interval of a statistic under resampling of requests.

    Args:
        rows: one row per request of quantities that add up, shape (requests, k).
        statistic: from sums of rows, shape (n, k), to values, shape (n,). A mean is the sum of one column by that of
            a column of ones; a difference of two runs over the same requests (paired) is one of a column each.
        strata: a group for each row; each group is resampled within itself and keeps its size.
        resamples: how often.
        seed: of the resampling; equal seeds give equal intervals.

    Raises:
        ScoreError: there are no rows.
    """
    if not len(rows):
        raise ScoreError("there is nothing to average: no request was asked")
    random = np.random.default_rng(seed)
    groups = np.zeros(len(rows), dtype=int) if strata is None else np.asarray(strata)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    drawn: list[Table] = []
    for start in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - start)
        sums = np.zeros((size, rows.shape[1]))
        for member in members:
            times = random.multinomial(len(member), np.full(len(member), 1 / len(member)), size=size)
            sums += times @ rows[member]
        drawn.append(statistic(sums))
    low, high = np.nanpercentile(np.concatenate(drawn), [2.5, 97.5])
    value = statistic(rows.sum(axis=0, keepdims=True))[0]
    return Interval(value=float(value), low=float(low), high=float(high))
