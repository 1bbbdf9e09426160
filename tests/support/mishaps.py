"""Everything that can go wrong with an attempt, and everything that the world can say to a page that shows it.

Each mishap is a request, what a policy says to it, and what befalls it after that. The strings are hostile: markup,
scripts, marks that turn the reading direction, words without end.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from genevolve import Sampling
from genevolve.errors import PolicyError
from genevolve.judge.computed import ComputedJudge
from genevolve.pipeline import draw, keep_requests
from genevolve.records import Failure, JudgeInfo, Limits, Render, RendererInfo, Request, Size, Trajectory, Verdict
from genevolve.render.sketch import SketchRenderer
from genevolve.rollout import rollout
from genevolve.search.base import ImageHit, TextHit
from genevolve.skills import load_skills
from genevolve.store import RunDir
from genevolve.testing.scripted import Line, ScriptedPolicy
from genevolve.testing.shelf import ShelfProvider
from genevolve.tools import Toolbox
from genevolve.world import open_world
from support.pictures import make_png

CANARY = "pwned"
"""What a hostile string would set on the page's window if it ran."""
MARKUP = (
    f"</script><script>window.{CANARY}=1</script><!--<script>"
    f'"><img src=x onerror="window.{CANARY}=2"><svg/onload=window.{CANARY}=3> {{{{7*7}}}} ${{window.{CANARY}=4}} \u2028'
)
TURNED = "\u202eabc\u2066def \u05e9\u05dc\u05d5\u05dd \u200f\u0645\u0631\u062d\u0628\u0627"
"""Marks that turn the reading direction, and never turn it back."""
LONG = "unbroken" * 12_500
"""100,000 characters without a space."""
HOSTILE = f"A poster {MARKUP} {TURNED}"
SCRIPT_PAGE = f"javascript:window.{CANARY}=5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """A request, what a policy says to it, and what goes wrong after that."""

    request: Request
    says: Sequence[Line]
    renderer_says: str | None = None
    judge_says: str | None = None


async def add_mishaps(run: RunDir) -> None:
    """Append to a run an attempt for each thing that can go wrong."""
    judge = ComputedJudge(run.images, reads_pixels=open_world().settings.reads_pixels).info
    toolbox, renderer = Toolbox(provider=_hostile_shelf(), skills=load_skills()), SketchRenderer(size=_SIZE)
    keep_requests(run, [mishap.request for mishap in MISHAPS])
    with run.trajectory_journal() as trajectories, run.render_journal() as renders, run.verdict_journal() as verdicts:
        for mishap in MISHAPS:
            made = await rollout(
                mishap.request,
                policy=ScriptedPolicy(*mishap.says, repeat_last=True),
                toolbox=toolbox,
                images=run.images,
                sampling=Sampling(limits=_LIMITS),
            )
            trajectories.append(made)
            if made.program is None:
                continue
            render = await draw(run, renderer, made) if mishap.renderer_says is None else _undrawn(made, mishap)
            renders.append(render)
            verdicts.append(_verdict(render, mishap, judge))


_LIMITS = Limits(
    max_calls=4,
    max_tool_calls=3,
    max_prompt_tokens=10**6,
    max_reply_tokens=10**6,
    max_response_tokens=10**6,
    max_context_tokens=10**7,
)
"""Few calls, and room for words without end."""
_SIZE = Size(width=256, height=256)


def _call(name: str, **arguments: object) -> str:
    return f"<think>{name}? {MARKUP}</think><tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"


def _answer(prompt: str, *refs: str, note: str = "what it looks like") -> str:
    references = [{"img_id": ref, "note": note} for ref in refs]
    return f"<answer>{json.dumps({'gen_prompt': prompt, 'reference_images': references})}</answer>"


def _hostile_shelf() -> ShelfProvider:
    pages = [TextHit(title=f"Page {MARKUP}", url=SCRIPT_PAGE, snippet=f"{MARKUP} {TURNED}")]
    pictures = [
        (
            ImageHit(
                title=f"Picture {number} {MARKUP}{TURNED}",
                image_url=f"https://pictures.example/{number}.png?{MARKUP}",
                page_url=SCRIPT_PAGE if number == 1 else f"https://pictures.example/{number}",
                licence=f"CC BY {MARKUP}",
                author=f"{TURNED} author {number}",
            ),
            make_png((40 * number, 90, 160), (160, 120)),
        )
        for number in range(1, 4)
    ]
    return ShelfProvider(
        documents={
            "facts": pages,
            "long": [TextHit(title=LONG[:2000], url=f"https://x.example/{LONG[:3000]}", snippet=LONG)],
        },
        pictures={"pictures": [*pictures]},
    )


def _undrawn(trajectory: Trajectory, mishap: Mishap) -> Render:
    failure = Failure(whose="world", where="renderer sketch", what=mishap.renderer_says or "")
    return Render(trajectory=trajectory.id, renderer=RendererInfo(name="sketch"), seconds=1.5, failure=failure)


def _verdict(render: Render, mishap: Mishap, judge: JudgeInfo) -> Verdict:
    if mishap.judge_says is not None or render.image is None:
        what = mishap.judge_says or "there is no picture"
        failure = Failure(whose="world", where="judge computed", what=what)
        return Verdict(of=render.id, kind="image", judge=judge, failure=failure)
    scores = {"faithfulness": 0.5, "visual_correctness": 0.75, "text_accuracy": 0.5, "aesthetics": 1.0}
    rationale = f"It looks {MARKUP} like {TURNED}."
    return Verdict(of=render.id, kind="image", judge=judge, scores=scores, text_required=False, rationale=rationale)


_SEARCH = _call("search", queries=["facts"], top_k=5)
_PICTURES = _call("image_search", query="pictures", top_k=3)
_PROGRAM = _answer(f"The first reference image beside the second reference image {MARKUP}", "IMG_001", "IMG_003")

MISHAPS: tuple[Mishap, ...] = (
    Mishap(
        request=Request(id="hostile", text=HOSTILE, category=MARKUP, difficulty="__proto__"),
        says=(_SEARCH, _PICTURES, _PROGRAM),
    ),
    Mishap(
        request=Request(id="__proto__", text=f"A very long request: {LONG}", category="constructor"),
        says=(_call("search", queries=["long"]), _answer(f"A long prompt {LONG}")),
    ),
    Mishap(
        request=Request(id="repaired", text="A poster with a blue bird", category="mishaps"),
        says=("I would rather chat.", _PICTURES, f"```json\n{_PROGRAM}\n```", _PROGRAM),
    ),
    Mishap(
        request=Request(id="mended", text="A poster with a picture that nobody found", category="mishaps"),
        says=(_PICTURES, _answer("The first reference image, as IMG_009 shows it", "IMG_009", "IMG_002")),
    ),
    Mishap(
        request=Request(id="endless", text="A poster that is searched for ever", category="mishaps"),
        says=(_SEARCH,),
    ),
    Mishap(
        request=Request(id="silent", text="A poster that the policy's server never heard of", category="mishaps"),
        says=(_SEARCH, PolicyError(f"the policy server answered 503 {MARKUP}")),
    ),
    Mishap(
        request=Request(id="undrawn", text="A poster that the renderer refuses", category="mishaps"),
        says=(_answer("A calm sea"),),
        renderer_says=f"the renderer answered 500 {MARKUP}",
    ),
    Mishap(
        request=Request(id="unjudged", text="A poster that the judge does not understand", category="mishaps"),
        says=(_answer("Three red circles"),),
        judge_says="its reply has no JSON object",
    ),
)  # fmt: skip
