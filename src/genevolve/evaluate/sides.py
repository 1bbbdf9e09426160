"""What a run folder has to show: of several policies, renderers or judges in it, one of each.

A figure is of one policy, one renderer and one judge of each kind. Where a folder
has several, the latest are taken unless a name says otherwise, and that is told.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..errors import UsageError
from ..pipeline import read_attempts, with_verdicts
from ..records import Attempt, JudgeInfo, Verdict, VerdictKind
from ..store import RunDir
from .compare import Side
from .suites import Suite, open_suite
from .suites.any_run import any_run
from .summary import REPORT, read_summary

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One side of a run, and what was left out of it."""

    side: Side
    told: tuple[str, ...]
    """One sentence for each choice between several."""


def read_side(run: RunDir, *, renderer: str | None = None, judge: str | None = None) -> Chosen:
    """The attempts of a run by one policy and renderer, with the verdicts of one judge of each kind.

    Args:
        renderer: name of the renderer whose drawings are meant; None takes the latest.
        judge: name of the judge that is meant; None takes the latest of each kind.

    Raises:
        UsageError: the run has no attempts, or nothing by that name.
    """
    told: list[str] = []
    attempts = read_attempts(run)
    if not attempts:
        raise UsageError(f"the run {str(run.root)!r} has no attempts yet; genevolve bench or rollout makes them")
    attempts = _latest(attempts, _answered_by, told, "ways of answering", "another run folder keeps them apart")
    drawn = [attempt for attempt in attempts if attempt.render]
    if renderer is not None:
        drawn = [a for a in drawn if a.render and a.render.renderer.name == renderer]
        if not drawn:
            raise UsageError(f"nothing in {str(run.root)!r} was drawn by {renderer!r}")
    drawn = _latest(drawn, lambda a: a.render and a.render.renderer, told, "renderers", "--renderer names another")
    with_picture = {attempt.trajectory.id for attempt in drawn}
    drawn += [Attempt(trajectory=a.trajectory) for a in attempts if a.trajectory.id not in with_picture]
    newest = {(a.trajectory.request.id, a.trajectory.attempt): a for a in drawn}
    verdicts = run.read_verdicts()
    judges = _judges(verdicts.values(), list(newest.values()), judge, told)
    if judge is not None and not judges:
        raise UsageError(f"nothing in {str(run.root)!r} was judged by {judge!r}")
    side = Side(
        name=str(run.root),
        suite=_suite(run, judges.get("image")),
        requests=list(run.read_requests().values()),
        attempts=with_verdicts(newest.values(), verdicts, image=judges.get("image"), program=judges.get("program")),
        judges=judges,
        attempts_each=1 + max(attempt.trajectory.attempt for attempt in newest.values()),
    )
    return Chosen(side=side, told=tuple(told))


def _answered_by(attempt: Attempt) -> object:
    trajectory = attempt.trajectory
    return (trajectory.policy, trajectory.prompt_digest, trajectory.toolbox)


def _latest(
    attempts: Sequence[Attempt], key: Callable[[Attempt], T], told: list[str], what: str, advice: str
) -> list[Attempt]:
    """The attempts that share their key with the last one."""
    if not attempts:
        return []
    meant = key(attempts[-1])
    chosen = [attempt for attempt in attempts if key(attempt) == meant]
    if len(chosen) < len(attempts):
        told.append(f"the run has several {what}; the latest is taken, and {advice}")
    return chosen


def _judges(
    verdicts: Iterable[Verdict], attempts: Sequence[Attempt], name: str | None, told: list[str]
) -> dict[VerdictKind, JudgeInfo]:
    """The latest judge of each kind that said something of these attempts."""
    here = {a.trajectory.id for a in attempts} | {a.render.id for a in attempts if a.render}
    seen: dict[VerdictKind, list[JudgeInfo]] = {}
    for verdict in verdicts:
        known = seen.setdefault(verdict.kind, [])
        if verdict.of in here and verdict.judge not in known:
            known.append(verdict.judge)
    chosen: dict[VerdictKind, JudgeInfo] = {}
    for kind, known in seen.items():
        meant = [judge for judge in known if name in (None, judge.name)]
        if meant:
            chosen[kind] = meant[-1]
        if len(meant) > 1:
            told.append(f"several judges scored the {kind}; {meant[-1].name} ({meant[-1].model}) is taken, the latest")
    return chosen


def _suite(run: RunDir, judge: JudgeInfo | None) -> Suite:
    """The benchmark that the run's report is of, where this judge makes its figures; else the run by itself."""
    plain = any_run(judge.name if judge else None)
    if not run.root.joinpath(REPORT).exists():
        return plain
    report = read_summary(run.root)
    if report.suite == plain.name:
        return plain
    suite = open_suite(report.suite, edition=report.edition)
    has_figures = judge is None or {f.name for f in plain.figures} & {
        f.name for f in suite.figures if f.needs == ("image",)
    }
    return suite if has_figures else plain
