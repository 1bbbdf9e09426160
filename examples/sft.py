"""Supervised tuning in the small world, from Python: demonstrations, a model made from nothing, a policy that answers.

    python examples/sft.py runs/tuned --count 8000 --epochs 3

It is what `genevolve sft --config configs/small-sft.toml` does, without checkpoints; any transformers model and any
trajectories can stand in the places of these.
"""

import argparse
import asyncio
from pathlib import Path

from genevolve.learn.config import ComputeSettings, SftSettings
from genevolve.learn.sft import Tuner, open_journal
from genevolve.learn.tokens import TokenSequence, TrajectoryEncoder
from genevolve.model.encode import ChatEncoder
from genevolve.model.load import load_model, save_model
from genevolve.policy.local import LocalPolicy
from genevolve.records import Trajectory
from genevolve.rollout.window import windowed
from genevolve.store import RunDir
from genevolve.world import ExampleSettings, WorldJudge, make_examples, mean_reward, open_world
from genevolve.world.model import make_policy

WORLD = open_world()


async def demonstrated(run: RunDir, count: int, *, held_out: int) -> tuple[list[Trajectory], list[Trajectory]]:
    """What the world's demonstrator does, some of it under advice; the held-out attempts are about other entities."""
    settings = ExampleSettings(advised=0.5)
    requests = [*WORLD.requests("train", count), *WORLD.requests("validation", held_out)]
    made = [one async for one in make_examples(WORLD, requests, images=run.images, settings=settings)]
    return made[:count], made[count:]


async def measured(run: RunDir, policy: LocalPolicy, *, requests: int) -> str:
    """The mean reward of a policy on evaluation requests."""
    try:
        asked = WORLD.requests("evaluation", requests)
        attempts = await asyncio.gather(*(WORLD.roll_out(one, policy, images=run.images) for one in asked))
        return str(mean_reward(await WorldJudge(WORLD, run).judge_all(attempts)))
    finally:
        await policy.close()


def main() -> None:
    """Tune, save, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=8000, help="attempts to learn from")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--requests", type=int, default=60, help="evaluation requests")
    given = parser.parse_args()

    run = RunDir.create(given.out)
    model = load_model(make_policy(given.out / "start"))
    encoder = TrajectoryEncoder(ChatEncoder(model.processor, run.images.read), window=windowed, max_tokens=4096)

    def encoded(trajectories: list[Trajectory]) -> list[TokenSequence]:
        return [sequence for one in trajectories for sequence in encoder.demonstrated(one).sequences]

    learned, held_out = asyncio.run(demonstrated(run, given.count, held_out=100))
    settings = SftSettings(
        learning_rate=1.5e-2,
        weight_decay=0.05,
        optimizer="muon",
        batch=given.batch,
        epochs=given.epochs,
        held_out_every=25,
        compute=ComputeSettings(micro_batch_tokens=4096),
    )
    tuner = Tuner(model.module, encoded(learned), settings)
    with open_journal(run.root) as journal:
        for figures in tuner.run(held_out=encoded(held_out)):
            journal.append(figures)
            if figures.held_out_loss is not None:
                print(f"update {tuner.done} of {tuner.total}: loss {figures.loss:.4f}, {figures.held_out_loss:.4f}")
    policy = save_model(model, given.out / "policy")
    print("reward", asyncio.run(measured(run, LocalPolicy(policy, images=run.images), requests=given.requests)))
    print(f"genevolve run --world 0 --policy local:{policy} '{WORLD.requests('evaluation', 1)[0].text}'")


if __name__ == "__main__":
    main()
