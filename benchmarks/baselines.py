"""What each part of the agent is worth: the sketch benchmark without an agent, with the planner, without its parts.

    python benchmarks/baselines.py [--edition test] [--limit N] [--out docs/results/baselines.json]

Offline, no model. Each arm is a run folder under --runs; a stopped benchmark goes on where it was.
"""

import argparse
import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path

from genevolve.evaluate.compare import Side, compare
from genevolve.evaluate.run import run_suite
from genevolve.evaluate.suites import open_suite
from genevolve.evaluate.summary import summarise
from genevolve.evaluate.tables import as_markdown
from genevolve.judge import JudgeSettings
from genevolve.pipeline import AgentSettings, judge_with, open_agent

TOOLS = ("search", "image_search", "query_knowledge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way of answering."""

    name: str
    settings: AgentSettings
    expected_below: str | None = None
    """The arm that should score higher."""


ARMS = (
    Arm(name="direct", settings=AgentSettings(policy="direct"), expected_below="planner"),
    Arm(name="planner", settings=AgentSettings()),
    *(
        Arm(
            name=f"planner without {tool}",
            settings=AgentSettings(tools=tuple(other for other in TOOLS if other != tool)),
            expected_below="planner",
        )
        for tool in TOOLS
    ),
    Arm(name="planner without skills", settings=AgentSettings(skills="none"), expected_below="planner"),
)


async def run_arm(arm: Arm, *, edition: str, limit: int | None, runs: Path) -> tuple[Side, float]:
    """The arm's attempts with their verdicts, and the seconds that this took."""
    suite = open_suite("sketch", edition=edition)
    agent = open_agent(runs / arm.name.replace(" ", "-"), arm.settings)
    requests = suite.read(None, agent.run.images).requests[:limit]
    judges = [judge_with(JudgeSettings(judge=name), images=agent.run.images) for name in suite.judges]
    began = time.monotonic()
    ran = await run_suite(agent, judges, requests)
    seconds = time.monotonic() - began
    await agent.close()
    side = Side(
        name=arm.name,
        suite=suite,
        requests=requests,
        attempts=ran.attempts,
        judges={judge.kind: judge.info for judge in judges},
    )
    return side, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edition", default="test")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--runs", type=Path, default=Path("runs/baselines"))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    sides: dict[str, tuple[Side, float]] = {}
    for arm in ARMS:
        sides[arm.name] = asyncio.run(run_arm(arm, edition=args.edition, limit=args.limit, runs=args.runs))
    planner = sides["planner"][0]
    cells = [["arm", "na_half", "95%", "reward", "planner is better by (paired)", "95%", "seconds"]]
    written: list[dict[str, object]] = []
    for arm in ARMS:
        side, seconds = sides[arm.name]
        whole = summarise(side.suite, side.requests, side.attempts, judges=side.judges).groups[0]
        overall, reward = whole.figure("na_half"), whole.figure("reward")
        assert overall is not None
        assert reward is not None
        row = [
            arm.name,
            f"{overall.headline:.4f}",
            f"[{overall.low:.4f}, {overall.high:.4f}]",
            f"{reward.headline:.4f}",
        ]
        gap = None
        if arm.name != "planner":
            figures = compare(side, planner).groups[0].figures
            gap = next(figure for figure in figures if figure.name == "na_half")
            row += [f"{gap.difference:+.4f}", f"[{gap.low:+.4f}, {gap.high:+.4f}]"]
        cells.append([*row, *["-"] * (6 - len(row)), f"{seconds:.1f}"])
        axes = {figure.name: figure.headline for figure in whole.figures}
        written.append(
            {
                "arm": arm.name,
                "figures": axes,
                "na_half": [overall.headline, overall.low, overall.high],
                "planner_minus_arm": gap and [gap.difference, gap.low, gap.high],
                "seconds": round(seconds, 1),
            }
        )
        if gap is not None and not gap.is_sure:
            print(f"no sure difference between planner and {arm.name}: {gap.difference:+.4f}")
    print(as_markdown(cells))
    if args.out:
        args.out.write_text(
            json.dumps({"edition": args.edition, "requests": len(planner.requests), "arms": written}, indent=1) + "\n"
        )


if __name__ == "__main__":
    main()
