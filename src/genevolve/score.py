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
_CHUNK = 120_000
"""Rows that are drawn at once: as many as a processor's cache has room for."""
_BLOCK = 2_500_000
"""Rows that are summed at once: each call of the summing waits for all processors."""
_PATTERNS_PAY = 8
"""Drawing how often a pattern comes costs as much as drawing so many rows."""
_TEXT = "text_accuracy"

Table = NDArray[np.float64]
Counts = NDArray[np.int64]
Statistic = Callable[[Table], Table]


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
    statistic: Statistic,
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
        seed: of the resampling; equal seeds give equal intervals, in whatever order the rows come.

    Raises:
        ScoreError: there are no rows, or they give the statistic nothing to average.
    """
    return bootstrap_each(rows, [statistic], strata=strata, resamples=resamples, seed=seed)[0]


def bootstrap_each(
    rows: Table,
    statistics: Sequence[Statistic],
    *,
    strata: Sequence[int] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Interval]:
    """`bootstrap` of several statistics of the same rows, from one resampling.

    Raises:
        ScoreError: there are no rows, or they give a statistic nothing to average.
    """
    if not len(rows):
        raise ScoreError("there is nothing to average: no request was asked")
    random = np.random.default_rng(seed)
    groups = np.zeros(len(rows), dtype=int) if strata is None else np.asarray(strata)
    # Figures share columns, such as their ones. Kept in order, so that the rows' order decides nothing.
    place_of: dict[bytes, int] = {}
    column_of = [place_of.setdefault(column.tobytes(), len(place_of)) for column in rows.T]
    columns = rows[:, [column_of.index(place) for place in place_of.values()]]
    total, drawn = np.zeros((1, columns.shape[1])), np.zeros((resamples, columns.shape[1]))
    for group in np.unique(groups):
        patterns, times = np.unique(columns[groups == group], axis=0, return_counts=True)
        total += times @ patterns
        drawn += _resampled_sums(patterns, times, resamples, random)
    total, drawn = total[:, column_of], drawn[:, column_of]
    return [_interval(float(statistic(total)[0]), statistic(drawn)) for statistic in statistics]


def _interval(value: float, drawn: Table) -> Interval:
    if not np.isfinite(value):
        raise ScoreError("there is nothing to average: no request has what the figure counts")
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Interval(value=value, low=float(low), high=float(high))


def _resampled_sums(patterns: Table, times: Counts, resamples: int, random: np.random.Generator) -> Table:
    """Sums over as many rows as there are, drawn with replacement, for each resample.

    Args:
        patterns: the different rows; most judges know few scores, so thousands of rows are a hundred patterns.
        times: how often each stands there.
    """
    size = int(times.sum())
    if _PATTERNS_PAY * len(patterns) <= size:
        return random.multinomial(size, times / size, size=resamples) @ patterns
    rows = np.repeat(patterns, times, axis=0)
    sums = [_counted(count, size, random) @ rows for count in _chunks(resamples, most=max(1, _BLOCK // size))]
    return np.concatenate(sums)


def _counted(resamples: int, size: int, random: np.random.Generator) -> Table:
    """How often each of so many rows is drawn in each resample."""
    counts = np.empty((resamples, size))
    start = 0
    for several in _chunks(resamples, most=max(1, _CHUNK // size)):
        drawn = random.integers(0, size, size=(several, size))
        drawn += np.arange(several)[:, None] * size  # a range of numbers for each resample
        times = np.bincount(drawn.ravel(), minlength=several * size)
        counts[start : start + several] = times.reshape(several, size)
        start += several
    return counts


def _chunks(total: int, *, most: int) -> list[int]:
    return [min(most, total - start) for start in range(0, total, most)]
