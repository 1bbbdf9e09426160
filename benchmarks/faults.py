"""Everything that can go wrong with servers and pictures, at once: who is accounted for, and what is asked twice?

    python benchmarks/faults.py                           # 500 requests, each fault befalling a tenth of them
    python benchmarks/faults.py --requests 60 --json faults.json

A first run meets the faults, rolled out and drawn; a second, with --retry-failed
and the faults gone, finishes the rest. Ends with 1 where a request has not
exactly one line, a line is neither a valid program nor a typed failure, a picture
is missing at the end, or a server was asked again for what it had answered.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from genevolve.http.client import CallLimits
from genevolve.http.guard import Downloader, DownloadLimits
from genevolve.pipeline import Agent, AgentSettings, DrawSettings, draw_all, keep_requests, open_agent
from genevolve.policy import ServedSettings
from genevolve.records import Answer, AnsweredReference, Dialect, Render, Request, Size, Trajectory
from genevolve.render import open_renderer
from genevolve.rollout import faults
from genevolve.search import open_provider
from genevolve.search.remembered import RememberedProvider
from genevolve.skills import load_skills
from genevolve.store import RunDir
from genevolve.store.cache import AnswerStore
from genevolve.testing.faulty_world import FaultyWorld
from genevolve.tools import Toolbox

Report = dict[str, object]


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--share", type=float, default=0.1, help="of the requests that each fault befalls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parallel", type=int, default=32)
    parser.add_argument("--patience", type=float, default=5.0, help="seconds that a server is waited for")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(
            suffer(
                Path(folder),
                requests=options.requests,
                share=options.share,
                seed=options.seed,
                parallel=options.parallel,
                patience=options.patience,
            )
        )
    print_table(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if report["problems"] else 0


async def suffer(folder: Path, *, requests: int, share: float, seed: int, parallel: int, patience: float) -> Report:
    """Both runs, what they cost, and what is wrong with what they left."""
    async with FaultyWorld(requests=requests, share=share, seed=seed) as world:
        os.environ.update(world.environment)
        first = await one_run(folder, world, parallel=parallel, patience=patience, retry=False)
        befell = dict(sorted((world.befell + world.odd_pictures_asked).items()))
        problems = unaccounted(folder, world)
        world.calm()
        second = await one_run(folder, world, parallel=parallel, patience=patience, retry=True)
        problems += unaccounted(folder, world)
        run = RunDir.open(folder / "run")
        problems += [f"{t.request.id} has no program" for t in run.read_trajectories().values() if not t.program]
        problems += [f"{r.trajectory} has no picture: {r.failure}" for r in run.read_renders().values() if not r.image]
        problems += [f"asked {times} times, though answered: {asked}" for asked, times in world.asked_twice.items()]
        return {
            "requests": requests,
            "faults_that_struck": sum(befell.values()),
            "first_run": first,
            "second_run": second,
            "servers_answered": dict(Counter(asked[0] for asked in world.answered.elements())),
            "pictures_asked_for": len(world.files.asked),
            "befell": befell,
            "problems": problems,
        }


async def one_run(folder: Path, world: FaultyWorld, *, parallel: int, patience: float, retry: bool) -> Report:
    """Roll out and draw what is missing, in an agent of its own as after a restart."""
    agent = impatient_agent(folder / "run", patience=patience)
    try:
        await agent.prepare()
        rollout_seconds, render_seconds = await answer_and_draw(agent, world.requests, parallel=parallel, retry=retry)
    finally:
        await agent.close()
    trajectories = agent.run.read_trajectories().values()
    renders = agent.run.read_renders().values()
    return {
        "rollout_seconds": round(rollout_seconds, 1),
        "render_seconds": round(render_seconds, 1),
        "stops": dict(Counter(trajectory.stop.value for trajectory in trajectories)),
        "programs": sum(trajectory.program is not None for trajectory in trajectories),
        "pictures": sum(render.image is not None for render in renders),
        "failures": kinds([*trajectories, *renders]),
    }


async def answer_and_draw(agent: Agent, requests: list[Request], *, parallel: int, retry: bool) -> tuple[float, float]:
    """Make the trajectories and the pictures that the agent's run does not have; the seconds of both."""
    began = time.monotonic()
    with agent.run.lock():
        keep_requests(agent.run, requests)
        await agent.roll_out_all([(request, 0) for request in requests], parallel=parallel, retry_failed=retry)
        rolled_out = time.monotonic()
        trajectories = agent.run.read_trajectories().values()
        await draw_all(agent.run, agent.renderer, trajectories, parallel=parallel, retry_failed=retry)
    return rolled_out - began, time.monotonic() - rolled_out


def impatient_settings(*, patience: float = 20.0, dialect: Dialect = "tagged") -> AgentSettings:
    """How requests are answered here."""
    served = ServedSettings(model="GenEvolve", seconds_a_reply=patience, dialect=dialect)
    return AgentSettings(policy="served", served=served, search="serper")


def impatient_agent(run: Path, *, patience: float, dialect: Dialect = "tagged") -> Agent:
    """An agent as `open_agent` makes it, that waits for no server longer than `patience` seconds."""
    settings = impatient_settings(patience=patience, dialect=dialect)
    size = Size(width=256, height=256)
    agent = open_agent(run, settings, DrawSettings(renderer="openai", size=size))
    web = open_provider(
        "serper",
        limits=CallLimits(seconds=patience),
        downloads=Downloader(limits=DownloadLimits(max_seconds=patience)),
    )
    provider = RememberedProvider(web, images=agent.run.images, record=AnswerStore(agent.run.answers))
    return replace(
        agent,
        provider=provider,
        toolbox=Toolbox(provider=provider, skills=load_skills()),
        renderer=open_renderer("openai", size=size, seconds=patience),
    )


def unaccounted(folder: Path, world: FaultyWorld) -> list[str]:
    """What is wrong with the lines of a run: requests without one, with two, or with neither program nor failure."""
    run = RunDir.open(folder / "run")
    trajectories, renders = run.read_trajectories(), run.read_renders()
    problems: list[str] = []
    lines = Counter(trajectory.request.id for trajectory in trajectories.values())
    problems += [f"{r.id} has {lines[r.id]} trajectories" for r in world.requests if lines[r.id] != 1]
    problems += [f"{t.request.id} is not sound: {t.stop} {t.failure}" for t in trajectories.values() if not is_sound(t)]
    drawn = Counter(render.trajectory for render in renders.values())
    problems += [
        f"{t.request.id} has {drawn[t.id]} renders" for t in trajectories.values() if drawn[t.id] != bool(t.program)
    ]
    for render in renders.values():
        if (render.image is None) == (render.failure is None) or (render.image and render.image not in run.images):
            problems.append(f"the render {render.id} is not sound: {render.failure}")
    return problems


def is_sound(trajectory: Trajectory) -> bool:
    """Whether a trajectory has either a program without faults or a failure of a kind."""
    if trajectory.program is None:
        return trajectory.failure is not None and bool(trajectory.failure.where and trajectory.failure.what)
    answer = Answer(
        prompt=trajectory.program.prompt,
        references=tuple(AnsweredReference(img_id=r.ref, note=r.note) for r in trajectory.program.references),
    )
    return trajectory.failure is None and not faults(answer, trajectory.images, limits=trajectory.sampling.limits)


def kinds(records: Iterable[Trajectory | Render]) -> dict[str, int]:
    """Failures by what was said of them, addresses left out."""
    said = (f"{r.failure.where}: {r.failure.what}" for r in records if r.failure)
    return dict(
        Counter(" ".join(w for w in words.split() if "127.0.0.1" not in w)[:110] for words in said).most_common()
    )


def print_table(report: Report) -> None:
    """The figures, one a line."""

    def lines(name: str, value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                lines(f"{name}.{key}" if name else str(key), inner)
        elif isinstance(value, list):
            print(f"{name:<60} {len(value):>8,}")
            for item in value[:20]:
                print(f"    {item}")
        else:
            print(f"{name:<60} {value:>8,}")

    lines("", report)


if __name__ == "__main__":
    sys.exit(main())
