"""Two runs of a benchmark, request by request: how much the second is above the first, and how sure that is.

Only requests that both runs were asked are compared; a missing or failed one is a
zero, as in a headline. Runs that were scored differently are not compared unless told to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..errors import ScoreError
from ..language.text import one_line
from ..records import Attempt, JudgeInfo, Record, Request, VerdictKind
from ..score import RESAMPLES, Counts, Interval, Statistic, Table, bootstrap_each
from .measured import Makers, Measured, measure
from .suites.base import Case, Counted, Overall, Suite, count
from .suites.figures import Figure, Quantities
from .summary import PUBLISHED, groups_of, is_part

MOST_CHANGED = 10
_SAME = 1e-9
"""Two figures of one request that differ by less are a tie: the rest is rounding."""
_PLACES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two runs."""

    name: str
    suite: Suite
    requests: Sequence[Request]
    attempts: Sequence[Attempt]
    """With their verdicts; of one policy, renderer and judge of each kind."""
    judges: Mapping[VerdictKind, JudgeInfo] | None = None
    attempts_each: int = 1


class Difference(Record):
    """How much the other run is above the one, in one figure of one group."""

    name: str
    one: float
    other: float
    """The headline of each run over the requests of both."""
    difference: float
    low: float
    high: float
    """Its paired 95% interval."""
    wins: int
    """Requests where the other run has more."""
    ties: int
    losses: int

    @property
    def is_sure(self) -> bool:
        """The interval leaves out zero."""
        return self.low > 0 or self.high < 0


class GroupComparison(Record):
    """The differences in one group of requests."""

    grouping: str
    group: str
    pairs: int
    """Requests that are compared."""
    figures: tuple[Difference, ...]


class Changed(Record):
    """A request whose figure differs between the runs."""

    id: str
    text: str
    one: float
    other: float


class Comparison(Record):
    """All differences of two runs."""

    one: str
    other: str
    suite: str
    headline: str
    makers: tuple[Makers, Makers]
    pairs: int
    only_in_one: tuple[str, ...]
    """Ids that the other run was not asked, in order."""
    only_in_other: tuple[str, ...]
    mixed: tuple[str, ...]
    """How the runs were scored differently, where they are compared nevertheless."""
    groups: tuple[GroupComparison, ...]
    changed: tuple[Changed, ...]
    """Where the headline figure differs most, the largest difference first."""
    absent: dict[str, str]
    """Figures that cannot be compared, and why."""
    resamples: int
    seed: int


def compare(one: Side, other: Side, *, mixed: bool = False, resamples: int = RESAMPLES, seed: int = 0) -> Comparison:
    """How much `other` is above `one`, over the requests that both were asked.

    Args:
        mixed: compare also where benchmarks, editions, judges or rubrics differ; the comparison then says so.

    Raises:
        ScoreError: the runs were scored differently, have no request in common, or one id asks for different things.
    """
    both = (_measured(one), _measured(other))
    differences = _scored_differently(*both)
    if differences and not mixed:
        raise ScoreError(
            f"{one.name} and {other.name} are not scored alike: {'; '.join(differences)}. "
            "Judge both with the same judge and rubric, or compare them as they are with --mixed."
        )
    pairs = _pairs(*both)
    if not pairs:
        raise ScoreError(f"{one.name} and {other.name} have no request in common; compare runs of the same benchmark")
    cases = [both[0].cases[place] for place, _ in pairs]
    figures = _paired(both, pairs)
    headline = next((paired for paired in figures if paired.figure.name == one.suite.headline), None)
    return Comparison(
        one=one.name,
        other=other.name,
        suite=one.suite.name,
        headline=one.suite.headline,
        makers=(both[0].makers, both[1].makers),
        pairs=len(pairs),
        only_in_one=_in_order(both[0], without=both[1]),
        only_in_other=_in_order(both[1], without=both[0]),
        mixed=tuple(differences),
        groups=tuple(_groups(one.suite, cases, figures, resamples, seed)),
        changed=_changed(headline, cases, both[0].requests),
        absent={**both[1].absent, **both[0].absent},
        resamples=resamples,
        seed=seed,
    )


def each_request(one: Side, other: Side) -> list[Changed]:
    """The headline figure of every request that has it in both, the largest difference first.

    Raises:
        ScoreError: one id asks for different things.
    """
    both = (_measured(one), _measured(other))
    pairs = _pairs(*both)
    headline = next((paired for paired in _paired(both, pairs) if paired.figure.name == one.suite.headline), None)
    return _each(headline, [both[0].cases[place] for place, _ in pairs], both[0].requests) if headline else []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paired:
    """A figure of both runs, request by request."""

    figure: Figure
    one: Sequence[Quantities]
    """What each shared request adds in the one run."""
    other: Sequence[Quantities]
    alone: Table
    """The figure of each request by itself in both, shape (requests, 2); NaN where it has none."""

    @classmethod
    def of(cls, figure: Figure, both: tuple[Measured, Measured], pairs: Sequence[tuple[int, int]]) -> "_Paired":
        """The figure over pairs of places."""
        one = [both[0].added[figure.name][place].headline for place, _ in pairs]
        other = [both[1].added[figure.name][place].headline for _, place in pairs]
        alone = np.column_stack([figure.of_sums(np.array(one)), figure.of_sums(np.array(other))])
        return cls(figure=figure, one=one, other=other, alone=alone)

    def halves(
        self, cases: Sequence[Case], places: Sequence[int], overall: Overall | None
    ) -> tuple[Counted, Counted] | None:
        """The figure of each run over the same cases; None where it has nothing to average."""
        try:
            halves = (
                count(self.figure, [(cases[place], self.one[place]) for place in places], overall=overall),
                count(self.figure, [(cases[place], self.other[place]) for place in places], overall=overall),
            )
        except ScoreError:
            return None
        return halves if all(np.isfinite(half.value) for half in halves) else None

    def signs(self, places: Sequence[int]) -> Counts:
        """1 where the other run has more, -1 where it has less, 0 for a tie; without requests that have no figure."""
        gaps = self.alone[places, 1] - self.alone[places, 0]
        gaps = gaps[np.isfinite(gaps)]
        return np.where(np.abs(gaps) < _SAME, 0, np.sign(gaps)).astype(np.int64)


def _paired(both: tuple[Measured, Measured], pairs: Sequence[tuple[int, int]]) -> list[_Paired]:
    """The figures that both have."""
    shared = [figure for figure in both[0].suite.figures if all(figure.name in one.added for one in both)]
    return [_Paired.of(figure, both, pairs) for figure in shared]


def _measured(side: Side) -> Measured:
    return measure(side.suite, side.requests, side.attempts, judges=side.judges, attempts_each=side.attempts_each)


def _scored_differently(one: Measured, other: Measured) -> list[str]:
    """What differs between two runs that decides their scores."""
    pairs: dict[str, tuple[object, object]] = {
        "benchmark": (one.suite.name, other.suite.name),
        "edition": (one.suite.edition, other.suite.edition),
    }
    for kind in one.makers.judges.keys() & other.makers.judges.keys():
        judges = (one.makers.judges[kind], other.makers.judges[kind])
        for field in ("name", "model", "rubric"):
            pairs[f"{field} of the {kind} judge"] = (getattr(judges[0], field), getattr(judges[1], field))
        for name in {*judges[0].settings, *judges[1].settings}:
            pairs[f"setting {name} of the {kind} judge"] = (judges[0].settings.get(name), judges[1].settings.get(name))
    return [f"{what} ({a!r} and {b!r})" for what, (a, b) in sorted(pairs.items()) if a != b]


def _in_order(measured: Measured, *, without: Measured) -> tuple[str, ...]:
    others = {case.id for case in without.cases if case.asked}
    return tuple(case.id for case in measured.cases if case.asked and case.id not in others)


def _pairs(one: Measured, other: Measured) -> list[tuple[int, int]]:
    place_of = {case.id: place for place, case in enumerate(other.cases) if case.asked}
    pairs = [(place, place_of[case.id]) for place, case in enumerate(one.cases) if case.asked and case.id in place_of]
    for place, _ in pairs:
        name = one.cases[place].id
        texts = (one.requests[name].text, other.requests[name].text)
        if texts[0] != texts[1]:
            raise ScoreError(
                f"the request {name!r} asks for different things in the two runs: "
                f"{one_line(texts[0], max_chars=60)!r} and {one_line(texts[1], max_chars=60)!r}. "
                "Compare runs of the same requests."
            )
    return pairs


def _groups(
    suite: Suite, cases: Sequence[Case], figures: Sequence[_Paired], resamples: int, seed: int
) -> Iterator[GroupComparison]:
    for number, (grouping, group, places) in enumerate(groups_of(suite, cases)):
        differences = _differences(figures, cases, places, overall=None, resamples=resamples, seed=seed)
        yield GroupComparison(grouping=grouping, group=group, pairs=len(places), figures=differences)
        if number == 0 and suite.overall:
            inside = [place for place in places if is_part(cases[place], suite.overall)]
            differences = _differences(figures, cases, inside, overall=suite.overall, resamples=resamples, seed=seed)
            yield GroupComparison(grouping=PUBLISHED, group=suite.overall.name, pairs=len(inside), figures=differences)


def _differences(
    figures: Sequence[_Paired],
    cases: Sequence[Case],
    places: Sequence[int],
    *,
    overall: Overall | None,
    resamples: int,
    seed: int,
) -> tuple[Difference, ...]:
    """The figures that both runs have in a group, from one resampling of its requests."""
    known = [(paired, both) for paired in figures if (both := paired.halves(cases, places, overall))]
    if not known:
        return ()
    statistics: list[Statistic] = []
    start = 0
    for _, (one, other) in known:
        statistics.append(partial(_difference, one, other, start))
        start += one.rows.shape[1] + other.rows.shape[1]
    rows = np.hstack([half.rows for _, both in known for half in both])
    intervals = bootstrap_each(rows, statistics, strata=known[0][1][0].strata, resamples=resamples, seed=seed)
    return tuple(
        _written(paired, both, interval, paired.signs(places))
        for (paired, both), interval in zip(known, intervals, strict=True)
    )


def _difference(one: Counted, other: Counted, start: int, sums: Table) -> Table:
    middle = start + one.rows.shape[1]
    end = middle + other.rows.shape[1]
    return other.statistic(sums[:, middle:end]) - one.statistic(sums[:, start:middle])


def _written(paired: _Paired, both: tuple[Counted, Counted], interval: Interval, signs: Counts) -> Difference:
    return Difference(
        name=paired.figure.name,
        one=round(both[0].value, _PLACES),
        other=round(both[1].value, _PLACES),
        difference=round(interval.value, _PLACES),
        low=round(interval.low, _PLACES),
        high=round(interval.high, _PLACES),
        wins=int((signs > 0).sum()),
        ties=int((signs == 0).sum()),
        losses=int((signs < 0).sum()),
    )


def _changed(headline: _Paired | None, cases: Sequence[Case], requests: Mapping[str, Request]) -> tuple[Changed, ...]:
    if headline is None:
        return ()
    alone = _each(headline, cases, requests)
    return tuple(one for one in alone if abs(one.other - one.one) >= _SAME)[:MOST_CHANGED]


def _each(headline: _Paired, cases: Sequence[Case], requests: Mapping[str, Request]) -> list[Changed]:
    """Every case that has the figure in both, the largest difference first."""
    gaps = headline.alone[:, 1] - headline.alone[:, 0]
    places = [place for place in range(len(cases)) if np.isfinite(gaps[place])]
    places.sort(key=lambda place: (-round(abs(gaps[place]), _PLACES), cases[place].id))
    return [
        Changed(
            id=cases[place].id,
            text=requests[cases[place].id].text,
            one=round(float(headline.alone[place, 0]), _PLACES),
            other=round(float(headline.alone[place, 1]), _PLACES),
        )
        for place in places
    ]
