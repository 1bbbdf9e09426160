"""What experience is worth: arms by supervised seeds in the small world, resumable, several processes side by side.

    python examples/ablation.py plan                          # the arms, and what is different in each
    python examples/ablation.py run runs/ablation --jobs 2    # the same command again goes on
    python examples/ablation_report.py runs/ablation          # the table; --json and --figure write it down

Every seed has a supervised policy of its own, and every arm begins with it, on the same requests in the same order.
Copy this file to compare arms of your own.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import JsonValue

from genevolve.config import keep_config, load_config
from genevolve.embed import EmbedSettings, open_embedder
from genevolve.errors import DivergedError
from genevolve.evolve.lessons import Hint, own_words
from genevolve.evolve.settings import EvolveSettings, Given
from genevolve.experience.hint import hint_of
from genevolve.judge import Judge
from genevolve.learn.curves import open_held_out, read_held_out
from genevolve.records import (
    Attempt,
    Experience,
    JudgeInfo,
    Request,
    Verdict,
    VerdictKind,
    digest_bytes,
    digest_of_requests,
)
from genevolve.store import ImageStore, RunDir
from genevolve.world import Split, World, open_world, random_advice
from genevolve.world.advice import Piece, lesson_of
from genevolve.world.agent import WorldWriter, world_agent
from genevolve.world.decisions import BEST
from genevolve.world.judging import world_judges
from genevolve.world.remembered import RememberingRenderer
from genevolve.world.speech import read_request

if TYPE_CHECKING:
    from genevolve.evolve.loop import Loop

CONFIGS = Path(__file__).parent.parent / "configs"
REQUESTS = 2048
"""To learn from; a run takes the first of an order of its own."""
HELD_OUT = 120
RARE = {"best": 0.25, "common": 0.55}
"""Shares of the demonstrator's good and common bad choices, in the world where good ones are rare."""

Changes = dict[str, Any]
Lesson = Literal["pair", "group", "chance", "flawless"]
"""What the teacher reads: a lesson of the best and the worst attempt, or of all; advice by chance; or no mistake."""
BASELINE = "grpo+anchor"
NONE: Changes = {"form": "none"}
ANCHOR_WEIGHT = 10.0
FORMS: dict[str, Changes] = {
    "published": {"form": "published", "weight": 2.0},
    "annealed": {"form": "published", "weight": 2.0, "anneal": "linear", "anneal_steps": 20},
    "bounded": {"form": "bounded_gap"},
    "shaped": {"form": "shaped"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """How one arm differs from the tuned GRPO of `configs/small-evolve.toml`."""

    says: str
    distil: Changes
    anchor: bool = True
    axes: bool = False
    experience: Given = "own"
    lesson: Lesson = "pair"
    noise: float = 0.0
    """Share of the scores of training attempts that are replaced by chance."""
    rare: bool = False
    """Begins with a policy whose demonstrator seldom chose well."""

    @property
    def baseline(self) -> str:
        """The arm that it is held against: the plain one under the same conditions."""
        return "noisy grpo" if self.noise else "rare grpo" if self.rare else BASELINE


ARMS: dict[str, Arm] = {
    "grpo": Arm(says="GRPO", distil=NONE, anchor=False),
    "grpo+anchor": Arm(says="with the support anchor", distil=NONE),
    "axes": Arm(says="GRPO with credit by axis", distil=NONE, anchor=False, axes=True),
    "axes+anchor": Arm(says="the same with the anchor", distil=NONE, axes=True),
    "published": Arm(says="the published distillation, weight 2", distil=FORMS["published"], anchor=False),
    "published+anchor": Arm(says="the same with the anchor", distil=FORMS["published"]),
    "annealed+anchor": Arm(says="its weight falls to 0 over 20 steps", distil=FORMS["annealed"]),
    "bounded+anchor": Arm(says="the bounded expected gap", distil=FORMS["bounded"]),
    "shaped+anchor": Arm(says="advantages shaped by the gap", distil=FORMS["shaped"]),
    "axes+annealed+anchor": Arm(says="credit by axis and distillation", distil=FORMS["annealed"], axes=True),
    "axes+bounded+anchor": Arm(says="credit by axis and the bounded gap", distil=FORMS["bounded"], axes=True),
    "group+anchor": Arm(says="the bounded gap, a lesson of the whole group", distil=FORMS["bounded"], lesson="group"),
    "shuffled": Arm(says="the lesson of another request", distil=FORMS["bounded"], experience="shuffled"),
    "by chance": Arm(says="advice by chance", distil=FORMS["bounded"], lesson="chance"),
    "flawless": Arm(says="a lesson that no writer could write", distil=FORMS["bounded"], lesson="flawless"),
    "noisy grpo": Arm(says="a fifth of the scores by chance", distil=NONE, noise=0.2),
    "noisy axes": Arm(says="the same, credit by axis", distil=NONE, axes=True, noise=0.2),
    "noisy bounded": Arm(says="the same, the bounded gap", distil=FORMS["bounded"], noise=0.2),
    "rare grpo": Arm(says="good choices are rare", distil=NONE, rare=True),
    "rare axes": Arm(says="the same, credit by axis", distil=NONE, axes=True, rare=True),
    "rare bounded": Arm(says="the same, the bounded gap", distil=FORMS["bounded"], rare=True),
}


def settings_of(arm: Arm, *, seed: int, plan: argparse.Namespace) -> EvolveSettings:
    """The settings of an arm: those of the plan's config, changed as the arm says."""
    settings = load_config(plan.config).evolve or EvolveSettings()
    learn = settings.learn
    teaches = arm.distil != NONE
    return settings.but(
        seed=seed,
        steps=plan.steps,
        checkpoint_every=plan.steps,
        experience=arm.experience if teaches else "none",
        look=settings.look.but(every=plan.look_every, greedy=False),
        learn=learn.but(
            reward=learn.reward.but(by_axis=arm.axes),
            distil=learn.distil.model_validate(arm.distil),
            anchor=learn.anchor.but(weight=ANCHOR_WEIGHT if arm.anchor else 0.0),
        ),
    )


def advice_by_chance(request: Request, experience: Experience) -> str:
    """A control: as many words, and none of them about what happened."""
    asked = read_request(request.text)
    return hint_of(random_advice(asked, random.Random(experience.id))) if asked else ""


def flawless(request: Request, experience: Experience) -> str:  # noqa: ARG001 - it knows without it
    """A diagnosis: what lessons could give at most, where they knew the best option of every decision."""
    asked = read_request(request.text)
    pieces = [Piece(decision=decision, option=option) for decision, option in BEST.items()]
    return hint_of(lesson_of(pieces, asked)) if asked else ""


HINTS: dict[Lesson, Hint] = {"pair": own_words, "group": own_words, "chance": advice_by_chance, "flawless": flawless}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisyJudge:
    """A judge that now and then gives an axis another score, by chance; held-out attempts it judges as they are."""

    exact: Judge
    share: float
    spared: frozenset[str]
    """Requests whose attempts are judged without noise."""

    @property
    def kind(self) -> VerdictKind:
        """What it looks at."""
        return self.exact.kind

    @property
    def info(self) -> JudgeInfo:
        """The judge that it asks, and how noisy it is."""
        noise: dict[str, JsonValue] = {"noise": self.share}
        return self.exact.info.but(settings=self.exact.info.settings | noise)

    def lacks(self, attempt: Attempt) -> str | None:
        """What a judgement needs and the attempt has not, in words."""
        return self.exact.lacks(attempt)

    async def judge(self, attempt: Attempt) -> Verdict:
        """The verdict, some of its scores replaced; an attempt is always judged alike."""
        verdict = (await self.exact.judge(attempt)).but(judge=self.info)
        if attempt.trajectory.request.id in self.spared:
            return verdict
        return verdict.but(scores={axis: self._heard(attempt, axis, score) for axis, score in verdict.scores.items()})

    def _heard(self, attempt: Attempt, axis: str, score: float) -> float:
        levels = 3 if self.kind == "image" else 5
        chance = int(digest_bytes(f"{attempt.trajectory.id} {axis}".encode()), 16)
        is_noise = chance % 10_000 < self.share * 10_000
        return chance // 10_000 % levels / (levels - 1) if is_noise else score


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the runs of one process share: an equal program is drawn and judged once for all arms."""

    world: World
    images: ImageStore
    judges: tuple[Judge, Judge]


@cache
def bench_in(folder: Path) -> Bench:
    """The bench of this process."""
    import torch

    torch.set_num_threads(1)
    world = open_world()
    images = ImageStore(folder / "images")
    world = replace(world, renderer=RememberingRenderer(world.renderer))
    return Bench(world=world, images=images, judges=world_judges(world, images))


async def evolve(
    folder: Path, start: Path, arm: Arm, settings: EvolveSettings, *, bench: Bench, split: Split, count: int
) -> None:
    """One run: the loop from a supervised policy, with looks at held-out requests; goes on where it was stopped."""
    from genevolve.evolve.loop import Loop
    from genevolve.evolve.publish import LocalPublisher
    from genevolve.learn.tokens import TrajectoryEncoder
    from genevolve.learn.trainer import Trainer
    from genevolve.model.encode import ChatEncoder
    from genevolve.model.load import load_model
    from genevolve.policy.local import LocalPolicy
    from genevolve.rollout.window import windowed
    from genevolve.world.credit import claims_of

    run = RunDir.create(folder)
    run.images = bench.images
    held_out = bench.world.requests(split, count)
    spared = frozenset(request.id for request in held_out)
    model = load_model(start)
    policy = LocalPolicy(replace(model, name="small"), images=run.images, weights="start")
    loop = Loop(
        agent=world_agent(bench.world, run, policy),
        judges=[NoisyJudge(exact=one, share=arm.noise, spared=spared) if arm.noise else one for one in bench.judges],
        writer=WorldWriter("group" if arm.lesson == "group" else "pair"),
        embedder=open_embedder(EmbedSettings(embedder="hashed")),
        model=model,
        encoder=TrajectoryEncoder(ChatEncoder(model.processor, run.images.read), window=windowed, max_tokens=4096),
        trainer=Trainer(model.module, settings.learn),
        publisher=LocalPublisher(policy),
        requests=bench.world.requests("train", REQUESTS),
        held_out=held_out,
        settings=settings,
        claims=claims_of,
        hint=HINTS[arm.lesson],
    )
    try:
        await loop.run()
        await look_greedily(loop)
    finally:
        await loop.close()


async def look_greedily(loop: "Loop") -> None:
    """One more look, at the end: what the policy thinks best, beside what it says by chance."""
    from genevolve.evolve.look import look, looking_agent
    from genevolve.evolve.state import HELD_OUT as FOLDER

    run, step = loop.agent.run, loop.trainer.step
    looks = read_held_out(run.root)
    if any(one.decoding == "greedy" and one.step == step for one in looks):
        return
    figures = await look(
        looking_agent(loop.agent, run.root / FOLDER),
        loop.judges,
        loop.held_out,
        step=step,
        decoding="greedy",
        reward=loop.settings.learn.reward,
        trained_attempts=looks[-1].trained_attempts,
        trained_seconds=looks[-1].trained_seconds,
    )
    with open_held_out(run.root) as journal:
        journal.append(figures)


def make_start(folder: Path, seed: int, *, rare: bool) -> str:
    """Tune the supervised policy of a seed by `genevolve sft` with the small world's config; goes on if stopped."""
    run = RunDir.create(start_in(folder, seed, rare=rare))
    if not (run.root / "policy" / "config.json").is_file():
        config = load_config(CONFIGS / "small-sft.toml")
        shown, model, sft = config.demonstrations, config.model, config.sft
        assert shown is not None
        assert model is not None
        assert sft is not None
        habits = RARE if rare else {}
        seeded = {
            "demonstrations": shown.but(seed=seed, **habits),
            "model": model.but(seed=seed),
            "sft": sft.but(seed=seed),
        }
        keep_config(run, config.model_copy(update=seeded))
        command = [
            sys.executable,
            "-m",
            "genevolve.cli.main",
            "sft",
            "--config",
            str(run.config),
            "--out",
            str(run.root),
        ]
        with run.root.with_suffix(".log").open("a", encoding="utf-8") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log)
    return f"start in {run.root}"


def start_in(folder: Path, seed: int, *, rare: bool) -> Path:
    """Where the supervised run of a seed is."""
    return folder / "starts" / f"{'rare' if rare else 'usual'}-{seed}"


def make_run(folder: Path, name: str, seed: int, plan: argparse.Namespace) -> str:
    """One run of one arm, in a process of the pool; says how it went."""
    arm = ARMS[name]
    out = folder / "runs" / f"{name.replace(' ', '-')}" / f"seed-{seed}"
    start = plan.start or start_in(folder, seed, rare=arm.rare) / "policy"
    settings = settings_of(arm, seed=seed, plan=plan)
    began = time.monotonic()
    try:
        asyncio.run(evolve(out, start, arm, settings, bench=bench_in(folder), split=plan.split, count=plan.held_out))
    except DivergedError as error:  # a collapse is a result: its curve ends here
        return f"{name:22} seed {seed}: {error}"
    last = [one for one in read_held_out(out) if one.decoding == "sampled"][-1]
    return f"{name:22} seed {seed}: {last.reward:.3f} after {last.step} steps, {time.monotonic() - began:.0f} s"


def run_all(folder: Path, names: Sequence[str], seeds: Sequence[int], plan: argparse.Namespace) -> bool:
    """Every start, then every arm from every start, several at once; what is done is not done again.

    Returns:
        Whether all went well; one that failed is said, and the others go on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {(ARMS[name].rare, seed) for name in names for seed in seeds if not plan.start}
    # One thread each: two on shared cores are slower for so small a model.
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(plan.jobs, mp_context=get_context("spawn")) as pool:
        starts = [pool.submit(make_start, folder, seed, rare=rare) for rare, seed in sorted(wanted)]
        if not told(starts):
            return False
        return told([pool.submit(make_run, folder, name, seed, plan) for name in names for seed in seeds])


def told(work: Sequence[Future[str]]) -> bool:
    """Say what comes of each as it comes, in words where it failed; whether none did."""
    for one in as_completed(work):
        print(repr(error) if (error := one.exception()) else one.result(), flush=True)
    return not any(one.exception() for one in work)


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("plan", "run"))
    parser.add_argument("folder", type=Path, nargs="?", default=Path("runs/ablation"))
    parser.add_argument("--arms", help="comma-separated names; all of them unless given")
    parser.add_argument("--seeds", default="1-5", help="supervised seeds, such as 1-5 or 3")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument(
        "--look-every", type=int, default=4, help="steps from one look at held-out requests to the next"
    )
    parser.add_argument("--held-out", type=int, default=HELD_OUT, help="how many requests a look is at")
    parser.add_argument("--split", choices=("validation", "evaluation"), default="evaluation")
    parser.add_argument("--start", type=Path, help="a policy that every run begins with, in place of one a seed")
    parser.add_argument("--config", type=Path, default=CONFIGS / "small-evolve.toml", help="what all arms share")
    parser.add_argument("--jobs", type=int, default=2)
    plan = parser.parse_args()
    names = plan.arms.split(",") if plan.arms else list(ARMS)
    if unknown := [name for name in names if name not in ARMS]:
        parser.error(f"there is no arm {unknown[0]!r}; expected some of: {', '.join(ARMS)}")
    if plan.look_every < 1:
        parser.error("without looks there is nothing to compare; expected --look-every 1 or more")
    first, _, last = plan.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    if plan.action == "plan":
        for name in names:
            print(f"{name:22} {ARMS[name].says}")
        held_out = open_world().requests(plan.split, plan.held_out)
        print(f"{len(names)} arms, seeds {plan.seeds}, {plan.steps} steps; {plan.split} {digest_of_requests(held_out)}")
        return
    sys.exit(not run_all(plan.folder, names, seeds, plan))


if __name__ == "__main__":
    main()
