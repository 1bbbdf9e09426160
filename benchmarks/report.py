"""How long the page of a large run takes to write, and how large it is.

    python benchmarks/report.py                                # 2,000 attempts, two kinds of pictures
    python benchmarks/report.py --attempts 500 --out report.json

The conversations are the planner's, at the requests of the sketch benchmark, several attempts at each; verdicts are
made up. Pictures are of two kinds, each different from every other: photographs, that is noise at several scales in
JPEGs of 1024 x 1024 pixels, which no preview can make small; and flat drawings in PNGs of that size. Timed is
`write_report` from the folder on disk to the finished page, by the clock and by the processors, which other work on
the machine delays less; reading the run and making the previews stand beside it.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from genevolve import AgentSettings, Sampling, open_agent
from genevolve.evaluate.suites import open_suite
from genevolve.pipeline import keep_requests
from genevolve.records import JudgeInfo, Render, RendererInfo, Trajectory, Verdict
from genevolve.report.gather import gather
from genevolve.report.pictures import Pictures
from genevolve.report.run_page import write_report
from genevolve.score import AXIS_WEIGHTS
from genevolve.store import RunDir

Kind = Literal["photographs", "drawings"]
KINDS: tuple[Kind, ...] = ("photographs", "drawings")
TARGET_SECONDS = 20.0
TARGET_MB = 40.0
SIDE = 1024
REQUESTS = 250


def main() -> int:
    """The exit code: 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=2000)
    parser.add_argument("--kind", choices=KINDS, action="append", help="default: both")
    parser.add_argument("--keep", type=Path, help="leave the runs in this folder")
    parser.add_argument("--out", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    with TemporaryDirectory() as place:
        chosen: list[str] = options.kind or list(KINDS)
        for kind in filter(lambda one: one in chosen, KINDS):
            run = RunDir.create((options.keep or Path(place)) / kind)
            fill(run, options.attempts, kind)
            figures |= {f"{kind}: {name}": value for name, value in measure(run).items()}
    for name, value in figures.items():
        print(f"{name:<44}{value:>10,.2f}")
    slowest = max(value for name, value in figures.items() if name.endswith("the whole page, s"))
    largest = max(value for name, value in figures.items() if name.endswith("page, MB"))
    met = slowest < TARGET_SECONDS and largest < TARGET_MB
    print(f"target < {TARGET_SECONDS:g} s and < {TARGET_MB:g} MB: {'met' if met else 'missed'}")
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors"
    print(machine)
    if options.out:
        report = {"machine": machine, "attempts": options.attempts, **figures}
        options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if met else 1


def measure(run: RunDir) -> dict[str, float]:
    """Seconds of the whole and of two of its parts, and the size of the page."""
    began = time.perf_counter()
    gathered = gather(run)
    read = time.perf_counter() - began
    pictures = Pictures(page=run.root / "report.html")
    for shown in gathered.attempts:
        if shown.render and shown.render.image:
            pictures.show(run.images, shown.render.image, preview=True)
    began = time.perf_counter()
    pictures.make()
    previews = time.perf_counter() - began
    began, before = time.perf_counter(), time.process_time()
    written = write_report(run)
    return {
        "attempts": float(written.attempts),
        "records, MB": sum(file.stat().st_size for file in run.root.glob("*.jsonl")) / 1e6,
        "reading the run, s": read,
        "making the previews, s": previews,
        "the whole page, s": time.perf_counter() - began,
        "the whole page, s of the processors": time.process_time() - before,
        "page, MB": written.size / 1e6,
    }


def fill(run: RunDir, attempts: int, kind: Kind) -> None:
    """A run of so many attempts, all drawn and judged."""
    read = open_suite("sketch").read
    assert read, "the sketch benchmark makes its own requests"
    requests = read(None, run.images).requests[: min(REQUESTS, attempts)]
    each = -(-attempts // len(requests))
    settings = AgentSettings(policy="planner", search="atlas", attempts=each, sampling=Sampling(seed=0))
    keep_requests(run, requests)
    wanted = [(request, number) for request in requests for number in range(each)][:attempts]
    agent = open_agent(run.root, settings)
    asyncio.run(agent.roll_out_all(wanted))
    chance = random.Random(20261122)
    drawn = photographs(attempts) if kind == "photographs" else drawings(attempts)
    with run.render_journal() as renders, run.verdict_journal() as verdicts:
        for trajectory, picture in zip(run.read_trajectories().values(), drawn, strict=False):
            render = drawn_as(run, trajectory, picture)
            renders.append(render)
            for verdict in judged(render, trajectory, chance):
                verdicts.append(verdict)


def drawn_as(run: RunDir, trajectory: Trajectory, picture: bytes) -> Render:
    """The picture, stored and drawn for a trajectory."""
    return Render(
        trajectory=trajectory.id,
        renderer=RendererInfo(name="made up"),
        image=run.images.add(picture),
        seconds=1.0,
    )


def judged(render: Render, trajectory: Trajectory, chance: random.Random) -> Iterator[Verdict]:
    """Verdicts on both, with any scores."""
    scores = {axis: chance.choice((0.0, 0.5, 1.0)) for axis in AXIS_WEIGHTS}
    why = "The picture shows what was asked, with its title in the place that was named. " * 3
    yield Verdict(of=render.id, kind="image", judge=JudgeInfo(name="kscore"), scores=scores, rationale=why, raw=why)
    enough = {"sufficiency": chance.choice((0.0, 0.5, 1.0))}
    yield Verdict(of=trajectory.id, kind="program", judge=JudgeInfo(name="program"), scores=enough, rationale=why)


def photographs(count: int) -> Iterator[bytes]:
    """Noise at several scales, as JPEGs: each is cut from another place of one large picture."""
    chance = np.random.default_rng(20261122)
    size = (3 * SIDE, 3 * SIDE)
    mixed = np.zeros((*size, 3), dtype=np.float32)
    for cells, weight in ((12, 0.45), (48, 0.25), (192, 0.15), (768, 0.1), (3 * SIDE, 0.05)):
        noise = Image.fromarray(chance.integers(0, 256, (cells, cells, 3), dtype=np.uint8)).resize(size)
        mixed += weight * np.asarray(noise, dtype=np.float32)
    whole = Image.fromarray(mixed.astype(np.uint8))
    for number in range(count):
        left, top = (int(place) for place in chance.integers(0, 2 * SIDE, 2))
        yield encoded(whole.crop((left, top, left + SIDE, top + SIDE)), "JPEG", number)


def drawings(count: int) -> Iterator[bytes]:
    """Flat shapes on a plain ground, as PNGs."""
    chance = random.Random(20261122)
    for number in range(count):
        image = Image.new("RGB", (SIDE, SIDE), tuple(chance.choices(range(180, 256), k=3)))
        pen = ImageDraw.Draw(image)
        for _ in range(12):
            left, top, side = chance.randrange(SIDE), chance.randrange(SIDE), chance.randrange(60, 300)
            pen.ellipse((left, top, left + side, top + side), fill=tuple(chance.choices(range(256), k=3)))
        yield encoded(image, "PNG", number)


def encoded(image: Image.Image, form: str, number: int) -> bytes:
    """The bytes of a picture, one of its pixels telling its number."""
    image.putpixel((0, 0), (number % 256, number // 256 % 256, 0))
    out = BytesIO()
    image.save(out, form, **({"quality": 85} if form == "JPEG" else {"compress_level": 1}))
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
