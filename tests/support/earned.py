"""Attempts with given verdicts, drawn by nobody: what tests of rewards are about."""

from genevolve.learn.advantage import Earned
from genevolve.records import (
    Attempt,
    Failure,
    JudgeInfo,
    PolicyInfo,
    Program,
    Render,
    RendererInfo,
    Request,
    Sampling,
    StopReason,
    ToolboxInfo,
    Trajectory,
    Verdict,
)

IMAGE = "0" * 32


def trajectory(
    *,
    failure: Failure | None = None,
    no_program: bool = False,
    mended: tuple[str, ...] = (),
    stop: StopReason = StopReason.ANSWERED,
) -> Trajectory:
    """An attempt that ended with a program, unless it failed."""
    return Trajectory(
        id="t1",
        request=Request(id="r1", text="two red circles"),
        policy=PolicyInfo(name="scripted"),
        prompt_digest="p",
        toolbox=ToolboxInfo(tools=(), skills="s"),
        sampling=Sampling(),
        program=None if failure or no_program else Program(prompt="two red circles"),
        mended=mended,
        stop=stop,
        failure=failure,
    )


def verdict(
    faithfulness: float, visual: float, text: float, aesthetics: float, *, text_required: bool | None = True
) -> Verdict:
    """A verdict on an image."""
    scores = {
        "faithfulness": faithfulness,
        "visual_correctness": visual,
        "text_accuracy": text,
        "aesthetics": aesthetics,
    }
    return Verdict(of="d1", kind="image", judge=JudgeInfo(name="kscore"), scores=scores, text_required=text_required)


def program_verdict(sufficiency: float) -> Verdict:
    """A verdict on a program."""
    return Verdict(of="t1", kind="program", judge=JudgeInfo(name="program"), scores={"sufficiency": sufficiency})


def attempt(
    *,
    image: Verdict | None,
    program: Verdict | None,
    drawn: bool = True,
    mended: tuple[str, ...] = (),
    stop: StopReason = StopReason.ANSWERED,
) -> Attempt:
    """An attempt with these verdicts."""
    return Attempt(
        trajectory=trajectory(mended=mended, stop=stop),
        render=_render() if drawn else None,
        image_verdict=image,
        program_verdict=program,
    )


def failed(
    *,
    trajectory_failure: Failure | None = None,
    no_program: bool = False,
    render_failure: Failure | None = None,
    image_failure: Failure | None = None,
    program_failure: Failure | None = None,
) -> Attempt:
    """An attempt that is perfect but for one failure; what comes after a failure in its making is absent."""
    if trajectory_failure or no_program:
        stop = StopReason.FAILED if trajectory_failure else StopReason.OUT_OF_TURNS
        return Attempt(trajectory=trajectory(failure=trajectory_failure, no_program=no_program, stop=stop))
    image, program = verdict(1, 1, 1, 1), program_verdict(1)
    return Attempt(
        trajectory=trajectory(),
        render=_render(render_failure),
        image_verdict=None if render_failure else _or_failed(image, image_failure),
        program_verdict=_or_failed(program, program_failure),
    )


def of_rewards(*rewards: float | None) -> list[Earned]:
    """A group that earned these; None where the world failed."""
    down = Failure(whose="world", where="renderer", what="down")
    return [
        Earned(reward=None, axes={}, failure=down) if reward is None else Earned(reward=reward, axes={})
        for reward in rewards
    ]


def _render(failure: Failure | None = None) -> Render:
    return Render(
        trajectory="t1",
        renderer=RendererInfo(name="sketch"),
        image=None if failure else IMAGE,
        seconds=0.1,
        failure=failure,
    )


def _or_failed(verdict: Verdict, failure: Failure | None) -> Verdict:
    return verdict.but(scores={}, failure=failure) if failure else verdict
