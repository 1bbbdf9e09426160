"""What a run folder holds, joined for a reader: each attempt with all its drawings, their verdicts and one score.

A page shows every attempt, whoever answered; only the score needs one judge of each kind, and the latest is taken
unless another is meant, as everywhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..evaluate.sides import Asked, Wanted, meant_judges, meant_suite
from ..evaluate.suites import Suite
from ..evaluate.suites.figures import Figure
from ..pipeline import with_verdicts
from ..records import Attempt, Experience, JudgeInfo, Render, Request, Trajectory, Verdict, VerdictKind
from ..store import RunDir, read_records

EXPERIENCES = "experiences.jsonl"
_REWARD = "reward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One attempt with all that came of it."""

    trajectory: Trajectory
    renders: tuple[Render, ...]
    """The drawing that stands for the attempt first."""
    verdicts: Mapping[str, tuple[Verdict, ...]]
    """By id of what was judged: a render, or the trajectory."""
    judged: Attempt
    """With the verdicts of the judges that are meant."""
    score: float | None
    """The figure of the page for this attempt; None where it says nothing: not judged, or failed by the world."""

    @property
    def id(self) -> str:
        """The trajectory's."""
        return self.trajectory.id

    @property
    def render(self) -> Render | None:
        """The drawing that stands for the attempt."""
        return self.renders[0] if self.renders else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A run as it is shown."""

    requests: Mapping[str, Request]
    attempts: Sequence[Shown]
    """By request in their order, then by policy and number."""
    experiences: Sequence[Experience]
    suite: Suite
    figure: Figure | None
    """What the score of an attempt is; None where nothing was judged."""
    judges: Mapping[VerdictKind, JudgeInfo]
    told: Sequence[str]
    """One sentence for each choice between several."""


def gather(run: RunDir, *, asked: Asked | None = None, wanted: Wanted | None = None) -> Gathered:
    """Everything of a run; what a stage has not made yet is not there.

    Raises:
        StoreError: a line of a file is no record.
    """
    wanted, told = wanted or Wanted(), list[str]()
    verdicts = run.read_verdicts()
    drawn = _drawn(run.read_renders().values(), wanted.renderer)
    made = run.read_trajectories().values()
    requests = run.read_requests()
    requests |= {t.request.id: t.request for t in made if t.request.id not in requests}
    trajectories = _ordered(made, requests)
    standing = [Attempt(trajectory=t, render=drawn.get(t.id, (None,))[0]) for t in trajectories]
    if wanted.renderer is None and len({render.renderer.name for some in drawn.values() for render in some}) > 1:
        told.append("the run has several renderers; scores are of the latest, and --renderer names another")
    judges = meant_judges(verdicts.values(), standing, wanted, told)
    suite = meant_suite(run, asked or Asked(), judges.get("image"))
    judged = with_verdicts(standing, verdicts, image=judges.get("image"), program=judges.get("program"))
    figure = _figure(suite, judged)
    by_thing = _by_thing(verdicts.values())
    return Gathered(
        requests=requests,
        attempts=[
            Shown(
                trajectory=attempt.trajectory,
                renders=drawn.get(attempt.trajectory.id, ()),
                verdicts=_of(attempt.trajectory, drawn.get(attempt.trajectory.id, ()), by_thing),
                judged=attempt,
                score=_score(figure, attempt),
            )
            for attempt in judged
        ],
        experiences=list(_latest(read_records(run.root / EXPERIENCES, Experience))),
        suite=suite,
        figure=figure,
        judges=judges,
        told=told,
    )


def _ordered(trajectories: Iterable[Trajectory], requests: Mapping[str, Request]) -> list[Trajectory]:
    """By request; of one request by policy as it came first, then by number."""
    place = {request_id: number for number, request_id in enumerate(requests)}
    policies: dict[object, int] = {}
    made = list(trajectories)
    for trajectory in made:
        policies.setdefault(trajectory.policy, len(policies))
    return sorted(made, key=lambda t: (place[t.request.id], policies[t.policy], t.attempt))


def _drawn(renders: Iterable[Render], name: str | None) -> dict[str, tuple[Render, ...]]:
    """The drawings by trajectory: those with a picture first, of them the one by the latest renderer (of this name)."""
    made = list(renders)
    latest = next((render.renderer for render in reversed(made) if name in (None, render.renderer.name)), None)
    by_trajectory: dict[str, list[Render]] = {}
    for render in made:
        by_trajectory.setdefault(render.trajectory, []).append(render)
    return {
        name: tuple(sorted(some, key=lambda r: (r.image is None, r.renderer != latest)))
        for name, some in by_trajectory.items()
    }


def _by_thing(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    by_thing: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_thing.setdefault(verdict.of, []).append(verdict)
    return by_thing


def _of(
    trajectory: Trajectory, renders: Iterable[Render], by_thing: Mapping[str, Sequence[Verdict]]
) -> dict[str, tuple[Verdict, ...]]:
    things = (trajectory.id, *(render.id for render in renders)) if by_thing else ()
    return {thing: tuple(by_thing[thing]) for thing in things if thing in by_thing}


def _figure(suite: Suite, attempts: Sequence[Attempt]) -> Figure | None:
    """The reward where both kinds were judged, else what stands for the suite, else the first that there is."""
    by_name = {figure.name: figure for figure in suite.figures}
    first = [by_name[name] for name in (_REWARD, suite.headline) if name in by_name]
    order = [*first, *suite.figures]
    return next((f for f in order if any(f.quantities(attempt) is not None for attempt in attempts)), None)


def _score(figure: Figure | None, attempt: Attempt) -> float | None:
    if figure is None:
        return None
    trajectory = attempt.trajectory
    quantities = figure.quantities(attempt)
    if quantities is None:
        # The policy's failure earns nothing, which is known; the world's says nothing.
        failure = trajectory.failure or (attempt.render and attempt.render.failure)
        unfinished = trajectory.program is None or failure is not None
        return 0.0 if unfinished and (failure is None or failure.whose == "policy") else None
    value = float(figure.of_sums(np.array([quantities]))[0])
    return value if np.isfinite(value) else None


def _latest(experiences: Iterable[Experience]) -> Iterable[Experience]:
    return {experience.id: experience for experience in experiences}.values()
