"""What judging costs beyond the traffic itself: our stage and a bare client, at the same server, in turn.

    TMPDIR=/dev/shm python benchmarks/judging.py                     # 1,000 pairs, three rounds, a minute
    python benchmarks/judging.py --pairs 200 --rounds 1 --json judging.json

Each pair is two JPEGs of about 100 KB, and the judge takes 200 ms. The bare
client has its payloads ready before the clock starts; it posts them and reads
the answers. Ours reads, proves and encodes the pictures, reads the replies
strictly, and has every verdict on disk. Both have 64 under way.
"""

import argparse
import asyncio
import base64
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from loopback import Answer, serve
from loopback import files as photographs

from genevolve.judge import JudgeSettings
from genevolve.judge.kscore import KSCORE
from genevolve.judge.vlm import VisionJudge
from genevolve.pipeline import judge_all
from genevolve.records import (
    Attempt,
    PolicyInfo,
    Program,
    Render,
    RendererInfo,
    Request,
    Sampling,
    StopReason,
    ToolboxInfo,
    Trajectory,
)
from genevolve.store import RunDir

SECONDS = 0.2
AT_ONCE = 64
TARGET = 0.6
REPLY = {
    "rationale": "Hard constraints: a lighthouse, a harbour, three boats. All are there. " * 8,
    "faithfulness": 1,
    "visual_correctness": 0.5,
    "text_accuracy": 0.5,
    "aesthetics": 1,
    "text_accuracy_na": True,
}


def main() -> int:
    """The exit code: 1 where the target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--serve", action="store_true", help="be the judge's server")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(judge_answer(), SECONDS))
    with subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            figures = measure(address, pairs=options.pairs, rounds=options.rounds)
        finally:
            server.terminate()
    print("\n".join(f"{name:<40}{value:>10.2f}" for name, value in figures.items()))
    ratio = figures["throughput / bare client"]
    print(f"target >= {TARGET:g}: {'met' if ratio >= TARGET else 'missed'}  ({os.cpu_count()} processors)")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if ratio >= TARGET else 1


def judge_answer() -> Answer:
    """A judge that says the same of every pair."""
    message = {"role": "assistant", "content": json.dumps(REPLY)}
    usage = {"prompt_tokens": 2500, "completion_tokens": 200}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
    written = json.dumps(body).encode()
    return lambda _path, _body: (b"application/json", written)


def measure(address: str, *, pairs: int, rounds: int) -> dict[str, float]:
    """Pairs a second and processor time of both, the best and the median of all rounds."""
    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    costs: dict[str, list[float]] = {"bare": [], "ours": []}
    with TemporaryDirectory() as place:
        for number in range(rounds):
            run = RunDir.create(Path(place) / str(number))
            attempts = [attempt(run, pair) for pair in range(pairs)]
            payloads = [payload(run, one) for one in attempts]
            for case, work in (("bare", bare(address, payloads)), ("ours", ours(address, run, attempts))):
                before, began = time.process_time(), time.perf_counter()
                asyncio.run(work)
                rates[case].append(pairs / (time.perf_counter() - began))
                costs[case].append(1e3 * (time.process_time() - before) / pairs)
    return {
        "pairs a second, bare client": statistics.median(rates["bare"]),
        "pairs a second, ours": statistics.median(rates["ours"]),
        "throughput / bare client": statistics.median(o / b for o, b in zip(rates["ours"], rates["bare"], strict=True)),
        "ms of processor a pair, bare client": statistics.median(costs["bare"]),
        "ms of processor a pair, ours": statistics.median(costs["ours"]),
    }


async def bare(address: str, payloads: list[bytes]) -> None:
    """Post each payload and read the answer."""
    waiting = iter(payloads)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def worker() -> None:
            for body in waiting:
                headers = {"Content-Type": "application/json"}
                async with session.post(f"{address}/v1/chat/completions", data=body, headers=headers) as response:
                    json.loads(await response.read())

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


async def ours(address: str, run: RunDir, attempts: list[Attempt]) -> None:
    """Judge each attempt into the run's journal."""
    judge = VisionJudge(KSCORE, address, images=run.images, settings=JudgeSettings(model="judge"))
    tally = await judge_all(run, judge, attempts, parallel=AT_ONCE)
    await judge.close()
    assert (tally.done, tally.failed) == (len(attempts), 0)


_photograph = photographs()


def attempt(run: RunDir, number: int) -> Attempt:
    """An attempt whose drawn image and target are two photographs that no other has."""
    drawn, target = (run.images.add(_photograph(b"/%s-%d" % (what, number), b"")[1]) for what in (b"drawn", b"target"))
    request = Request(id=f"r{number}", text=f"The lighthouse of request-{number} at dusk", target=target)
    trajectory = Trajectory(
        id=f"t{number}",
        request=request,
        policy=PolicyInfo(name="direct"),
        prompt_digest="",
        toolbox=ToolboxInfo(tools=(), skills=""),
        sampling=Sampling(),
        program=Program(prompt=request.text),
        stop=StopReason.ANSWERED,
    )
    render = Render(trajectory=trajectory.id, renderer=RendererInfo(name="sketch"), image=drawn, seconds=0)
    return Attempt(trajectory=trajectory, render=render)


def payload(run: RunDir, one: Attempt) -> bytes:
    """What our judge sends for an attempt."""
    question = KSCORE.question(one)
    urls = [f"data:image/jpeg;base64,{base64.b64encode(run.images.read(p.digest)).decode()}" for p in question.pictures]
    parts = [{"type": "text", "text": KSCORE.message(question)}]
    parts += [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    messages = [{"role": "system", "content": KSCORE.text()}, {"role": "user", "content": parts}]
    schema = {"name": "verdict", "strict": True, "schema": KSCORE.form.schema()}
    asked = {"model": "judge", "max_tokens": 8192, "temperature": 0.0, "messages": messages}
    return json.dumps(asked | {"response_format": {"type": "json_schema", "json_schema": schema}}).encode()


if __name__ == "__main__":
    sys.exit(main())
