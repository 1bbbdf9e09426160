"""The outer loop in the small world, from Python: every part in sight, and each can be another one.

    genevolve sft --config configs/small-sft.toml --out runs/small-sft
    python examples/evolve.py runs/small-sft/policy runs/evolved --steps 24

Stopped or killed, it goes on when it is run again. What a part may be instead is in docs/guides/evolve.md.
"""

import argparse
import asyncio
from pathlib import Path

from genevolve.embed import HashedEmbedder
from genevolve.evolve.loop import Loop
from genevolve.evolve.publish import LocalPublisher
from genevolve.evolve.settings import EvolveSettings, LookSettings
from genevolve.learn.config import AnchorSettings, ComputeSettings, DistilSettings, GrpoSettings, LearnSettings
from genevolve.learn.config import UpdateSettings as Update
from genevolve.learn.curves import HeldOutFigures
from genevolve.learn.diagnostics import StepDiagnostics
from genevolve.learn.tokens import TrajectoryEncoder
from genevolve.learn.trainer import Trainer
from genevolve.model.encode import ChatEncoder
from genevolve.model.load import load_model
from genevolve.policy.local import LocalPolicy
from genevolve.rollout.window import windowed
from genevolve.store import RunDir
from genevolve.world import open_world
from genevolve.world.agent import WorldWriter, world_agent
from genevolve.world.judging import world_judges


def settings_of(*, steps: int, requests: int, attempts: int) -> EvolveSettings:
    """What suits a model of under a million parameters; all else is as published."""
    learn = LearnSettings(
        update=Update(requests=requests, attempts=attempts, steps=steps, learning_rate=1e-3, schedule="constant"),
        grpo=GrpoSettings(aggregation="token-mean"),
        distil=DistilSettings(form="bounded_gap"),
        anchor=AnchorSettings(weight=10.0),
        compute=ComputeSettings(micro_batch_tokens=8192),
    )
    return EvolveSettings(learn=learn, look=LookSettings(every=8))


def loop_of(start: Path, out: Path, settings: EvolveSettings, *, held_out: int) -> Loop:
    """The parts of a loop that goes on from a policy."""
    world, run, model = open_world(), RunDir.create(out), load_model(start)
    policy = LocalPolicy(model, images=run.images)
    agent = world_agent(world, run, policy)
    chat = ChatEncoder(model.processor, run.images.read)
    return Loop(
        agent=agent,
        judges=world_judges(world, run.images),
        writer=WorldWriter(),
        embedder=HashedEmbedder(),
        model=model,
        encoder=TrajectoryEncoder(chat, window=windowed, max_tokens=agent.sampling.limits.max_context_tokens),
        trainer=Trainer(model.module, settings.learn),
        publisher=LocalPublisher(policy),
        requests=world.requests("train", 2048),
        held_out=world.requests("validation", held_out),
        settings=settings,
    )


def show_step(step: StepDiagnostics) -> None:
    """A line of a step."""
    rewards = step.rewards
    if rewards is not None and rewards.mean is not None:
        print(
            f"step {step.step}: reward {rewards.mean:.3f} of {rewards.attempts} attempts, "
            f"{rewards.equal_groups} groups taught nothing, "
            f"{step.experiences.get('written', 0)} lessons, {step.seconds['step']:.1f} s"
        )


def show_look(look: HeldOutFigures) -> None:
    """A line of a look."""
    print(f"held out: {look.reward:.3f} [{look.low:.3f}, {look.high:.3f}] {look.decoding}, {look.valid:.0%} valid")


async def main(start: Path, out: Path, settings: EvolveSettings, *, held_out: int) -> None:
    """Evolve a policy, and say where it is."""
    loop = loop_of(start, out, settings, held_out=held_out)
    try:
        evolved = await loop.run(on_step=show_step, on_look=show_look)
    finally:
        await loop.close()
    print(f"{evolved.steps} steps; the policy is in {out / 'policy'}, its lessons in {out / 'experiences.jsonl'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Evolve a policy of the small world.")
    parser.add_argument("start", type=Path, help="folder of the policy to go on from")
    parser.add_argument("out", type=Path, help="run folder")
    for name, value in (("steps", 24), ("requests", 8), ("attempts", 6), ("held-out", 60)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    chosen = settings_of(steps=given.steps, requests=given.requests, attempts=given.attempts)
    asyncio.run(main(given.start, given.out, chosen, held_out=given.held_out))
