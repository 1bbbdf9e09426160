"""The last stage of a run: what was drawn is judged, once by each judge, and attempts are joined from their records."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext

from ..errors import JudgeError
from ..judge import Judge, JudgeSettings, open_judge
from ..judge.budgeted import BudgetedJudge
from ..judge.recorded import RecordedJudge
from ..records import Attempt, JudgeInfo, Render, Verdict, verdict_id
from ..store import ImageStore, Journal, RunDir, Stage, Tally, run_stage
from ..store.budget import Budget
from .parts import do_each


def read_attempts(run: RunDir) -> list[Attempt]:
    """Every drawing of a run with its trajectory, in order; an attempt that was not drawn stands without a render."""
    renders: dict[str, list[Render]] = {}
    for render in run.read_renders().values():
        renders.setdefault(render.trajectory, []).append(render)
    return [
        Attempt(trajectory=trajectory, render=render)
        for trajectory in run.read_trajectories().values()
        for render in renders.get(trajectory.id) or [None]
    ]


def judge_with(
    settings: JudgeSettings, *, images: ImageStore, budget: Budget | None = None, replay: RunDir | None = None
) -> Judge:
    """The judge of these settings.

    Args:
        replay: a run from whose verdicts alone a judge that asks a server answers; one that computes computes.

    Raises:
        UsageError: it is not known, or lacks what it needs, or the run to replay has none of its verdicts.
    """
    if replay is not None and not settings.computes:
        return RecordedJudge(settings, read_attempts(replay), replay.read_verdicts().values())
    judge = open_judge(settings, images=images)
    return BudgetedJudge(judge, budget) if budget and not settings.computes else judge


async def prepare_judges(judges: Iterable[Judge]) -> list[str]:
    """Find out before any work what is missing; what cannot be reached now and may be later is returned, in words.

    Raises:
        UsageError: a key is missing or refused, or a model is not named; what to do about it.
    """
    unreached: list[str] = []
    for judge in judges:
        try:
            await do_each("prepare", judge)
        except JudgeError as error:
            unreached.append(str(error))
    return unreached


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
    journal: Journal[Verdict] | None = None,
) -> Tally:
    """Judge what this judge has not judged; each verdict is on disk before the next of its slot begins.

    A judgement that failed is tried again unless `retry_failed` says otherwise: it cost a request its score. One whose
    attempt lacks something is not, until it has it.

    Args:
        journal: the run's, where it is open already.
    """
    info = judge.info
    with nullcontext(journal) if journal else run.verdict_journal() as opened:
        stage: Stage[tuple[str, Attempt], Verdict] = Stage(
            key=lambda item: verdict_id(item[0], judge.kind, info),
            work=lambda item: judge.judge(item[1]),
            journal=opened,
            parallel=parallel,
            retry_failed=retry_failed,
            must_fail=lambda item: judge.lacks(item[1]) is not None,
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
