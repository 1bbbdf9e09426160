"""What every case of a benchmark adds to every figure: the attempts at a request averaged, what is missing as zero.

Summaries and comparisons are both made from these, so they cannot disagree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..errors import ScoreError
from ..judge.known import known_judge
from ..records import Attempt, JudgeInfo, PolicyInfo, Record, RendererInfo, Request, ToolboxInfo, VerdictKind
from .suites.base import Case, Suite
from .suites.figures import Figure, Quantities, scores_of

T = TypeVar("T")


class Makers(Record):
    """Who answered, drew and judged; None where nobody did."""

    policy: PolicyInfo | None = None
    prompt_digest: str | None = None
    toolbox: ToolboxInfo | None = None
    renderer: RendererInfo | None = None
    judges: dict[VerdictKind, JudgeInfo] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What one case adds to one figure."""

    headline: Quantities
    """Missing attempts count as zero."""
    existing: Quantities | None
    """Over the attempts that have a score; None where no attempt has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A benchmark's cases with what a run has of them."""

    suite: Suite
    requests: Mapping[str, Request]
    cases: tuple[Case, ...]
    attempts: Mapping[str, Sequence[Attempt]]
    """By id of the request."""
    strays: int
    """Attempts at requests that the benchmark does not have; they count nowhere."""
    makers: Makers
    added: Mapping[str, Sequence[Added]]
    """By name of a figure, one entry a case."""
    absent: Mapping[str, str]
    """By name of a figure that this run cannot have: why."""

    def figure(self, name: str) -> Figure:
        """The suite's figure of this name."""
        return next(figure for figure in self.suite.figures if figure.name == name)


def measure(
    suite: Suite,
    requests: Sequence[Request],
    attempts: Iterable[Attempt],
    *,
    judges: Mapping[VerdictKind, JudgeInfo] | None = None,
    attempts_each: int = 1,
) -> Measured:
    """What the attempts add to the figures of a suite.

    Args:
        requests: all that were read of the benchmark, answered or not.
        attempts: with their verdicts; of one policy, renderer and judge of each kind.
        judges: who judged; None reads it from the verdicts. A kind that nobody judged, or by other axes than a
            figure needs, has no such figure, while one whose judge never came to a verdict has zeros.
        attempts_each: how many attempts a request was to have; those that are not there count as missing.

    Raises:
        ScoreError: the attempts are of several policies, tools, renderers or judges.
    """
    asked = {request.id: request for request in requests}
    mine: dict[str, list[Attempt]] = {}
    strays = 0
    for attempt in attempts:
        if attempt.trajectory.request.id in asked:
            mine.setdefault(attempt.trajectory.request.id, []).append(attempt)
        else:
            strays += 1
    every = [attempt for several in mine.values() for attempt in several]
    makers = _makers(every, judges)
    cases = tuple(suite.cases(requests))
    axes: dict[VerdictKind, frozenset[str] | None] = {
        kind: _axes(judge, kind, every) for kind, judge in makers.judges.items()
    }
    absent = {figure.name: why for figure in suite.figures if (why := _why_absent(figure, makers, axes))}
    present = [figure for figure in suite.figures if figure.name not in absent]
    return Measured(
        suite=suite,
        requests=asked,
        cases=cases,
        attempts=mine,
        strays=strays,
        makers=makers,
        added={f.name: [_added(f, mine.get(case.id, ()), attempts_each) for case in cases] for f in present},
        absent=absent,
    )


def _added(figure: Figure, attempts: Sequence[Attempt], attempts_each: int) -> Added:
    known = [quantities for attempt in attempts if (quantities := figure.quantities(attempt)) is not None]
    missing = max(attempts_each, len(attempts)) - len(known)
    if not known:
        return Added(headline=figure.missing, existing=None)
    if missing == 0 and len(known) == 1:
        return Added(headline=known[0], existing=known[0])
    return Added(headline=_mean([*known, *[figure.missing] * missing]), existing=_mean(known))


def _mean(several: Sequence[Quantities]) -> Quantities:
    return tuple(float(mean) for mean in np.mean(several, axis=0))


def _axes(judge: JudgeInfo, kind: VerdictKind, attempts: Sequence[Attempt]) -> frozenset[str] | None:
    """The axes that a judge gives: by its name, else by its scores; None where neither tells."""
    if (known := known_judge(judge.name)) and known.kind == kind:
        return known.axes
    verdicts = [a.image_verdict if kind == "image" else a.program_verdict for a in attempts]
    seen = [axis for verdict in verdicts for axis in scores_of(verdict) or ()]
    return frozenset(seen) or None


def _why_absent(figure: Figure, makers: Makers, axes: Mapping[VerdictKind, frozenset[str] | None]) -> str:
    if lacking := [kind for kind in figure.needs if kind not in makers.judges]:
        return f"no {' and no '.join(lacking)} was judged"
    for kind, needed in figure.needs.items():
        given = axes[kind]
        if given is not None and (without := needed - given):
            return f"the judge {makers.judges[kind].name} gives no {', '.join(sorted(without))}"
    return ""


def _makers(attempts: Sequence[Attempt], judges: Mapping[VerdictKind, JudgeInfo] | None) -> Makers:
    trajectories = [attempt.trajectory for attempt in attempts]
    renders = [attempt.render for attempt in attempts if attempt.render]
    verdicts = [v for attempt in attempts for v in (attempt.image_verdict, attempt.program_verdict) if v]
    by_kind: dict[VerdictKind, JudgeInfo] = dict(judges or {})
    for kind in ("image", "program"):
        judge = _only((verdict.judge for verdict in verdicts if verdict.kind == kind), f"judges of the {kind}")
        if judge is not None:
            by_kind.setdefault(kind, judge)
            _only((judge, by_kind[kind]), f"judges of the {kind}")
    return Makers(
        policy=_only((t.policy for t in trajectories), "policies"),
        prompt_digest=_only((t.prompt_digest for t in trajectories if t.prompt_digest), "system prompts"),
        toolbox=_only((t.toolbox for t in trajectories), "toolboxes"),
        renderer=_only((render.renderer for render in renders), "renderers"),
        judges=by_kind,
    )


def _only(values: Iterable[T], what: str) -> T | None:
    """The one value that all are; None where there is none."""
    first: T | None = None
    for value in values:
        if first is None:
            first = value
        elif value is not first and value != first:
            raise ScoreError(
                f"the attempts are of several {what}, such as {first!r} and {value!r}; "
                "a figure is of one. Summarise each by itself."
            )
    return first
