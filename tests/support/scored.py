"""Attempts with their scores and a small benchmark, for tests of figures."""

from collections.abc import Sequence

from genevolve.evaluate.suites.base import Case, Edition, Overall, Reading, Suite
from genevolve.evaluate.suites.figures import KSCORE_FIGURES, PROGRAM_FIGURES
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
    trajectory_id,
)
from genevolve.score import AXIS_WEIGHTS

KSCORE = JudgeInfo(name="kscore", model="looker", rubric="r1")
SUFFICIENCY = JudgeInfo(name="program", model="reader")
SKETCH = RendererInfo(name="sketch")
PLANNER = PolicyInfo(name="planner")
TOOLS = ToolboxInfo(tools=("search",), provider="atlas", skills="s")


def requests(*ids: str, **fields: object) -> list[Request]:
    """Requests with these ids."""
    return [Request.model_validate({"id": name, "text": f"draw {name}", **fields}) for name in ids]


def attempt(
    request: Request,
    scores: Sequence[float] | None = None,
    *,
    text_required: bool = True,
    sufficiency: float | None = None,
    number: int = 0,
    image: str = "0" * 32,
    judge: JudgeInfo = KSCORE,
    renderer: RendererInfo = SKETCH,
    policy: PolicyInfo = PLANNER,
) -> Attempt:
    """An attempt that was drawn; judged where scores are given (in the order of the axes), else its judge failed."""
    sampling = Sampling(seed=number)
    name = trajectory_id(request, attempt=number, policy=policy, prompt_digest="p", toolbox=TOOLS, sampling=sampling)
    trajectory = Trajectory(
        id=name,
        request=request,
        attempt=number,
        policy=policy,
        prompt_digest="p",
        toolbox=TOOLS,
        sampling=sampling,
        program=Program(prompt=f"a picture of {request.id}"),
        stop=StopReason.ANSWERED,
    )
    render = Render(trajectory=name, renderer=renderer, image=image, seconds=1)
    broken = Failure(whose="world", where=f"judge {judge.name}", what="it said nothing that can be read")
    image_verdict = Verdict(
        of=render.id,
        kind="image",
        judge=judge,
        scores=dict(zip(AXIS_WEIGHTS, scores, strict=True)) if scores else {},
        text_required=text_required if scores else None,
        rationale="seen" if scores else "",
        failure=None if scores else broken,
    )
    program_verdict = None
    if sufficiency is not None:
        program_verdict = Verdict(of=name, kind="program", judge=SUFFICIENCY, scores={"sufficiency": sufficiency})
    return Attempt(trajectory=trajectory, render=render, image_verdict=image_verdict, program_verdict=program_verdict)


def unanswered(request: Request, *, whose: str = "policy") -> Attempt:
    """An attempt that has no program."""
    failure = Failure.model_validate({"whose": whose, "where": "rollout", "what": "no answer in the last reply"})
    trajectory = attempt(request).trajectory.but(program=None, stop=StopReason.OUT_OF_TURNS, failure=failure)
    return Attempt(trajectory=trajectory)


def benchmark(*lacking: Case, overall: Overall | None = None, edition: Edition | None = None) -> Suite:
    """A benchmark of KScore figures, grouped by category and difficulty, whose data lacks some cases."""

    def cases(asked: Sequence[Request]) -> list[Case]:
        labels = [{"category": request.category, "difficulty": request.difficulty} for request in asked]
        groups = [{key: value for key, value in of_one.items() if value} for of_one in labels]
        return [*(Case(id=r.id, groups=g) for r, g in zip(asked, groups, strict=True)), *lacking]

    return Suite(
        name="small",
        edition=edition,
        title="A small benchmark",
        judges=("kscore",),
        read=lambda _path, _images: Reading(requests=[], bad=[]),
        cases=cases,
        groupings=("category", "difficulty"),
        figures=(*KSCORE_FIGURES, *PROGRAM_FIGURES),
        headline="na_half",
        overall=overall,
    )
