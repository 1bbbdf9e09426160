"""What an attempt in the small world takes and earns: processor time of its parts, tokens, mean rewards.

    python benchmarks/world.py [--requests 120] [--attempts 4] [--json FILE]

Programs are drawn and judged one by one; "again" is the second time that an equal program is judged.
"""

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from genevolve.policy import Policy
from genevolve.records import Request, Trajectory
from genevolve.store import RunDir
from genevolve.world import (
    OPTIONS,
    Demonstrator,
    Fixed,
    World,
    WorldJudge,
    digest_of_requests,
    mean_reward,
    open_vocabulary,
    open_world,
)

COMMON = Fixed(choices={decision: options[1] for decision, options in OPTIONS.items()})
POLICIES: dict[str, Policy] = {"demonstrator": Demonstrator(), "no mistake": Fixed(), "common mistakes": COMMON}


async def attempts_of(
    world: World, policy: Policy, requests: list[Request], times: int, run: RunDir
) -> tuple[list[Trajectory], float]:
    """Trajectories, and processor milliseconds of one."""
    begun = time.process_time()
    made = [
        await world.roll_out(request, policy, images=run.images, attempt=attempt)
        for request in requests
        for attempt in range(times)
    ]
    return made, 1000 * (time.process_time() - begun) / len(made)


def tokens_of(trajectory: Trajectory) -> tuple[int, int]:
    """Of all that was read and said, and of what the policy said: each message's words, who speaks, and its end."""
    vocabulary = open_vocabulary()
    heard = [len(vocabulary.encode(message.text)) for turn in trajectory.turns for message in turn.heard]
    said = [len(vocabulary.encode(turn.reply)) for turn in trajectory.turns]
    # Who speaks next is read; the end of what the policy says is its own.
    return sum(heard) + sum(said) + 2 * len(heard + said), sum(said) + len(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one policy; times of one attempt."""

    policy: str
    mean_reward: float
    low: float
    high: float
    tokens: float
    tokens_said: float
    roll_out_ms: float
    draw_and_judge_ms: float
    again_ms: float

    def __str__(self) -> str:
        interval = f"{self.mean_reward:.4f} [{self.low:.4f}, {self.high:.4f}]"
        return (
            f"{self.policy:16} {interval:>24} {self.tokens:>7.1f} {self.tokens_said:>5.1f}"
            f" {self.roll_out_ms:>6.1f} ms {self.draw_and_judge_ms:>8.1f} ms {self.again_ms:>4.2f} ms"
        )


async def measure(world: World, name: str, requests: list[Request], times: int, run: RunDir) -> Figures:
    """The figures of one policy."""
    policy = POLICIES[name]
    trajectories, roll_out_ms = await attempts_of(world, policy, requests, times, run)
    judge = WorldJudge(world, run)
    begun = time.process_time()
    attempts = await judge.judge_all(trajectories)
    judged = time.process_time()
    await judge.judge_all(trajectories)
    again = time.process_time()
    tokens = [tokens_of(trajectory) for trajectory in trajectories]
    reward = mean_reward(attempts)
    return Figures(
        policy=name,
        mean_reward=reward.value,
        low=reward.low,
        high=reward.high,
        tokens=sum(read_and_said for read_and_said, _ in tokens) / len(tokens),
        tokens_said=sum(said for _, said in tokens) / len(tokens),
        roll_out_ms=roll_out_ms,
        draw_and_judge_ms=1000 * (judged - begun) / len(attempts),
        again_ms=1000 * (again - judged) / len(attempts),
    )


def main() -> None:
    """Measure, print a table, and keep the figures where --json says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=120)
    parser.add_argument("--attempts", type=int, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    world = open_world()
    requests = world.requests("evaluation", options.requests)
    with tempfile.TemporaryDirectory() as folder:
        run = RunDir.create(Path(folder) / "run")
        rows = [asyncio.run(measure(world, name, requests, options.attempts, run)) for name in POLICIES]
    print(f"evaluation {digest_of_requests(requests)}, {len(requests)} requests, {options.attempts} attempts each")
    print(f"vocabulary {len(open_vocabulary())} tokens")
    print(
        f"{'policy':16} {'mean reward':>24} {'tokens':>7} {'said':>5} {'roll out':>9} {'draw+judge':>11} {'again':>7}"
    )
    for row in rows:
        print(row)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
