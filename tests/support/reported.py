"""Runs to look at: two of a benchmark, one in which everything goes wrong that can, and one that learns.

Every attempt is made by the real rollout, drawn by the sketch and judged by the judges that compute. Of a training
run only the trainer's own figures are made up: nothing is trained here.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from genevolve import AgentSettings, DrawSettings, Sampling, open_agent
from genevolve.embed import HashedEmbedder
from genevolve.errors import PolicyError
from genevolve.evaluate.run import run_suite
from genevolve.evaluate.suites import open_suite
from genevolve.experience.contrast import axis_scores, contrasts
from genevolve.experience.memory import Memory
from genevolve.judge.computed import ComputedJudge, ComputedProgramJudge
from genevolve.learn.advantage import Counts, Earned
from genevolve.learn.curves import HeldOutFigures, open_held_out
from genevolve.learn.diagnostics import DiagnosticsWriter, StepDiagnostics, UpdateFigures, reward_figures
from genevolve.pipeline import draw, keep_requests
from genevolve.policy import Conversation, Policy, Reply
from genevolve.records import (
    Attempt,
    Experience,
    Failure,
    Group,
    JudgeInfo,
    Limits,
    PolicyInfo,
    Render,
    RendererInfo,
    Request,
    Size,
    Trajectory,
    Usage,
    Verdict,
    WriterInfo,
    experience_id,
)
from genevolve.render.sketch import SketchRenderer
from genevolve.rollout import rollout
from genevolve.search.base import ImageHit, TextHit
from genevolve.skills import load_skills
from genevolve.store import RunDir
from genevolve.store.jsonl import Journal
from genevolve.testing.scripted import Line, ScriptedPolicy
from genevolve.testing.shelf import ShelfProvider
from genevolve.tools import Toolbox
from genevolve.world import (
    Demonstrator,
    Habits,
    World,
    WorldJudge,
    digest_of_requests,
    mean_reward,
    open_world,
    reward_of,
    write_lesson,
)
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
STEPS = 6


async def bench_run(folder: Path, policy: str, *, limit: int = 12, attempts: int = 1) -> RunDir:
    """The first requests of the sketch benchmark, answered by `policy`, drawn and judged."""
    run = RunDir.create(folder)
    suite = open_suite("sketch")
    requests = list(suite.read(None, run.images).requests)[:limit]
    settings = AgentSettings(policy=policy, attempts=attempts, sampling=Sampling(seed=0))
    agent = open_agent(folder, settings, DrawSettings(size=Size(width=512, height=512)))
    await run_suite(agent, [ComputedJudge(run.images), ComputedProgramJudge()], requests, attempts=attempts)
    await agent.close()
    return run


async def unlucky_run(folder: Path) -> RunDir:
    """One attempt for each thing that can go wrong or be odd, the strings of the world hostile."""
    run = RunDir.create(folder)
    await add_mishaps(run)
    return run


async def add_mishaps(run: RunDir) -> None:
    """Append to a run an attempt for each thing that can go wrong, as `unlucky_run` has them."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """A request, what a policy says to it, and what goes wrong after that."""

    request: Request
    says: Sequence[Line]
    renderer_says: str | None = None
    judge_says: str | None = None


async def evolving_run(folder: Path, *, requests: int = 2, attempts: int = 4) -> RunDir:
    """A run of the outer loop in the small world: groups, experiences, a memory, diagnostics, looks at held-out
    requests; the demonstrator has better habits from step to step. It ends with the mishaps of `unlucky_run`.
    """
    run, world = RunDir.create(folder), open_world()
    judge, asked = WorldJudge(world, run), world.requests("train", requests * STEPS)
    keep_requests(run, asked)
    for step in range(STEPS):
        policy = AtStep(step=step, habits=_habits(step))
        groups = [
            await _group(world, run, judge, request, policy, attempts)
            for request in asked[step * requests : (step + 1) * requests]
        ]
        _keep(run, [attempt for group in groups for attempt in group.attempts])
        learned = _experiences(groups, step)
        with Journal(
            run.root / "experiences.jsonl", Experience, key=lambda one: one.id, has_failed=lambda _: False
        ) as journal:
            for one in learned:
                journal.append(one)
        with Memory(HashedEmbedder(), path=run.root / "memory.jsonl") as memory:
            await memory.keep(learned)
            for request in asked[: step + 1]:
                await memory.find(request.text)
            for one in learned[:1]:
                memory.measure(one.id, with_it=[0.8, 0.7 + step / 50], without_it=[0.5, 0.6])
        with DiagnosticsWriter(run.root) as diagnostics:
            diagnostics.write(_diagnostics(step, groups))
    await _look_at_held_out(world, run, judge)
    await add_mishaps(run)
    return run


def large_run(folder: Path, like: RunDir, attempts: int) -> RunDir:
    """So many attempts, each at a request of its own, in the words of another run; each with a photograph of its own.

    A photograph is noise at several scales, which no preview makes small.
    """
    run, made = RunDir.create(folder), list(like.read_trajectories().values())
    scores = {verdict.of: verdict for verdict in like.read_verdicts().values()}
    drawn = {render.trajectory: render for render in like.read_renders().values()}
    with (
        run.request_journal() as requests,
        run.trajectory_journal() as trajectories,
        run.render_journal() as renders,
        run.verdict_journal() as verdicts,
    ):
        for number, photograph in enumerate(_photographs(attempts)):
            old = made[number % len(made)]
            request = old.request.model_copy(update={"id": f"r{number:05d}", "text": f"{number}: {old.request.text}"})
            new = old.model_copy(update={"id": f"{number:032x}", "request": request})
            image = {"trajectory": new.id, "image": run.images.add(photograph), "scene": None}
            render = drawn[old.id].model_copy(update=image)
            requests.append(request)
            trajectories.append(new)
            renders.append(render)
            verdicts.append(scores[drawn[old.id].id].model_copy(update={"of": render.id}))
    for image in {image.digest for trajectory in made for image in trajectory.images}:
        run.images.share(image, like.images)
    return run


def _photographs(count: int, side: int = 384) -> Iterator[bytes]:
    random = np.random.default_rng(7)
    layers = [
        np.asarray(Image.fromarray(random.integers(0, 256, (scale, scale, 3), dtype=np.uint8)).resize((side, side)))
        for scale in (6, 48, side)
    ]
    for _ in range(count):
        shifts = random.integers(0, side, (len(layers), 2))
        rolled = [np.roll(layer, tuple(shift), axis=(0, 1)) for layer, shift in zip(layers, shifts, strict=True)]
        mixed = (rolled[0] * 0.6 + rolled[1] * 0.3 + rolled[2] * 0.1).astype(np.uint8)
        out = BytesIO()
        Image.fromarray(mixed).save(out, "JPEG", quality=85)
        yield out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class AtStep:
    """The demonstrator as if its weights were those of a step."""

    step: int
    habits: Habits

    @property
    def info(self) -> PolicyInfo:
        """As a policy in this process tells it."""
        return PolicyInfo(name="local", model="small-world", weights=f"step-{self.step:06d}")

    async def reply(self, conversation: Conversation) -> Reply:
        """What the demonstrator says, with tokens counted by its words."""
        said = await Demonstrator(habits=self.habits, seed=self.step).reply(conversation)
        heard = sum(len(message.text.split()) for message in conversation.messages)
        return Reply(text=said.text, usage=Usage(prompt_tokens=heard, completion_tokens=len(said.text.split())))


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
_WRITER = WriterInfo(name="rule", rubric="small world")


def _habits(step: int) -> Habits:
    best = 0.36 + 0.09 * step
    return Habits(best=best, common=(1 - best) * 0.7)


async def _group(
    world: World, run: RunDir, judge: WorldJudge, request: Request, policy: Policy, attempts: int
) -> Group:
    made = [
        await judge.judge(await world.roll_out(request, policy, images=run.images, attempt=number))
        for number in range(attempts)
    ]
    return Group(request=request, attempts=tuple(made))


def _keep(run: RunDir, attempts: Iterable[Attempt]) -> None:
    with run.trajectory_journal() as trajectories, run.render_journal() as renders, run.verdict_journal() as verdicts:
        for attempt in attempts:
            trajectories.append(attempt.trajectory)
            if attempt.render:
                renders.append(attempt.render)
            for verdict in (attempt.image_verdict, attempt.program_verdict):
                if verdict:
                    verdicts.append(verdict)


def _experiences(groups: Sequence[Group], step: int) -> list[Experience]:
    found = contrasts([(group, [reward_of(attempt) for attempt in group.attempts]) for group in groups])
    made: list[Experience] = []
    for one in found:
        best, worst = one.best, one.worst
        lesson = write_lesson(best, worst)
        if not lesson.said:
            continue
        names = (best.trajectory.id, worst.trajectory.id)
        made.append(
            Experience(
                id=experience_id(best=names[0], worst=names[1], writer=_WRITER),
                request_id=one.group.request.id,
                request_text=one.group.request.text,
                best=names[0],
                worst=names[1],
                gap=one.gap,
                axes={axis.axis: axis.gap for axis in one.axes},
                lesson=lesson,
                writer=_WRITER,
                step=step,
            )
        )
    return made


def _diagnostics(step: int, groups: Sequence[Group]) -> StepDiagnostics:
    earned = [
        [Earned(reward=reward_of(attempt), axes=axis_scores(attempt)) for attempt in group.attempts] for group in groups
    ]
    advantages = [[one.reward for one in row] for row in earned]
    return StepDiagnostics(
        step=step,
        update=UpdateFigures(
            step=step,
            sequences=sum(map(len, groups_of(groups))),
            tokens=620 - 15 * step,
            taught_sequences=4 + step,
            updates=1,
            skipped=0,
            learning_rate=1e-4,
            gradient_norm=1.9 / (1 + step),
            policy_norm=1.5 / (1 + step),
            distil_norm=0.4 / (1 + step),
            distil_weight=0.4,
            loss_grpo=-0.02 * step,
            loss_distil=0.11 / (1 + step),
            entropy=0.92 - 0.09 * step,
            clip_low=0.004,
            clip_high=0.01,
            kl_old=0.0,
            kl_step=0.012,
            gap={"0.5": 0.02, "0.9": 0.4, "0.99": 2.0 - 0.1 * step, "1.0": 6.0},
            seconds={"gradient": 1.2, "teacher": 0.3},
            peak_bytes=310_000_000,
        ),
        rewards=reward_figures(earned, Counts.of(earned, advantages)),
        encoded={"sequences": sum(map(len, groups_of(groups)))},
        seconds={"rollout": 0.9, "render": 0.2, "judge": 0.1},
    )


def groups_of(groups: Sequence[Group]) -> list[tuple[Attempt, ...]]:
    """The attempts of each group."""
    return [group.attempts for group in groups]


async def _look_at_held_out(world: World, run: RunDir, judge: WorldJudge) -> None:
    asked = world.requests("evaluation", 6)
    with open_held_out(run.root) as journal:
        for step in range(0, STEPS + 1, 2):
            policy = AtStep(step=step, habits=_habits(step))
            for decoding, times in (("sampled", 2), ("greedy", 1)):
                groups = [await _group(world, run, judge, request, policy, times) for request in asked]
                attempts = [attempt for group in groups for attempt in group.attempts]
                reward = mean_reward(attempts)
                journal.append(
                    HeldOutFigures(
                        step=step,
                        decoding="greedy" if decoding == "greedy" else "sampled",
                        requests=len(asked),
                        digest=digest_of_requests(asked),
                        attempts=len(attempts),
                        reward=reward.value,
                        low=reward.low,
                        high=reward.high,
                        valid=1.0,
                        trained_attempts=12 * step,
                        trained_seconds=2.5 * step,
                    )
                )


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
