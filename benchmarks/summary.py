"""How long the figures of a large benchmark take: every aggregate of every group, with its interval.

    python benchmarks/summary.py                              # 5,000 requests, five rounds, seconds
    python benchmarks/summary.py --requests 594 --json summary.json

The requests are as GenEvolve-Bench sorts them (two tracks, eight categories,
three difficulties), each with one attempt, its drawing and the verdicts of both
kinds; one in twenty has no score. Summarised are the verdicts on images alone, as
`genevolve bench` has them by itself, and both kinds, which give the reward too. All
combinations of scores are equally likely, which no judge's are: the fewer there
are, the faster. Summarising is timed from records in memory to `report.json`, by
the clock and by the processor, which other work on the machine delays less;
reading the run back from disk stands beside it.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from genevolve.evaluate.suites import open_suite
from genevolve.evaluate.summary import Summary, summarise, write_summary
from genevolve.pipeline import keep_requests, read_attempts, with_verdicts
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
    Track,
    Trajectory,
    Verdict,
    VerdictKind,
)
from genevolve.score import AXIS_WEIGHTS, RESAMPLES
from genevolve.store import RunDir

TARGET_SECONDS = 3.0
KSCORE = JudgeInfo(name="kscore", model="looker")
PROGRAM = JudgeInfo(name="program", model="reader")
CASES: dict[str, dict[VerdictKind, JudgeInfo]] = {
    "images": {"image": KSCORE},
    "both": {"image": KSCORE, "program": PROGRAM},
}
BROKEN = Failure(whose="world", where="judge kscore", what="the reply could not be used")


def main() -> int:
    """The exit code: 1 where the target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        figures = measure(RunDir.create(Path(place) / "run"), requests=options.requests, rounds=options.rounds)
    print("\n".join(f"{name:<40}{value:>10.2f}" for name, value in figures.items()))
    slowest = max(figures[f"seconds to summarise {case}, best"] for case in CASES)
    met = slowest < TARGET_SECONDS
    print(
        f"target < {TARGET_SECONDS:g} s in the best round: {'met' if met else 'missed'}  ({os.cpu_count()} processors)"
    )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if met else 1


def measure(run: RunDir, *, requests: int, rounds: int) -> dict[str, float]:
    """The median seconds of each part, and how much was made."""
    chance = random.Random(20261122)
    attempts = [judged(request_of(number), chance) for number in range(requests)]
    keep(run, attempts)
    figures = {
        "requests": float(requests),
        "resamples of each figure": float(RESAMPLES),
        **seconds("read the run", lambda: read(run), rounds),
    }
    for case, judges in CASES.items():
        of_these = with_verdicts(attempts, run.read_verdicts(), image=judges["image"], program=judges.get("program"))
        groups = summarised(run, of_these, judges).groups
        values = sum(figure.headline is not None for group in groups for figure in group.figures)
        figures[f"figures with an interval, {case}"] = float(values)
        figures |= seconds(f"summarise {case}", partial(summarised, run, of_these, judges), rounds)
    return figures


def seconds(what: str, work: Callable[[], object], rounds: int) -> dict[str, float]:
    """How long some work takes: the median and the best round, and the processor's median."""
    clock: list[float] = []
    processor: list[float] = []
    for _ in range(rounds):
        began, before = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - before)
    return {
        f"seconds to {what}, median": statistics.median(clock),
        f"seconds to {what}, best": min(clock),
        f"seconds to {what}, processor": statistics.median(processor),
    }


def summarised(run: RunDir, attempts: list[Attempt], judges: Mapping[VerdictKind, JudgeInfo]) -> Summary:
    """The figures, and their file."""
    suite = open_suite("genevolve-bench")
    summary = summarise(suite, [a.trajectory.request for a in attempts], attempts, judges=judges)
    write_summary(summary, run.root)
    return summary


def read(run: RunDir) -> list[Attempt]:
    """The attempts as a run folder has them."""
    return with_verdicts(read_attempts(run), run.read_verdicts(), image=KSCORE, program=PROGRAM)


def keep(run: RunDir, attempts: list[Attempt]) -> None:
    """Write a run's records."""
    keep_requests(run, [attempt.trajectory.request for attempt in attempts])
    with run.trajectory_journal() as trajectories, run.render_journal() as renders, run.verdict_journal() as verdicts:
        for attempt in attempts:
            assert attempt.render
            assert attempt.image_verdict
            assert attempt.program_verdict
            trajectories.append(attempt.trajectory)
            renders.append(attempt.render)
            verdicts.append(attempt.image_verdict)
            verdicts.append(attempt.program_verdict)


def request_of(number: int) -> Request:
    """A request with the labels of a benchmark's row."""
    return Request(
        id=f"r{number}",
        text=f"The lighthouse of request {number} at dusk",
        track=tuple(Track)[number % 2],
        category=f"category {number % 8}",
        difficulty=("easy", "medium", "hard")[number % 3],
    )


def judged(request: Request, chance: random.Random) -> Attempt:
    """An attempt at a request with its drawing and both verdicts."""
    trajectory = Trajectory(
        id=f"t-{request.id}",
        request=request,
        policy=PolicyInfo(name="direct"),
        prompt_digest="",
        toolbox=ToolboxInfo(tools=(), skills=""),
        sampling=Sampling(),
        program=Program(prompt=request.text),
        stop=StopReason.ANSWERED,
    )
    render = Render(trajectory=trajectory.id, renderer=RendererInfo(name="sketch"), image="0" * 32, seconds=1)
    has_score, needs_text = chance.random() >= 0.05, chance.random() < 0.5
    scores = {axis: chance.choice((0.0, 0.5, 1.0)) for axis in AXIS_WEIGHTS}
    scores |= {} if needs_text else {"text_accuracy": 0.5}
    return Attempt(
        trajectory=trajectory,
        render=render,
        image_verdict=Verdict(
            of=render.id,
            kind="image",
            judge=KSCORE,
            scores=scores if has_score else {},
            text_required=needs_text if has_score else None,
            failure=None if has_score else BROKEN,
        ),
        program_verdict=Verdict(
            of=trajectory.id, kind="program", judge=PROGRAM, scores={"sufficiency": chance.randrange(5) / 4}
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
