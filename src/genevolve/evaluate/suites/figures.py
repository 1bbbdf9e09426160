"""The figures of a benchmark: how one judged attempt counts, and how sums over a set become a number.

A figure is written as quantities that add up, so that a mean, an interval
and a paired difference all come from the same sums (see `score.bootstrap`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ...records import Attempt, Verdict, VerdictKind
from ...score import AXIS_WEIGHTS, Aggregate, Statistic, Table, image_overall, reward

Quantities = tuple[float, ...]

Needs = Mapping[VerdictKind, frozenset[str]]
"""By kind of verdict the axes that must be in it."""

_TEXT = "text_accuracy"
_KSCORE: Needs = {"image": frozenset(AXIS_WEIGHTS)}
_SUFFICIENCY: Needs = {"program": frozenset({"sufficiency"})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number about a set of requests, in [0, 1]."""

    name: str
    """As it is reported: "faithfulness", "na_half", "wiscore"."""
    says: str
    """What it is, in a few words."""
    needs: Needs
    """What it is made from; where nobody judged a kind, or by other axes, the figure cannot be had."""
    quantities: Callable[[Attempt], Quantities | None]
    """What one attempt adds; None where a verdict that it needs is missing or has failed."""
    missing: Quantities
    """What a request adds to a headline that has nothing to show: it lowers the figure as a score of zero does."""
    of_sums: Statistic
    """From sums of quantities, shape (n, k), to values, shape (n,); NaN where the set has nothing to average."""


def scores_of(verdict: Verdict | None) -> dict[str, float] | None:
    """The scores of a verdict that did not fail."""
    return verdict.scores if verdict is not None and verdict.failure is None and verdict.scores else None


def mean_figure(name: str, says: str, value: Callable[[Attempt], float | None], *, needs: Needs) -> Figure:
    """A figure that is the mean of one value per request."""

    def quantities(attempt: Attempt) -> Quantities | None:
        known = value(attempt)
        return None if known is None else (known, 1.0)

    return Figure(name=name, says=says, needs=needs, quantities=quantities, missing=(0.0, 1.0), of_sums=_ratio)


def axis_figure(axis: str, says: str, *, kind: VerdictKind = "image") -> Figure:
    """The mean of one axis over a set."""

    def value(attempt: Attempt) -> float | None:
        scores = scores_of(attempt.image_verdict if kind == "image" else attempt.program_verdict)
        return None if scores is None else scores.get(axis)

    return mean_figure(axis, says, value, needs={kind: frozenset({axis})})


def _judged(attempt: Attempt) -> tuple[dict[str, float], bool] | None:
    """The four axes of a picture, and whether it needs text."""
    verdict = attempt.image_verdict
    scores = scores_of(verdict)
    if verdict is None or scores is None or AXIS_WEIGHTS.keys() - scores.keys():
        return None
    return scores, verdict.text_required is not False


def _text_with_half(attempt: Attempt) -> float | None:
    if (judged := _judged(attempt)) is None:
        return None
    scores, needs_text = judged
    return scores[_TEXT] if needs_text else 0.5


def _text_where_needed(attempt: Attempt) -> Quantities | None:
    if (judged := _judged(attempt)) is None:
        return None
    scores, needs_text = judged
    return (scores[_TEXT], 1.0) if needs_text else (0.0, 0.0)


def _kscore(aggregate: Aggregate) -> Callable[[Attempt], float | None]:
    def value(attempt: Attempt) -> float | None:
        if (judged := _judged(attempt)) is None:
            return None
        scores, needs_text = judged
        return image_overall(scores, text_required=needs_text, aggregate=aggregate)

    return value


def _skipped_quantities(attempt: Attempt) -> Quantities | None:
    judged, text = _judged(attempt), _text_where_needed(attempt)
    if judged is None or text is None:
        return None
    others = sum(weight * judged[0][axis] for axis, weight in AXIS_WEIGHTS.items() if axis != _TEXT)
    return (others, 1.0, *text)


def _skipped_of_sums(sums: Table) -> Table:
    """The weighted means; in a set that needs no text, the other axes scaled up to weigh one."""
    others = _ratio(sums[:, :2])
    text = _ratio(sums[:, 2:])
    weight = AXIS_WEIGHTS[_TEXT]
    return np.where(np.isnan(text), others / (1 - weight), others + weight * text)


def _ratio(sums: Table) -> Table:
    total, count = sums[:, 0], sums[:, 1]
    return np.divide(total, count, out=np.full(len(sums), np.nan), where=count > 0)


def _reward(attempt: Attempt) -> float | None:
    image = _kscore(Aggregate.NA_HALF)(attempt)
    program = (scores_of(attempt.program_verdict) or {}).get("sufficiency")
    return None if image is None or program is None else reward(image, program)


KSCORE_FIGURES = (
    axis_figure("faithfulness", "does the picture show what was asked"),
    axis_figure("visual_correctness", "does it look like the target where looks must be known"),
    mean_figure("text_accuracy", "is the text right; 0.5 where none is needed", _text_with_half, needs=_KSCORE),
    Figure(
        name="text_accuracy_where_needed",
        says="is the text right, over pictures that need text",
        needs=_KSCORE,
        quantities=_text_where_needed,
        missing=(0.0, 1.0),
        of_sums=_ratio,
    ),
    axis_figure("aesthetics", "is it well made"),
    mean_figure(Aggregate.NA_HALF, "KScore, text 0.5 where none is needed", _kscore(Aggregate.NA_HALF), needs=_KSCORE),
    Figure(
        name=Aggregate.NA_SKIPPED,
        says="KScore from the mean axes, text over pictures that need it",
        needs=_KSCORE,
        quantities=_skipped_quantities,
        missing=(0.0, 1.0, 0.0, 1.0),
        of_sums=_skipped_of_sums,
    ),
    mean_figure(
        Aggregate.NA_RENORMALISED,
        "KScore, the other axes scaled up where no text is needed",
        _kscore(Aggregate.NA_RENORMALISED),
        needs=_KSCORE,
    ),
)
"""The four axes and the three named aggregates; `na_half` is the one of the published tables."""

PROGRAM_FIGURES = (
    axis_figure("sufficiency", "does the program alone suffice", kind="program"),
    mean_figure(
        "reward", "half the KScore (na_half), half the sufficiency", _reward, needs={**_KSCORE, **_SUFFICIENCY}
    ),
)
"""What a program judge adds."""
