"""The figures of a run: each with its name, what it rests on, and an interval; written to `report.json`.

What is missing or failed counts as zero in a headline; the mean over what
exists stands beside it. A figure that cannot be had says why, and is never a zero.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path

import numpy as np

from ..errors import ScoreError
from ..records import Attempt, JudgeInfo, Record, Request, StoredRecord, VerdictKind
from ..score import RESAMPLES, Interval, Statistic, Table, bootstrap_each
from ..store import write_whole
from .measured import Added, Makers, Measured, measure
from .suites.base import Case, Counted, Overall, Suite, count, in_ranges
from .suites.figures import Figure, scores_of

WHOLE = "all"
"""The grouping of all cases alike."""
PUBLISHED = "overall"
"""The grouping of a figure that is made from groups, as the benchmark's own overall is."""
REPORT = "report.json"
_PLACES = 6


class Failures(Record):
    """Attempts that ended at the same place."""

    stage: str
    """"rollout", "render", "judge image" or "judge program"."""
    whose: str
    where: str
    count: int


class Counts(Record):
    """How far the attempts at some cases came."""

    cases: int
    """Requests that the benchmark has: the denominator of a headline."""
    asked: int
    """Of those, how many the data had."""
    attempts: int
    answered: int
    """Attempts that have a program."""
    drawn: int
    judged: int
    """Attempts whose picture has scores."""
    failures: tuple[Failures, ...] = ()


class FigureValue(Record):
    """One figure of one group."""

    name: str
    headline: float | None = None
    """Missing and failed as zero."""
    low: float | None = None
    high: float | None = None
    """Its 95% interval."""
    denominator: int = 0
    """Cases that the headline counts."""
    mean: float | None = None
    """Over what exists."""
    count: int = 0
    """Cases that the mean counts."""
    absent: str = ""
    """Why a number is not there."""


class GroupSummary(Record):
    """The figures of one group of cases."""

    grouping: str
    """"all", "overall", or one of the suite's: "track", "category" …"""
    group: str
    counts: Counts
    figures: tuple[FigureValue, ...]

    def figure(self, name: str) -> FigureValue | None:
        """The figure of this name."""
        return next((figure for figure in self.figures if figure.name == name), None)


class Summary(StoredRecord):
    """All figures of a run of a benchmark."""

    suite: str
    edition: str | None
    title: str
    headline: str
    """Name of the figure that stands for the benchmark."""
    makers: Makers
    attempts_each: int
    groups: tuple[GroupSummary, ...]
    """All cases first, then the benchmark's own overall, then group by group."""
    says: dict[str, str]
    """What each figure is, by name."""
    missing: tuple[str, ...]
    """Ids that the benchmark has and the data has not, as ranges."""
    unscored: tuple[str, ...]
    """Ids of requests that have no headline figure, as ranges."""
    told: tuple[str, ...]
    resamples: int
    seed: int
    package: str

    @property
    def stands_for_it(self) -> tuple[GroupSummary, FigureValue]:
        """The group and the figure that stand for the benchmark."""
        group = next((group for group in self.groups if group.grouping == PUBLISHED), self.groups[0])
        figure = group.figure(self.headline)
        assert figure is not None, "a suite's headline is one of its figures"
        return group, figure


def summarise(
    suite: Suite,
    requests: Sequence[Request],
    attempts: Iterable[Attempt],
    *,
    judges: Mapping[VerdictKind, JudgeInfo] | None = None,
    attempts_each: int = 1,
    told: Sequence[str] = (),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Summary:
    """The figures of a run.

    Args:
        requests: all that were read of the benchmark, answered or not.
        attempts: with their verdicts; of one policy, renderer and judge of each kind.
        judges: who judged; None reads it from the verdicts.
        attempts_each: how many attempts a request was to have; those that are not there count as missing.
        told: what else a reader of the figures must know, one sentence each.

    Raises:
        ScoreError: there is no case, or the attempts are of several policies, renderers or judges.
    """
    measured = measure(suite, requests, attempts, judges=judges, attempts_each=attempts_each)
    if not measured.cases:
        raise ScoreError(f"{suite.title} has no cases to summarise; read its data first")
    strays = f"{measured.strays} attempts are at requests that the benchmark does not have; they count nowhere"
    return Summary(
        suite=suite.name,
        edition=suite.edition,
        title=suite.title,
        headline=suite.headline,
        makers=measured.makers,
        attempts_each=attempts_each,
        groups=tuple(_groups(measured, resamples, seed)),
        says={figure.name: figure.says for figure in suite.figures},
        missing=id_ranges(case.id for case in measured.cases if not case.asked),
        unscored=id_ranges(_unscored(measured)),
        told=tuple(dict.fromkeys([*told, *([strays] if measured.strays else [])])),
        resamples=resamples,
        seed=seed,
        package=metadata.version("genevolve"),
    )


def write_summary(summary: Summary, folder: Path, *, name: str = REPORT) -> Path:
    """Write a report into a run's folder; equal summaries give equal bytes.

    Raises:
        StoreError: it cannot be written.
    """
    path = folder / name
    write_whole(path, (summary.model_dump_json(indent=2) + "\n").encode())
    return path


def read_summary(folder: Path) -> Summary:
    """The summary of a run's folder.

    Raises:
        FileNotFoundError: there is none.
    """
    return Summary.model_validate_json(folder.joinpath(REPORT).read_bytes())


def groups_of(suite: Suite, cases: Sequence[Case]) -> Iterator[tuple[str, str, list[int]]]:
    """Grouping, group and places of its cases: all cases, then each group of each grouping by name."""
    yield WHOLE, WHOLE, list(range(len(cases)))
    for grouping in suite.groupings:
        members: dict[str, list[int]] = {}
        for place, case in enumerate(cases):
            if grouping in case.groups:
                members.setdefault(case.groups[grouping], []).append(place)
        for group in sorted(members):
            yield grouping, group, members[group]


def is_part(case: Case, overall: Overall) -> bool:
    """Whether an overall that is made from groups counts this case."""
    return case.groups.get(overall.grouping) in overall.weights


def id_ranges(ids: Iterable[str]) -> tuple[str, ...]:
    """Ids in order, those that are numbers as ranges: "3", "7–9", "ex01"."""
    known = set(ids)
    numbers = {name for name in known if name.isascii() and name.isdecimal() and name == str(int(name))}
    ranges = in_ranges(map(int, numbers)).split(", ") if numbers else []
    return (*ranges, *sorted(known - numbers))


def _groups(measured: Measured, resamples: int, seed: int) -> Iterator[GroupSummary]:
    whole = list(range(len(measured.cases)))
    for number, (grouping, group, places) in enumerate(groups_of(measured.suite, measured.cases)):
        figures = _figures(measured, places, None, resamples, seed)
        yield GroupSummary(grouping=grouping, group=group, counts=_counts(measured, places), figures=figures)
        overall = measured.suite.overall
        if number == 0 and overall:
            figures = _figures(measured, whole, overall, resamples, seed)
            counts = _counts(measured, [place for place in whole if is_part(measured.cases[place], overall)])
            yield GroupSummary(grouping=PUBLISHED, group=overall.name, counts=counts, figures=figures)


def _figures(
    measured: Measured, places: Sequence[int], overall: Overall | None, resamples: int, seed: int
) -> tuple[FigureValue, ...]:
    values: dict[str, FigureValue] = {}
    headlines: dict[str, Counted] = {}
    for figure in measured.suite.figures:
        if why := measured.absent.get(figure.name):
            values[figure.name] = FigureValue(name=figure.name, absent=why)
            continue
        added = [(measured.cases[place], measured.added[figure.name][place]) for place in places]
        values[figure.name] = _mean_value(figure, added, overall)
        headline = _counted(figure, [(case, one.headline) for case, one in added], overall)
        if isinstance(headline, Counted) and np.isfinite(headline.value):
            headlines[figure.name] = headline
        else:
            why = headline if isinstance(headline, str) else "no case has what it counts"
            values[figure.name] = values[figure.name].but(absent=why)
    for name, interval in _intervals(headlines, resamples, seed).items():
        rows = headlines[name].rows
        values[name] = values[name].but(
            headline=round(interval.value, _PLACES),
            low=round(interval.low, _PLACES),
            high=round(interval.high, _PLACES),
            denominator=int(np.any(rows, axis=1).sum()),
        )
    return tuple(values.values())


def _mean_value(figure: Figure, added: Sequence[tuple[Case, Added]], overall: Overall | None) -> FigureValue:
    existing = [(case, one.existing) for case, one in added if one.existing is not None and any(one.existing)]
    counted = _counted(figure, existing, overall)
    if isinstance(counted, str):
        return FigureValue(name=figure.name, absent=counted)
    return FigureValue(name=figure.name, mean=round(counted.value, _PLACES), count=len(counted.rows))


def _counted(
    figure: Figure, entries: Sequence[tuple[Case, tuple[float, ...] | None]], overall: Overall | None
) -> Counted | str:
    """The figure, or why it cannot be had."""
    try:
        return count(figure, entries, overall=overall)
    except ScoreError as error:
        return str(error)


def _intervals(headlines: Mapping[str, Counted], resamples: int, seed: int) -> dict[str, Interval]:
    """The intervals of figures of the same cases, from one resampling."""
    if not headlines:
        return {}
    counted = list(headlines.values())
    ends = np.cumsum([one.rows.shape[1] for one in counted])
    statistics: list[Statistic] = [
        partial(_of_columns, one.statistic, int(end) - one.rows.shape[1], int(end))
        for one, end in zip(counted, ends, strict=True)
    ]
    rows = np.hstack([one.rows for one in counted])
    intervals = bootstrap_each(rows, statistics, strata=counted[0].strata, resamples=resamples, seed=seed)
    return dict(zip(headlines, intervals, strict=True))


def _of_columns(statistic: Statistic, start: int, end: int, sums: Table) -> Table:
    return statistic(sums[:, start:end])


def _counts(measured: Measured, places: Sequence[int]) -> Counts:
    cases = [measured.cases[place] for place in places]
    attempts = [attempt for case in cases for attempt in measured.attempts.get(case.id, ())]
    failures = Counter(failure for attempt in attempts for failure in _failures(attempt))
    return Counts(
        cases=len(cases),
        asked=sum(case.asked for case in cases),
        attempts=len(attempts),
        answered=sum(attempt.trajectory.program is not None for attempt in attempts),
        drawn=sum(attempt.render is not None and attempt.render.image is not None for attempt in attempts),
        judged=sum(scores_of(attempt.image_verdict) is not None for attempt in attempts),
        failures=tuple(
            Failures(stage=stage, whose=whose, where=where, count=number)
            for (stage, whose, where), number in sorted(failures.items())
        ),
    )


def _failures(attempt: Attempt) -> Iterator[tuple[str, str, str]]:
    """Where an attempt failed: once on its way to a picture, and in each judgement."""
    ends = {
        "rollout": None if attempt.trajectory.program else attempt.trajectory.failure,
        "render": attempt.render and attempt.render.failure,
        "judge image": attempt.image_verdict and attempt.image_verdict.failure,
        "judge program": attempt.program_verdict and attempt.program_verdict.failure,
    }
    for stage, failure in ends.items():
        if failure:
            yield stage, failure.whose, failure.where


def _unscored(measured: Measured) -> list[str]:
    headline = measured.added.get(measured.suite.headline, ())
    return [case.id for case, one in zip(measured.cases, headline, strict=False) if case.asked and one.existing is None]
