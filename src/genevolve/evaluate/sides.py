"""What a run folder has to show: of several policies, renderers or judges in it, one of each.

A figure is of one way of answering, one renderer and one judge of each kind. Where a
folder has several, the latest are taken unless a name says otherwise, and that is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import UsageError
from ..pipeline import with_verdicts
from ..records import Attempt, JudgeInfo, Record, Render, Sampling, Trajectory, Verdict, VerdictKind
from ..store import RunDir, read_records
from .compare import Side
from .suites import Suite, of_the_asked, open_suite
from .suites.any_run import any_run
from .summary import REPORT, read_summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run was told to do, as far as that is known: its records may have less of it, or more."""

    suite: str | None = None
    """The benchmark; None where it is the one of the run's report, or none."""
    edition: str | None = None
    limit: int | None = None
    """Only so many of the benchmark's first requests."""
    attempts: int | None = None
    """At each request; those that are not there count as missing."""
    sampling: Sampling | None = None
    """How replies are drawn, with the seed of the first attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Of several renderers and judges, those that are meant; None takes the latest."""

    renderer: str | None = None
    """Its name."""
    judge: str | None = None
    """NAME, NAME:MODEL, or either with @ and the beginning of the rubric's digest."""
    judges: Mapping[VerdictKind, JudgeInfo] = field(default_factory=dict[VerdictKind, JudgeInfo])
    """Judges that are known in full, whether or not they came to a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One side of a run, and what was left out of it."""

    side: Side
    told: tuple[str, ...]
    """One sentence for each choice between several."""


def read_side(run: RunDir, wanted: Wanted | None = None, *, asked: Asked | None = None) -> Chosen:
    """The attempts of a run by one policy and renderer, with the verdicts of one judge of each kind.

    Raises:
        UsageError: the run has no attempts, or nothing by a name that is meant.
    """
    wanted, asked = wanted or Wanted(), asked or Asked()
    told: list[str] = []
    trajectories = _trajectories(run, asked, told)
    renders = _renders(run, {t.id for t in trajectories}, wanted.renderer, told)
    attempts = [Attempt(trajectory=t, render=renders.get(t.id)) for t in trajectories]
    given = list(read_records(run.verdicts, Verdict))
    judges = meant_judges(given, attempts, wanted, told)
    if wanted.judge is not None and not judges:
        raise UsageError(f"nothing in {str(run.root)!r} was judged by {wanted.judge!r}; {_known_judges(given)}")
    verdicts = {verdict.id: verdict for verdict in given}
    side = Side(
        name=str(run.root),
        suite=meant_suite(run, asked, judges.get("image")),
        requests=list(run.read_requests().values())[: asked.limit],
        attempts=with_verdicts(attempts, verdicts, image=judges.get("image"), program=judges.get("program")),
        judges=judges,
        attempts_each=asked.attempts or 1 + max(trajectory.attempt for trajectory in trajectories),
    )
    return Chosen(side=side, told=tuple(told))


def _trajectories(run: RunDir, asked: Asked, told: list[str]) -> list[Trajectory]:
    """One for each attempt at each request, all answered in one way."""
    made = list(run.read_trajectories().values())
    if not made:
        raise UsageError(f"the run {str(run.root)!r} has no attempts yet; genevolve bench or rollout makes them")
    ways = [_way_of(trajectory) for trajectory in made]
    configured = [way for way in ways if asked.sampling and way["sampling"] == _of_first(asked.sampling, attempt=0)]
    meant = (configured or ways)[-1]
    if differing := [part for part in meant if any(way[part] != meant[part] for way in ways)]:
        told.append(
            f"the run was answered in several ways (they differ in {', '.join(differing)}); the latest is taken, "
            "and another run folder keeps them apart"
        )
    chosen = [trajectory for trajectory, way in zip(made, ways, strict=True) if way == meant]
    if asked.attempts and (further := sum(t.attempt >= asked.attempts for t in chosen)):
        told.append(f"{further:,} attempts are beyond the {asked.attempts:,} at each request and are left out")
        chosen = [trajectory for trajectory in chosen if trajectory.attempt < asked.attempts]
    return list({(t.request.id, t.attempt): t for t in chosen}.values())


def _way_of(trajectory: Trajectory) -> dict[str, Record | str]:
    """What decides how a request is answered, by what people call it."""
    return {
        "policy": trajectory.policy,
        "system prompt": trajectory.prompt_digest,
        "tools": trajectory.toolbox,
        "sampling": _of_first(trajectory.sampling, attempt=trajectory.attempt),
    }


def _of_first(sampling: Sampling, *, attempt: int) -> Sampling:
    """The sampling of the first attempt: the seed of each is the run's plus its number."""
    return sampling.but(seed=(sampling.seed or 0) - attempt)


def _renders(run: RunDir, trajectories: set[str], name: str | None, told: list[str]) -> dict[str, Render]:
    """The drawings of one renderer, by trajectory."""
    drawn = [render for render in run.read_renders().values() if render.trajectory in trajectories]
    if name is not None:
        drawn = [render for render in drawn if render.renderer.name == name]
        if not drawn:
            raise UsageError(f"nothing in {str(run.root)!r} was drawn by {name!r}")
    if not drawn:
        return {}
    meant = drawn[-1].renderer
    chosen = {render.trajectory: render for render in drawn if render.renderer == meant}
    if len(chosen) < len(drawn):
        told.append("the run has several renderers; the latest is taken, and --renderer names another")
    return chosen


def meant_judges(
    verdicts: Iterable[Verdict], attempts: Sequence[Attempt], wanted: Wanted, told: list[str]
) -> dict[VerdictKind, JudgeInfo]:
    """Of each kind the judge that is meant, else the latest that has scores of these attempts, else the latest.

    Args:
        told: takes one sentence for each choice between several.
    """
    here = {a.trajectory.id for a in attempts} | {a.render.id for a in attempts if a.render}
    by_kind: dict[VerdictKind, list[JudgeInfo]] = {}
    scored: list[JudgeInfo] = []
    for verdict in verdicts:
        if verdict.of in here and (wanted.judge is None or _is_named(verdict.judge, wanted.judge)):
            known = by_kind.setdefault(verdict.kind, [])
            if verdict.judge in known:
                known.remove(verdict.judge)
            known.append(verdict.judge)
            if verdict.failure is None and verdict.judge not in scored:
                scored.append(verdict.judge)
    chosen: dict[VerdictKind, JudgeInfo] = {}
    for kind, known in by_kind.items():
        chosen[kind] = ([judge for judge in known if judge in scored] or known)[-1]
        if len(known) > 1 and kind not in wanted.judges:
            names = ", ".join(_in_words(judge) for judge in known)
            told.append(
                f"several judges scored the {kind} ({names}); {_in_words(chosen[kind])} is taken, "
                "and --judge NAME:MODEL@RUBRIC names another"
            )
    return {**chosen, **wanted.judges}


def _is_named(judge: JudgeInfo, name: str) -> bool:
    for called in (judge.name, f"{judge.name}:{judge.model}"):
        if name == called:
            return True
        rubric = name.removeprefix(f"{called}@")
        if rubric != name and rubric and (judge.rubric or "").startswith(rubric):
            return True
    return False


def _in_words(judge: JudgeInfo) -> str:
    """A judge as --judge names it."""
    model = f":{judge.model}" if judge.model else ""
    return f"{judge.name}{model}" + (f"@{judge.rubric[:8]}" if judge.rubric else "")


def _known_judges(verdicts: Iterable[Verdict]) -> str:
    names = sorted({_in_words(verdict.judge) for verdict in verdicts})
    return f"expected {' or '.join(names)}" if names else "genevolve judge makes verdicts"


def meant_suite(run: RunDir, asked: Asked, judge: JudgeInfo | None) -> Suite:
    """The benchmark that the run answers, where this judge makes its figures; else the run by itself."""
    plain = any_run(judge.name if judge else None)
    name, edition = asked.suite, asked.edition
    if name is None and run.root.joinpath(REPORT).exists():
        report = read_summary(run.root)
        name, edition = report.suite, report.edition
    if name in (None, plain.name):
        return plain
    suite = open_suite(name, edition=edition)
    if judge is not None and suite.lacks_of(judge.name):
        return plain
    return suite if asked.limit is None else of_the_asked(suite)
