"""A batch that is killed at random moments ends complete, each thing once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from genevolve.records import Render, Trajectory, Verdict
from genevolve.store import RunDir, read_records

SHAPES = "circle star triangle heart square".split()
CAPITALS = "Ouagadougou Tegucigalpa Ulaanbaatar Maseru Dakar Lima Oslo Hanoi".split()


def write_requests(path: Path, count: int) -> None:
    rows = [
        f'{{"id": "r{n:03d}", "prompt": "The flag of the country whose capital is {CAPITALS[n % len(CAPITALS)]} '
        f'above {2 + n % 5} blue {SHAPES[n % len(SHAPES)]}s number {n}"}}\n'
        for n in range(count)
    ]
    path.write_text("".join(rows))


def killed_after(seconds: float, *arguments: str, cwd: Path, progress: Path | None) -> bool:
    """Whether the command was still running when it was killed, so long after it had added to a file, or begun."""
    size = progress.stat().st_size if progress and progress.exists() else 0
    process = subprocess.Popen(
        [sys.executable, "-m", "genevolve.cli.main", *arguments],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while progress and process.poll() is None and (not progress.exists() or progress.stat().st_size <= size):
        time.sleep(0.002)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert b"Traceback" not in errors, errors.decode()
    return process.returncode == -signal.SIGKILL


def finished(*arguments: str, cwd: Path) -> str:
    """What the command printed, once it is done."""
    done = subprocess.run(
        [sys.executable, "-m", "genevolve.cli.main", *arguments],
        cwd=cwd,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.stdout


def figures(run: Path) -> dict[str, bytes]:
    """The files of a run's figures."""
    return {path.name: path.read_bytes() for path in [*run.glob("report*"), *run.glob("figures*")]}


def records(run: Path, name: str) -> Counter[str]:
    """How often each thing stands in a file, by what it is called."""
    folder = RunDir.open(run)
    match name:
        case "trajectories.jsonl":
            return Counter(t.id for t in read_records(folder.trajectories, Trajectory))
        case "renders.jsonl":
            return Counter(r.id for r in read_records(folder.renders, Render))
        case _:
            return Counter(v.id for v in read_records(folder.verdicts, Verdict))


@pytest.mark.slow
def test_a_batch_killed_twenty_times_ends_with_every_trajectory_and_picture_once(tmp_path):
    count, kills = int(os.environ.get("KILL_REQUESTS", "300")), int(os.environ.get("KILLS", "20"))
    write_requests(tmp_path / "prompts.jsonl", count)
    commands = (
        ("rollout", "prompts.jsonl", "--out", "run", "--parallel", "16"),
        ("render", "run", "--size", "256x256"),
    )
    chance = random.Random(20261121)
    was_running = 0
    for command, progress in zip(commands, ("trajectories.jsonl", "renders.jsonl"), strict=True):
        for number in range(kills // 2):
            # Two of three fall into the work, after its first record; the others anywhere, start-up included.
            in_work = tmp_path / "run" / progress if number % 3 else None
            seconds = chance.uniform(0, 0.08 if in_work else 0.6)
            was_running += killed_after(seconds, *command, cwd=tmp_path, progress=in_work)
        finished(*command, cwd=tmp_path)

    run = RunDir.open(tmp_path / "run")
    trajectories = Counter(t.request.id for t in read_records(run.trajectories, Trajectory))
    renders = Counter(r.trajectory for r in read_records(run.renders, Render))
    assert was_running >= kills // 2, "too few of the kills met a running process to show anything"
    assert trajectories == {f"r{n:03d}": 1 for n in range(count)}
    assert set(renders.values()) == {1}
    assert len(renders) == count
    assert sorted(p.name for p in run.pictures.iterdir() if not p.name.startswith(".")) == [
        f"r{n:03d}.png" for n in range(count)
    ]


@pytest.mark.slow
def test_a_benchmark_killed_at_any_moment_and_judged_anew_has_the_figures_of_an_undisturbed_one(tmp_path):
    requests, kills = os.environ.get("KILL_REQUESTS", "60"), int(os.environ.get("KILLS", "8"))
    files = ("trajectories.jsonl", "renders.jsonl", "verdicts.jsonl")
    bench = ("bench", "sketch", "--judge", "computed", "--limit", requests, "--seed", "1", "--attempts", "2")
    judge = ("judge", "--judge", "computed-program")
    undisturbed = [finished(*bench, "--out", "whole", cwd=tmp_path)]
    benched = figures(tmp_path / "whole")
    undisturbed.append(finished(*judge, "whole", cwd=tmp_path))

    chance = random.Random(20261122)
    was_running = 0
    for number in range(kills):
        # One of four falls anywhere, start-up included; the others into each stage, after it has added a record.
        place = number % 4
        in_work = tmp_path / "run" / files[place] if place < 3 else None
        seconds = chance.uniform(0, 0.15 if in_work else 1.5)
        was_running += killed_after(seconds, *bench, "--out", "run", cwd=tmp_path, progress=in_work)
    again = [finished(*bench, "--out", "run", cwd=tmp_path)]
    assert figures(tmp_path / "run") == benched

    for number in range(kills // 2):
        in_work = tmp_path / "run" / "verdicts.jsonl" if number % 3 else None
        seconds = chance.uniform(0, 0.15 if in_work else 1.5)
        was_running += killed_after(seconds, *judge, "run", cwd=tmp_path, progress=in_work)
    again.append(finished(*judge, "run", cwd=tmp_path))

    assert was_running >= kills // 2, "too few of the kills met a running process to show anything"
    assert [said.replace("whole", "run") for said in undisturbed] == again
    assert figures(tmp_path / "run") == figures(tmp_path / "whole")
    for name in files:
        once = records(tmp_path / "run", name)
        assert set(once.values()) == {1}
        assert once == records(tmp_path / "whole", name)


def test_an_interrupt_ends_in_words_and_the_same_command_goes_on(tmp_path):
    write_requests(tmp_path / "prompts.jsonl", 2000)
    command = [sys.executable, "-m", "genevolve.cli.main", "rollout", "prompts.jsonl", "--out", "run"]
    # Whoever runs the suite in the background has it ignore interrupts, and its children with it.
    held = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, held)
    lines = tmp_path / "run" / "trajectories.jsonl"
    deadline = time.monotonic() + 60
    while (not lines.exists() or lines.stat().st_size == 0) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 130, errors
    assert "run the same command again" in errors
    assert "Traceback" not in errors
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "2,000 attempts at 2,000 requests: 2,000 answered" in again.stdout


def test_a_torn_last_line_is_mended_told_and_its_request_done_again(tmp_path):
    write_requests(tmp_path / "prompts.jsonl", 3)
    command = [sys.executable, "-m", "genevolve.cli.main", "rollout", "prompts.jsonl", "--out", "run"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    lines = tmp_path / "run" / "trajectories.jsonl"
    lines.write_bytes(lines.read_bytes()[:-10])
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)

    assert "mended  run/trajectories.jsonl" in again.stderr
    assert "3 attempts at 3 requests: 3 answered" in again.stdout
    assert sorted(t.request.id for t in read_records(lines, Trajectory)) == ["r000", "r001", "r002"]
