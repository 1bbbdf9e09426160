"""What a batch costs beyond the traffic itself: our agents and a bare client, at the same servers, side by side.

    TMPDIR=/dev/shm python benchmarks/runtime.py --out runtime.json   # all of it, a few minutes
    python benchmarks/runtime.py --rounds 1 --many 0            # a quick look

The bare client is one aiohttp session that sends the same calls: for each
trajectory 4 chat posts (a system message of 12 KB and the growing history), 2
search posts, 1 image-search post and 5 pictures of about 100 KB, read to the end
and written to a file. It decodes, checks and records nothing. Both have 64
trajectories under way, and every measurement is a process of its own. Processor
time is the measuring process's alone, its threads included, from the first
request to the last record; that of the servers is not in it.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loopback import Servers

REQUESTS = 256
PARALLEL = 64
SLOW_SECONDS = 0.2
DRAWN_AT_ONCE = 16
SYSTEM_BYTES = 12_000
CASES = ("bare", "ours", "ours-seeing", "render")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One batch."""

    count: int
    seconds: float
    processor_seconds: float
    peak_mb: float

    @property
    def processor_ms(self) -> float:
        """Milliseconds of processor time for each of the batch."""
        return 1e3 * self.processor_seconds / self.count

    @property
    def a_second(self) -> float:
        """How many a second."""
        return self.count / self.seconds


def main() -> None:
    """Measure, print, and write what was asked for; or, started by itself, be one measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each batch is measured")
    parser.add_argument("--many", type=int, default=5000, help="requests of the long batch; 0 leaves it out")
    parser.add_argument("--only", nargs="*", choices=("processor", "slow", "many", "render"), help="parts to measure")
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--requests", type=int, default=REQUESTS, help=argparse.SUPPRESS)
    parser.add_argument("--profile", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        measure_here(arguments.case, arguments.requests, arguments.profile)
        return
    parts = set(arguments.only or ("processor", "slow", "many", "render"))
    rows: dict[str, list[Measured]] = {}
    if "processor" in parts:
        rows |= measure_all(("bare", "ours", "ours-seeing"), rounds=arguments.rounds)
    if "slow" in parts:
        slow = measure_all(("bare", "ours"), rounds=arguments.rounds, seconds=SLOW_SECONDS)
        rows |= {f"{case}, slow": measured for case, measured in slow.items()}
    if "many" in parts and arguments.many:
        rows |= {"ours, many": measure_all(("ours",), rounds=1, requests=arguments.many)["ours"]}
    if "render" in parts:
        rows |= measure_all(("render",), rounds=arguments.rounds)
    figures = figures_of(rows)
    print("\n".join(table(rows, figures)))
    if arguments.out:
        arguments.out.write_text(json.dumps(as_json(rows, figures), indent=2) + "\n", encoding="utf-8")


def measure_all(
    cases: tuple[str, ...], *, rounds: int, seconds: float = 0.0, requests: int = REQUESTS
) -> dict[str, list[Measured]]:
    """Each case measured once a round, in turn, so that a busy machine is busy for all of them."""
    rows: dict[str, list[Measured]] = {case: [] for case in cases}
    # What was written is removed at the end: a disk that has just freed many files is slow to make new ones.
    with Servers(seconds=seconds) as servers, TemporaryDirectory() as place:
        for number in range(rounds):
            for case in cases:
                rows[case].append(measure(case, servers, requests, Path(place) / f"{case}-{number}"))
    return rows


def measure(case: str, servers: Servers, requests: int, place: Path) -> Measured:
    """One case in a process of its own, with a folder and a cache of its own."""
    place.mkdir()
    environment = os.environ | {
        "BENCH_CHAT": servers.chat,
        "BENCH_IMAGES": servers.images,
        "SERPER_BASE_URL": servers.search,
        "SERPER_API_KEY": "any",
        "GENEVOLVE_ALLOW_HOSTS": "127.0.0.1",
        "GENEVOLVE_CACHE": str(place / "cache"),
    }
    command = [sys.executable, __file__, "--case", case, "--requests", str(requests)]
    done = subprocess.run(command, cwd=place, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def figures_of(rows: dict[str, list[Measured]]) -> dict[str, tuple[float, str, float]]:
    """What is to be reached: each figure, how it compares, and its target.

    Processor time is the median of the rounds. Of what is told by the clock the best round counts: other work on the
    machine can only slow it.
    """
    figures: dict[str, tuple[float, str, float]] = {}
    cost = {case: statistics.median(one.processor_ms for one in measured) for case, measured in rows.items()}
    speed = {case: max(one.a_second for one in measured) for case, measured in rows.items()}
    if "bare" in rows:
        figures["processor time, text only / bare client"] = (cost["ours"] / cost["bare"], "<=", 3.0)
        figures["processor time, pictures shown / bare client"] = (cost["ours-seeing"] / cost["bare"], "<=", 9.0)
    if "bare, slow" in rows:
        ratio = speed["ours, slow"] / speed["bare, slow"]
        figures["throughput with 200 ms a reply / bare client"] = (ratio, ">=", 0.85)
    if "ours, many" in rows:
        figures["peak memory of the long batch, MB"] = (rows["ours, many"][0].peak_mb, "<=", 200.0)
        if "ours" in rows:
            ratio = cost["ours, many"] / cost["ours"]
            figures["processor time, long batch / short batch"] = (ratio, "<=", 1.15)
    if "render" in rows:
        figures["pictures a second, 16 at once at 500 ms each"] = (speed["render"], ">=", 0.9 * DRAWN_AT_ONCE / 0.5)
    return figures


def table(rows: dict[str, list[Measured]], figures: dict[str, tuple[float, str, float]]) -> list[str]:
    """Both as lines of text."""
    lines = [f"{'batch':<20}{'count':>7}{'ms of processor each':>22}{'a second':>10}{'peak MB':>9}"]
    for case, measured in rows.items():
        costs = sorted(one.processor_ms for one in measured)
        spread = f"{statistics.median(costs):.2f} ({costs[0]:.2f}-{costs[-1]:.2f})"
        fastest, peak = max(one.a_second for one in measured), max(one.peak_mb for one in measured)
        lines.append(f"{case:<20}{measured[0].count:>7}{spread:>22}{fastest:>10.1f}{peak:>9.0f}")
    lines += ["", f"{'figure':<48}{'measured':>10}  target"]
    for name, (value, relation, target) in figures.items():
        met = value <= target if relation == "<=" else value >= target
        lines.append(f"{name:<48}{value:>10.2f}  {relation} {target:g}  {'met' if met else 'missed'}")
    return [*lines, "", machine()]


def as_json(rows: dict[str, list[Measured]], figures: dict[str, tuple[float, str, float]]) -> dict[str, Any]:
    """Both, with every round."""
    return {
        "machine": machine(),
        "figures": {name: {"value": value, relation: target} for name, (value, relation, target) in figures.items()},
        "batches": {
            case: [
                {
                    "count": one.count,
                    "seconds": round(one.seconds, 3),
                    "processor_ms_each": round(one.processor_ms, 3),
                    "a_second": round(one.a_second, 2),
                    "peak_mb": round(one.peak_mb, 1),
                }
                for one in measured
            ]
            for case, measured in rows.items()
        },
    }


def machine() -> str:
    """Where it was measured."""
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors"


# What follows runs in the measuring process, which imports the package before the clock starts.


def measure_here(case: str, requests: int, profile: Path | None) -> None:
    """Be one measurement: run the case, print its numbers as a line of JSON."""
    Path("system.md").write_text(system_message(), encoding="utf-8")
    batch = {"bare": bare_batch, "render": render_batch}.get(case) or agent_batch
    run = batch(requests) if batch is not agent_batch else agent_batch(requests, shows=case == "ours-seeing")
    before, began = os.times(), time.perf_counter()
    if profile:
        import cProfile

        # By the thread's own time: by the clock, whoever waits for a lock or another process would be blamed.
        profiler = cProfile.Profile(time.thread_time)
        profiler.runcall(run)
        profiler.dump_stats(profile)
    else:
        run()
    seconds, after = time.perf_counter() - began, os.times()
    used = after.user - before.user + after.system - before.system
    print(json.dumps({"count": requests, "seconds": seconds, "processor_seconds": used, "peak_mb": peak_mb()}))


def system_message() -> str:
    """Rules as long as those of a policy that was trained on long ones, with the tools and skills filled in."""
    rule = "Keep every fact that the request fixes, and settle what it leaves open by looking it up, not by guessing. "
    tail = "\n\n<tools>\n{{tools}}\n</tools>\n\n{{skills}}\n\n{{seeing}}\n"
    filled = 3_400  # what the names in the tail are replaced with
    return rule * ((SYSTEM_BYTES - filled) // len(rule)) + tail


def request_text(number: int) -> str:
    """A request that the servers know the number of."""
    return f"Draw a poster of the old lighthouse of request-{number} with its harbour at dusk, as it really looks"


def agent_batch(count: int, *, shows: bool) -> Any:
    """What `genevolve rollout` does with so many requests."""
    from genevolve.cli.work import roll_out_requests, tell_failures
    from genevolve.pipeline import AgentSettings, open_agent
    from genevolve.policy import ServedSettings
    from genevolve.records import Request

    settings = AgentSettings(
        policy="served",
        served=ServedSettings(base_url=os.environ["BENCH_CHAT"]),
        search="serper",
        system_prompt="system.md",
        text_only=not shows,
    )
    agent = open_agent("run", settings)
    requests = [Request(id=f"r{number}", text=request_text(number)) for number in range(count)]

    def run() -> None:
        done = roll_out_requests(agent, requests, attempts=1, parallel=PARALLEL)
        tell_failures(done)
        assert len(done) == count, f"{len(done)} of {count} were done"

    return run


def render_batch(count: int) -> Any:
    """What `genevolve render` does with so many programs, each of two references."""
    from genevolve.cli.work import draw_trajectories
    from genevolve.pipeline import DrawSettings, draw_with
    from genevolve.store import RunDir

    agent_batch(count, shows=False)()

    def run() -> None:
        folder = RunDir.open(Path("run"))
        renderer = draw_with(DrawSettings(renderer="openai", urls=(os.environ["BENCH_IMAGES"],)))
        trajectories = list(folder.read_trajectories().values())
        renders = draw_trajectories(folder, renderer, trajectories, parallel=DRAWN_AT_ONCE)
        assert sum(render.image is not None for render in renders) == count, "not all were drawn"

    return run


def bare_batch(count: int) -> Any:
    """The calls alone."""
    import aiohttp

    chat, search = f"{os.environ['BENCH_CHAT']}/chat/completions", os.environ["SERPER_BASE_URL"]
    system = Path("system.md").read_text(encoding="utf-8").ljust(SYSTEM_BYTES)
    folder = Path("pictures")
    folder.mkdir()

    async def post(session: aiohttp.ClientSession, url: str, payload: Any) -> Any:
        async with session.post(url, json=payload) as response:
            return await response.json()

    async def download(session: aiohttp.ClientSession, url: str) -> None:
        async with session.get(url) as response:
            (folder / url.rpartition("/")[2]).write_bytes(await response.read())

    async def trajectory(session: aiohttp.ClientSession, number: int) -> None:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": request_text(number)}]

        async def ask() -> None:
            payload = {"model": "GenEvolve", "temperature": 0.6, "top_p": 0.9, "max_tokens": 4096, "messages": messages}
            said = await post(session, chat, payload)
            messages.append({"role": "assistant", "content": said["choices"][0]["message"]["content"]})

        def hear(observation: object) -> None:
            messages.append({"role": "user", "content": json.dumps(observation)})

        await ask()
        queries = [{"q": f"{what} request-{number}", "num": 5} for what in ("tower", "port")]
        hear(await asyncio.gather(*(post(session, f"{search}/search", query) for query in queries)))
        await ask()
        found = await post(session, f"{search}/images", {"q": f"lighthouse and harbour request-{number}", "num": 8})
        await asyncio.gather(*(download(session, image["imageUrl"]) for image in found["images"][:5]))
        hear(found)
        await ask()
        hear(system[:3000])  # a skill's text
        await ask()

    async def batch() -> None:
        waiting = iter(range(count))

        async def worker(session: aiohttp.ClientSession) -> None:
            for number in waiting:
                await trajectory(session, number)

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(*(worker(session) for _ in range(PARALLEL)))

    return lambda: asyncio.run(batch())


def peak_mb() -> float:
    """The most memory that this process has held, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # where a new process is not charged with its parent's peak
        peak = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    main()
