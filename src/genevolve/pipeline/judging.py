"""The last stage of a run: what was drawn is judged, once by each judge, and attempts are joined from their records."""

from collections.abc import Callable, Iterable

from ..judge import Judge
from ..records import Attempt, JudgeInfo, RendererInfo, Verdict, render_id, verdict_id
from ..store import RunDir, Stage, Tally, run_stage


def read_attempts(run: RunDir, renderer: RendererInfo | None = None) -> list[Attempt]:
    """Every attempt of a run with its drawing, in order; without verdicts.

    Args:
        renderer: take this one's drawings; None takes every drawing, so that an attempt drawn by
            two renderers stands twice. An attempt that was not drawn stands once, without a render.
    """
    drawn = run.read_renders()
    attempts: list[Attempt] = []
    if renderer is not None:
        for trajectory in run.read_trajectories().values():
            attempts.append(Attempt(trajectory=trajectory, render=drawn.get(render_id(trajectory.id, renderer))))
        return attempts
    by_trajectory: dict[str, list[Attempt]] = {}
    trajectories = run.read_trajectories()
    for render in drawn.values():
        if render.trajectory in trajectories:
            attempt = Attempt(trajectory=trajectories[render.trajectory], render=render)
            by_trajectory.setdefault(render.trajectory, []).append(attempt)
    for name, trajectory in trajectories.items():
        attempts += by_trajectory.get(name, [Attempt(trajectory=trajectory)])
    return attempts


def judged_thing(judge: Judge, attempt: Attempt) -> str | None:
    """Id of what the judge looks at; None where the attempt has no such thing."""
    if judge.kind == "program":
        return attempt.trajectory.id if attempt.trajectory.program else None
    return attempt.render.id if attempt.render and attempt.render.image else None


async def judge_all(
    run: RunDir,
    judge: Judge,
    attempts: Iterable[Attempt],
    *,
    parallel: int = 8,
    retry_failed: bool = True,
    on_record: Callable[[Verdict, Tally], None] = lambda _record, _tally: None,
) -> Tally:
    """Judge what this judge has not judged; each verdict is on disk before the next of its slot begins.

    A judgement that failed is tried again unless `retry_failed` says otherwise: it cost a request its score.
    """
    info = judge.info
    with run.verdict_journal() as journal:
        stage: Stage[tuple[str, Attempt], Verdict] = Stage(
            key=lambda item: verdict_id(item[0], judge.kind, info),
            work=lambda item: judge.judge(item[1]),
            journal=journal,
            parallel=parallel,
            retry_failed=retry_failed,
        )
        named = ((judged_thing(judge, attempt), attempt) for attempt in attempts)
        return await run_stage(stage, ((of, attempt) for of, attempt in named if of), on_record=on_record)


def with_verdicts(
    attempts: Iterable[Attempt],
    verdicts: dict[str, Verdict],
    *,
    image: JudgeInfo | None = None,
    program: JudgeInfo | None = None,
) -> list[Attempt]:
    """The attempts with what these judges said of them.

    Args:
        verdicts: by id, as `RunDir.read_verdicts` gives them.
    """
    joined: list[Attempt] = []
    for attempt in attempts:
        of_image = verdicts.get(verdict_id(attempt.render.id, "image", image)) if image and attempt.render else None
        of_program = verdicts.get(verdict_id(attempt.trajectory.id, "program", program)) if program else None
        joined.append(attempt.model_copy(update={"image_verdict": of_image, "program_verdict": of_program}))
    return joined
