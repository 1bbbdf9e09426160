"""Runs to look at: of a benchmark, one that learns and in which everything goes wrong that can, and a large one.

Every attempt is made by the real rollout, drawn by the sketch and judged by the judges that compute. Of a training
run only the trainer's own figures are made up: nothing is trained here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from genevolve import AgentSettings, DrawSettings, Sampling, open_agent
from genevolve.embed import HashedEmbedder
from genevolve.evaluate.run import run_suite
from genevolve.evaluate.suites import open_suite
from genevolve.experience.contrast import axis_scores, contrasts
from genevolve.experience.memory import Memory
from genevolve.judge.computed import ComputedJudge, ComputedProgramJudge
from genevolve.learn.advantage import Counts, Earned
from genevolve.learn.curves import HeldOutFigures, open_held_out
from genevolve.learn.diagnostics import DiagnosticsWriter, StepDiagnostics, UpdateFigures, reward_figures
from genevolve.pipeline import keep_requests
from genevolve.policy import Conversation, Policy, Reply
from genevolve.records import (
    Attempt,
    Experience,
    Group,
    PolicyInfo,
    Request,
    Size,
    Usage,
    WriterInfo,
    experience_id,
)
from genevolve.store import RunDir
from genevolve.store.jsonl import Journal
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
from support.mishaps import add_mishaps

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
    """One attempt for each thing that can go wrong, and nothing else."""
    run = RunDir.create(folder)
    await add_mishaps(run)
    return run


async def evolving_run(folder: Path, *, requests: int = 2, attempts: int = 4) -> RunDir:
    """A run of the outer loop in the small world: groups, experiences, a memory, diagnostics, looks at held-out
    requests; the demonstrator has better habits from step to step. It ends with every mishap.
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
            sequences=sum(len(group.attempts) for group in groups),
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
        encoded={"sequences": sum(len(group.attempts) for group in groups)},
        seconds={"rollout": 0.9, "render": 0.2, "judge": 0.1},
    )


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
