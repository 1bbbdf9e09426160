"""What a benchmark is: its requests, its judges, how cases are grouped, and how figures of a set combine.

A suite is data and pure functions. Nothing here runs, judges or prints.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from ...errors import RequestError, ScoreError
from ...judge.base import JudgeName
from ...judge.known import known_judge
from ...records import Request, VerdictKind
from ...score import Statistic, Table
from ...store import BadRow, ImageStore
from .figures import Figure, Quantities

Edition = Literal["legacy", "verified"]
"""Of WISE, as published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a benchmark's data."""

    requests: list[Request]
    bad: list[BadRow]
    """Rows that are no request."""
    told: tuple[str, ...] = ()
    """What differs from the published data, one sentence each: other numbers, missing ids, missing targets."""


Read = Callable[[Path | None, ImageStore], Reading]
"""A benchmark's requests from a file or a folder, or made where it takes no data; targets go into the store.

Raises RequestError where the data as a whole cannot be used.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request of a benchmark, as its figures count it."""

    id: str
    """Of the request."""
    groups: Mapping[str, str] = field(default_factory=dict[str, str])
    """By grouping ("track", "category" …) the group it belongs to; a grouping it has no part in is not named."""
    asked: bool = True
    """False: the benchmark has it and the data that was read does not; it counts as zero in a headline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """A figure of the whole set that is made from its groups, each with a weight."""

    name: str
    grouping: str
    weights: Mapping[str, float]
    """By group; they sum to one. Cases of other groups, or of none, are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A figure of a set, ready for `score.bootstrap`."""

    rows: Table
    """One row per case, of quantities that add up."""
    statistic: Statistic
    """From sums of rows to values."""
    strata: tuple[int, ...] | None
    """Which cases are resampled among themselves; None: all."""

    @property
    def value(self) -> float:
        """The figure itself."""
        return float(self.statistic(self.rows.sum(axis=0, keepdims=True))[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A benchmark."""

    name: str
    edition: str | None = None
    """Where there are several that must not be mixed: an edition of WISE, a split of the sketch benchmark."""
    title: str
    judges: tuple[JudgeName, ...]
    """The image judge whose scores its figures are of, then others that may be added."""
    read: Read | None = None
    """None: it is of requests that are there already."""
    cases: Callable[[Sequence[Request]], list[Case]]
    """Everything that a headline counts: a case for each request, then those that the data lacks."""
    groupings: tuple[str, ...]
    """In the order of a report; every case may have a group in each."""
    figures: tuple[Figure, ...]
    """In the order of a report."""
    headline: str
    """Name of the figure that stands for the suite."""
    overall: Overall | None = None
    """How figures of groups make the published overall; None: it is the figure of all cases."""

    def lacks_of(self, judge: str, kind: VerdictKind = "image") -> tuple[str, ...]:
        """Axes that its figures need and a judge of this name does not give; none where the judge is not ours."""
        known = known_judge(judge)
        if known is None:
            return ()
        needed = {axis for figure in self.figures for axis in figure.needs.get(kind, ())}
        return tuple(sorted(needed - known.axes)) if known.kind == kind else tuple(sorted(needed))


def of_the_asked(suite: Suite) -> Suite:
    """The suite over the requests that were asked and no others, for a run that was given only some of them.

    What the data lacks is then no case, and groups make no overall: it is the published one of all of them only.
    """

    def cases(requests: Sequence[Request]) -> list[Case]:
        return [case for case in suite.cases(requests) if case.asked]

    return replace(suite, cases=cases, overall=None)


def labelled_cases(requests: Sequence[Request]) -> list[Case]:
    """A case for each request, grouped by the labels that it carries: track, category and difficulty."""
    return [
        Case(
            id=request.id,
            groups={
                grouping: label
                for grouping, label in (
                    ("track", request.track),
                    ("category", request.category),
                    ("difficulty", request.difficulty),
                )
                if label
            },
        )
        for request in requests
    ]


def no_data(suite: str) -> RequestError:
    """What a suite raises that was given no data to read."""
    return RequestError(f"{suite} is read from files that this package does not have; name them with --data")


def in_ranges(ids: Iterable[int]) -> str:
    """Numbers as ranges: "3, 7–9"."""
    ranges: list[list[int]] = []
    for number in sorted(set(ids)):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{first}–{last}" if first < last else f"{first}" for first, last in ranges)


def count(
    figure: Figure, entries: Sequence[tuple[Case, Quantities | None]], *, overall: Overall | None = None
) -> Counted:
    """A figure of some cases, as rows and a statistic.

    Args:
        figure: which.
        entries: each case with what it adds; None counts as zero, as a headline wants it. For the mean over
            what exists, pass only cases that have something to add.
        overall: make it from groups; None makes it from all cases alike.

    Raises:
        ScoreError: there is no case, or none of a group that the overall needs.
    """
    if overall is not None:
        return _count_groups(figure, entries, overall)
    if not entries:
        raise ScoreError(f"{figure.name} has nothing to average: no case has a score")
    rows = np.array([_row(figure, added) for _, added in entries], dtype=np.float64)
    return Counted(rows=rows, statistic=figure.of_sums, strata=None)


def _count_groups(figure: Figure, entries: Sequence[tuple[Case, Quantities | None]], overall: Overall) -> Counted:
    """Each group has columns of its own, and is resampled within itself."""
    groups = list(overall.weights)
    place_of = {group: place for place, group in enumerate(groups)}
    width = len(figure.missing)
    placed = [
        (place_of[group], added)
        for case, added in entries
        if (group := case.groups.get(overall.grouping, "")) in place_of
    ]
    if empty := place_of.keys() - {groups[place] for place, _ in placed}:
        names = ", ".join(group for group in groups if group in empty)
        raise ScoreError(f"{figure.name} has no {overall.name}: no case of {names} has a score")
    rows = np.zeros((len(placed), len(groups) * width))
    for row, (place, added) in zip(rows, placed, strict=True):
        row[place * width : (place + 1) * width] = _row(figure, added)

    def statistic(sums: Table) -> Table:
        parts = [figure.of_sums(sums[:, place * width : (place + 1) * width]) for place in range(len(groups))]
        return np.sum([weight * part for weight, part in zip(overall.weights.values(), parts, strict=True)], axis=0)

    return Counted(rows=rows, statistic=statistic, strata=tuple(place for place, _ in placed))


def _row(figure: Figure, added: Quantities | None) -> Quantities:
    return figure.missing if added is None else added
