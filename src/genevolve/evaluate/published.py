"""Numbers that others published, how far they agree with themselves, and what of ours may stand beside them.

A published number is known to its last digit only: it stands for every value
that rounds to it. A table agrees with itself where the values that its parts
allow meet the values that its whole allows.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from ..judge.known import known_judge
from ..records import JudgeInfo, Track
from ..score import AXIS_WEIGHTS
from .suites.base import Edition
from .suites.genevolve_bench import REQUESTS_BY_TRACK
from .suites.wise import SHAPES

_DATED = r"(?:-\d{4}-\d{2}-\d{2})?"
"""What a server adds to a model's name for the state of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which number it is: a figure of a group of requests."""

    group: str
    """"all", "track:…", "category:…", or the weighted "overall"."""
    figure: str

    def __str__(self) -> str:
        return f"{self.group}/{self.figure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """One line of a published table."""

    benchmark: str
    edition: Edition | None
    source: str
    judge: str
    """The judge of ours that asks the same."""
    judge_model: str
    aggregate: str
    """Name of the figure that the table is sorted by: "na_half", "wiscore"."""
    method: str
    """The agent; "" where the request went to the renderer as it was."""
    renderer: str
    """"" where the source names none."""
    figures: Mapping[Place, Decimal]
    """With all digits that were printed."""

    @property
    def name(self) -> str:
        """As a table calls it: "GenEvolve + Nano Banana Pro"."""
        return " + ".join(part for part in (self.method, self.renderer) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCheck:
    """A published number beside what its parts make of it."""

    row: PublishedRow
    says: str
    """"KScore from its axes", "KScore from its tracks", "overall from its categories"."""
    published: Decimal
    recomputed: Fraction
    """From the parts as printed."""
    low: Fraction
    """The least that the parts allow before they were rounded."""
    high: Fraction
    """The most."""

    @property
    def difference(self) -> float:
        """Published less recomputed."""
        return float(Fraction(self.published) - self.recomputed)

    @property
    def explained(self) -> bool:
        """Whether rounding explains the difference."""
        least, most = _before_rounding(self.published)
        return self.low <= most and least <= self.high


def published_rows(benchmark: str, *, edition: str | None = None) -> list[PublishedRow]:
    """The published rows of a benchmark, in the order of their table; none where nothing is known."""
    return [row for row in _all_rows() if (row.benchmark, row.edition) == (benchmark, edition)]


def not_comparable(
    row: PublishedRow, *, benchmark: str, edition: str | None, judge: JudgeInfo | None, aggregate: str
) -> str | None:
    """Why a figure of ours may not be compared with a published row; None where it may.

    A model is the same where its name is, whoever serves it ("google/…") and of whatever day ("…-2024-05-13").
    A rubric is taken for the published one where it is the bundled one, which is our own wording of it.
    """
    if benchmark != row.benchmark:
        return f"published on {row.benchmark}, this is {benchmark}"
    if edition != row.edition:
        return f"published on the {row.edition or 'unnamed'} edition, this is the {edition or 'unnamed'} one"
    if judge is None or not _same_model(judge.model, row.judge_model):
        return f"judged by {row.judge_model}, this by {(judge and judge.model) or 'no model'}"
    if judge.name != row.judge:
        return f"judged as {row.judge} asks, this as {judge.name} does"
    if (bundled := known_judge(row.judge)) is None or judge.rubric is None or judge.rubric != bundled.rubric:
        return f"judged by the published rubric, this by {'another' if judge.rubric else 'one that is not known'}"
    if aggregate != row.aggregate:
        return f"published as {row.aggregate}, this is {aggregate}"
    return None


def check_published() -> list[RowCheck]:
    """Every published number that is made of others in its row, beside what they make.

    KScore from the four axes by their weights and from the two tracks by their sizes; WISE overalls from
    the categories by the weights of their edition.
    """
    return [check for row in _all_rows() for check in _checks_of(row)]


def unexplained(checks: Sequence[RowCheck]) -> list[RowCheck]:
    """Those that rounding cannot explain."""
    return [check for check in checks if not check.explained]


def check_table(checks: Sequence[RowCheck]) -> list[list[str]]:
    """Checks as cells, their header first."""
    header = ["benchmark", "row", "check", "published", "recomputed", "difference", "rounding allows", "explained"]
    return [header, *(_cells(check) for check in checks)]


def _cells(check: RowCheck) -> list[str]:
    return [
        check.row.benchmark if check.row.edition is None else f"{check.row.benchmark} {check.row.edition}",
        check.row.name,
        check.says,
        str(check.published),
        f"{float(check.recomputed):.6f}",
        f"{check.difference:+.6f}",
        f"{float(check.low):.6f} to {float(check.high):.6f}",
        "yes" if check.explained else "no",
    ]


def _checks_of(row: PublishedRow) -> list[RowCheck]:
    if row.benchmark == "wise" and row.edition is not None:
        overall = Place(group="overall", figure=row.aggregate)
        return [_check(row, "overall from its categories", overall, _wise_weights(row.edition))]
    whole = Place(group="all", figure=row.aggregate)
    axes = {Place(group="all", figure=axis): _exact(weight) for axis, weight in AXIS_WEIGHTS.items()}
    requests = sum(REQUESTS_BY_TRACK.values())
    tracks = {
        Place(group=f"track:{track}", figure=row.aggregate): Fraction(REQUESTS_BY_TRACK[track], requests)
        for track in Track
    }
    return [_check(row, "KScore from its axes", whole, axes), _check(row, "KScore from its tracks", whole, tracks)]


def _wise_weights(edition: Edition) -> dict[Place, Fraction]:
    return {
        Place(group=f"category:{category}", figure="wiscore"): _exact(weight)
        for category, weight in SHAPES[edition].weights.items()
    }


def _check(row: PublishedRow, says: str, whole: Place, weights: Mapping[Place, Fraction]) -> RowCheck:
    parts = [(weight, row.figures[place]) for place, weight in weights.items()]
    ranges = [(weight, *_before_rounding(printed)) for weight, printed in parts]
    return RowCheck(
        row=row,
        says=says,
        published=row.figures[whole],
        recomputed=sum((weight * Fraction(printed) for weight, printed in parts), Fraction(0)),
        low=sum((weight * least for weight, least, _ in ranges), Fraction(0)),
        high=sum((weight * most for weight, _, most in ranges), Fraction(0)),
    )


def _before_rounding(printed: Decimal) -> tuple[Fraction, Fraction]:
    """The least and the most in [0, 1] that a printed number may stand for."""
    half, value = _half_unit(printed), Fraction(printed)
    return max(value - half, Fraction(0)), min(value + half, Fraction(1))


def _half_unit(printed: Decimal) -> Fraction:
    """Half a unit of the last printed digit."""
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int), "a published number is finite"
    return Fraction(1, 2) * Fraction(10) ** exponent


def _exact(weight: float) -> Fraction:
    """0.1 as one tenth."""
    return Fraction(str(weight))


def _same_model(ours: str | None, published: str) -> bool:
    name = (ours or "").rpartition("/")[2]
    return re.fullmatch(re.escape(published) + _DATED, name, re.IGNORECASE) is not None


@cache
def _all_rows() -> tuple[PublishedRow, ...]:
    text = Path(__file__).with_name("published.toml").read_text(encoding="utf-8")
    return tuple(
        PublishedRow(
            benchmark=table["benchmark"],
            edition=table.get("edition"),
            source=table["source"],
            judge=table["judge"],
            judge_model=table["judge_model"],
            aggregate=table["aggregate"],
            method=row.get("method", ""),
            renderer=row.get("renderer", ""),
            figures=dict(zip(map(_place, table["columns"]), row["figures"], strict=True)),
        )
        for table in tomllib.loads(text, parse_float=Decimal)["table"]
        for row in table["rows"]
    )


def _place(column: str) -> Place:
    group, _, figure = column.partition("/")
    return Place(group=group, figure=figure)
