"""The scored half of the released files: scores in rows, and the summaries that the released evaluator makes of them.

Its means are over rows that were scored, its overall counts text accuracy as
0.5 where none is needed, and its numbers are rounded one after another. They
are written as it writes them; the figures to report are those of `summary`.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import JsonValue

from ..curate.benchmark_rows import label_of
from ..judge.kscore import KSCORE
from ..records import Verdict
from ..score import AXIS_WEIGHTS, image_overall
from .suites.figures import scores_of
from .suites.knowgen import GROUPS, group_of

Row = dict[str, JsonValue]

CSV_COLUMNS = (
    "split",
    "count_eval_success",
    "denominator",
    "missing_or_failed",
    *AXIS_WEIGHTS,
    "overall",
    "overall_missing_zero",
)
NOT_JUDGED = "not_evaluated"
"""The released evaluator's word for a row that it did not come to."""
LEVELS = KSCORE.form.axes[0].levels
"""The scores that the rubric asks for."""
_NEEDS_NO_TEXT = "text_accuracy_na"
_TEXT = "text_accuracy"
_LABELS = ("eval_type", "category", "difficulty")
_OVERALL = "overall"


class RowError(ValueError):
    """A row of a released file cannot be read; says why."""


def scored_row(row: Row, verdict: Verdict | None) -> Row:
    """A row with what the judge said of its picture."""
    if verdict is None:
        return {**row, "eval_success": False, "scores": None, "error": row.get("error") or NOT_JUDGED}
    if verdict.failure is not None:
        return {**row, "eval_success": False, "scores": None, "error": verdict.failure.what}
    return {**row, "eval_success": True, "scores": _written(verdict), "error": None}


def has_axes(verdict: Verdict | None) -> bool:
    """Whether a verdict has the four axes that the released files hold."""
    return not AXIS_WEIGHTS.keys() - (scores_of(verdict) or {}).keys()


def read_scores(value: object) -> tuple[dict[str, float], bool]:
    """The axes of a row's `scores`, and whether its picture needs text.

    Raises:
        RowError: an axis is missing, or is no number from 0 to 1.
    """
    if not isinstance(value, Mapping):
        raise RowError(f"scores is {value!r}; expected an object with {', '.join(AXIS_WEIGHTS)}")
    fields = cast(Mapping[str, Any], value)
    scores: dict[str, float] = {}
    for axis in AXIS_WEIGHTS:
        score = fields.get(axis)
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            raise RowError(f"{axis} is {score!r}; expected a number from 0 to 1")
        scores[axis] = float(score)
    flag = fields.get(_NEEDS_NO_TEXT, False)
    if not isinstance(flag, bool):
        raise RowError(f"{_NEEDS_NO_TEXT} is {flag!r}; expected true or false")
    return scores, not flag


def is_between_levels(scores: Mapping[str, float]) -> bool:
    """Whether a score is none of the levels that the rubric asks for; the released evaluator takes it all the same."""
    return any(score not in LEVELS for score in scores.values())


def overall_differs(value: Mapping[str, Any], scores: Mapping[str, float], *, text_required: bool) -> bool:
    """Whether a row states an overall that its axes do not make, to the two decimals that it is written with."""
    stated = value.get(_OVERALL)
    if stated is None:
        return False
    made = image_overall(scores, text_required=text_required)
    is_number = isinstance(stated, int | float) and math.isfinite(stated)
    return not is_number or abs(stated - made) > 0.005 + 1e-9


def summary_items(rows: Sequence[Row]) -> list[Row]:
    """What follows the rows in `results_eval.json`: the means of each part, then those of all.

    The parts are the rows' `eval_type`; of rows without one, the predecessor's two groups of categories.
    """
    if any(label_of(row, "eval_type") for row in rows):
        parts = {f"eval_type:{name}": members for name, members in _by_label(rows, "eval_type").items()}
    else:
        parts = {group: [row for row in rows if group_of(label_of(row, "category") or "") == group] for group in GROUPS}
    return [_item(name, members) for name, members in (*parts.items(), ("overall_avg", rows))]


def summary(rows: Sequence[Row], *, eval_json: str) -> Row:
    """The content of `summary.json`."""
    drawn = {True: [row for row in rows if row.get("success")], False: [row for row in rows if not row.get("success")]}
    by_label = {
        f"by_{label}": {name: _metrics(members) for name, members in _by_label(rows, label).items()}
        for label in _LABELS
    }
    return {
        "eval_json": eval_json,
        "total_cases": len(rows),
        "all": _metrics(rows),
        **cast(Row, by_label),
        "missing_case_ids": [_case_id(row) for row in drawn[False]],
        "failed_case_ids": [_case_id(row) for row in drawn[True] if not row["eval_success"]],
    }


def summary_csv(summary: Row) -> str:
    """The content of `summary.csv`, from that of `summary.json`."""
    lines = [("all", cast(Row, summary["all"]))]
    for label in _LABELS:
        splits = cast(dict[str, Row], summary[f"by_{label}"])
        lines += [(f"{label}:{name}", metrics) for name, metrics in sorted(splits.items())]
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS)
    writer.writeheader()
    writer.writerows({**metrics, "split": split} for split, metrics in lines)
    return out.getvalue()


def _written(verdict: Verdict) -> Row:
    needs_text = verdict.text_required is not False
    axes: dict[str, float] = {axis: verdict.scores[axis] for axis in AXIS_WEIGHTS}
    if not needs_text:
        axes[_TEXT] = 0.5
    scores: Row = {"rationale": verdict.rationale, **axes}
    scores[_OVERALL] = round(image_overall(axes, text_required=needs_text), 2)
    return scores if needs_text else {**scores, _NEEDS_NO_TEXT: True}


def _metrics(rows: Sequence[Row]) -> Row:
    """Means over scored rows, and the overall with all others as zero; an average of nothing is 0, as released."""
    scored = _scores(rows)
    means = {key: _mean([cast(float, scores[key]) for scores in scored]) for key in (*AXIS_WEIGHTS, _OVERALL)}
    zeroed = round(means[_OVERALL] * len(scored) / len(rows), 4) if rows else 0.0
    return {
        **means,
        "count_eval_success": len(scored),
        "denominator": len(rows),
        "missing_or_failed": len(rows) - len(scored),
        "overall_missing_zero": zeroed,
    }


def _item(name: str, rows: Sequence[Row]) -> Row:
    """Means in which text accuracy is over rows that need text, and the overall is made from the means."""
    scored = _scores(rows)
    means: dict[str, float] = {}
    for axis in AXIS_WEIGHTS:
        counted = [scores for scores in scored if axis != _TEXT or not scores.get(_NEEDS_NO_TEXT)]
        none = 0.5 if axis == _TEXT and scored else 0.0
        means[axis] = _mean([cast(float, scores[axis]) for scores in counted]) if counted else none
    means[_OVERALL] = round(sum(weight * means[axis] for axis, weight in AXIS_WEIGHTS.items()), 4)
    return {"summary_type": name, "avg_scores": cast(Row, means), "count": len(scored)}


def _scores(rows: Sequence[Row]) -> list[Row]:
    return [cast(Row, row["scores"]) for row in rows if row["eval_success"]]


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _by_label(rows: Sequence[Row], label: str) -> dict[str, list[Row]]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(label_of(row, label) or "unknown", []).append(row)
    return dict(sorted(parts.items()))


def _case_id(row: Row) -> JsonValue:
    return label_of(row, "case_id") or label_of(row, "source_id") or row["id"]
