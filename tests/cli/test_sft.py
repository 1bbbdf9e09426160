"""Supervised tuning from the command line: it ends with a policy that answers, whoever was killed meanwhile."""

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from genevolve.cli.demonstrations import demonstrations_of
from genevolve.config import DemonstrationSettings
from genevolve.errors import UsageError
from genevolve.records import StopReason
from genevolve.store import RunDir
from genevolve.world import WorldSettings
from support.command import clean_environment, genevolve

NEEDS_TORCH = 'pip install "genevolve[train]" runs it'
CONFIG = """
[world]
seed = 0

[demonstrations]
count = 64
held_out = 8

[sft]
learning_rate = 3e-3
optimizer = "muon"
batch = 8
epochs = 1
held_out_every = 2
"""


def write_config(folder: Path, **changes: str) -> Path:
    """The config of a short tuning, with other words in some places."""
    text = CONFIG
    for old, new in changes.items():
        text = text.replace(f"{old} = ", f"{old} = {new} #")
    (folder / "short.toml").write_text(text, encoding="utf-8")
    return folder / "short.toml"


@pytest.mark.slow
def test_a_tuning_that_is_killed_ends_with_the_very_weights_of_one_that_is_not(tmp_path):
    pytest.importorskip("transformers", reason=NEEDS_TORCH)
    write_config(tmp_path)
    whole = genevolve("sft", "--config", "short.toml", "--out", "whole", cwd=tmp_path, timeout=400)
    assert whole.returncode == 0, whole.stderr

    command = [sys.executable, "-m", "genevolve.cli.main", "sft", "--config", "short.toml", "--out", "killed"]
    process = subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), stderr=subprocess.DEVNULL)
    while process.poll() is None and not any((tmp_path / "killed" / "checkpoints").glob("step-*")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=120)
    assert not (tmp_path / "killed" / "policy").exists()
    again = genevolve("sft", "--config", "short.toml", "--out", "killed", cwd=tmp_path, timeout=400)

    assert again.returncode == 0, again.stderr
    assert "goes on    after update " in again.stderr
    weights = [(tmp_path / name / "policy" / "model.safetensors").read_bytes() for name in ("whole", "killed")]
    assert weights[0] == weights[1]
    figures = [(tmp_path / name / "tuning.jsonl").read_text(encoding="utf-8") for name in ("whole", "killed")]
    assert figures[0] == figures[1]
    told = [json.loads(line) for line in figures[0].splitlines()]
    assert [one["update"] for one in told] == list(range(8))  # 64 attempts, 8 an update
    assert [one["held_out_loss"] is not None for one in told] == [False, True] * 4
    assert told[-1]["held_out_loss"] < told[1]["held_out_loss"]
    assert whole.stdout.startswith(f"tuned      8 updates; loss {told[-1]['loss']:.4f}, ")

    (following,) = [line for line in whole.stdout.splitlines() if line.startswith("next")]
    answered = genevolve(*shlex.split(following)[2:], "--out", "asked", cwd=tmp_path, timeout=400)
    (trajectory,) = RunDir.open(tmp_path / "asked").read_trajectories().values()
    assert trajectory.policy.name == "local"
    # So short a tuning rarely ends in a picture; that the policy is asked, and answers for itself, is what is seen.
    assert trajectory.stop in {StopReason.ANSWERED, StopReason.OUT_OF_TURNS, StopReason.OUT_OF_TOKENS}
    assert answered.returncode in {0, 1}, answered.stderr

    write_config(tmp_path, learning_rate="1e-3")
    other = genevolve("sft", "--config", "short.toml", "--out", "whole", cwd=tmp_path, timeout=400)
    assert other.returncode == 2
    assert "was begun with other settings (sft.learning_rate 0.003 -> 0.001)" in other.stderr


def test_demonstrations_of_a_run_leave_out_what_did_not_answer_and_hold_out_whole_requests(tmp_path):
    world = WorldSettings(seed=0)
    made = demonstrations_of(
        RunDir.create(tmp_path / "made"), DemonstrationSettings(count=12, held_out=3, advised=0.5), world
    )
    assert (len(made.learned), len(made.held_out), made.left_out) == (12, 3, 0)
    assert {one.request.id.split("-")[0] for one in made.learned} == {"train"}
    assert {one.request.id.split("-")[0] for one in made.held_out} == {"validation"}

    run = RunDir.create(tmp_path / "brought")
    failed = made.learned[0].but(id="failed", stop=StopReason.OUT_OF_TURNS, program=None)
    twice = [one.but(id=f"{one.id}-again", attempt=1) for one in made.learned]
    with run.trajectory_journal() as journal:
        for one in (*made.learned, failed, *twice):
            journal.append(one)
    settings = DemonstrationSettings(source=str(run.trajectories), held_out=4)
    brought = demonstrations_of(RunDir.create(tmp_path / "other"), settings, None)

    assert (len(brought.learned), len(brought.held_out), brought.left_out) == (16, 8, 1)
    assert not {one.request.id for one in brought.learned} & {one.request.id for one in brought.held_out}
    again = demonstrations_of(RunDir.create(tmp_path / "third"), settings, None)
    assert [one.id for one in again.held_out] == [one.id for one in brought.held_out]


def test_made_demonstrations_are_made_once(tmp_path):
    run, settings = RunDir.create(tmp_path / "made"), DemonstrationSettings(count=4, held_out=2)
    first = demonstrations_of(run, settings, WorldSettings())
    lines = run.trajectories.read_bytes()
    run.trajectories.write_bytes(b"".join(lines.splitlines(keepends=True)[:3]))

    second = demonstrations_of(run, settings, WorldSettings())

    assert [one.id for one in second.learned] == [one.id for one in first.learned]
    assert len(run.trajectories.read_bytes().splitlines()) == 6


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (DemonstrationSettings(), "there is nothing to learn from: set source under"),
        (DemonstrationSettings(source="nowhere.jsonl"), "there are no trajectories in 'nowhere.jsonl'"),
    ],
)
def test_demonstrations_that_are_not_there_are_told_in_words(tmp_path, settings, told):
    with pytest.raises(UsageError, match=told):
        demonstrations_of(RunDir.create(tmp_path / "run"), settings, None)


def test_a_dry_run_says_what_would_be_learned_and_leaves_nothing(tmp_path):
    write_config(tmp_path)

    done = genevolve("sft", "--config", "short.toml", "--dry-run", cwd=tmp_path, timeout=400)

    assert done.returncode == 0, done.stderr
    assert "64 attempts of the small world's demonstrator, made on the spot; 8 held out" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["short.toml"]


@pytest.mark.slow
def test_the_example_tunes_measures_and_ends_with_a_command_that_asks_its_policy(tmp_path):
    pytest.importorskip("transformers", reason=NEEDS_TORCH)
    script = Path(__file__).parents[2] / "examples" / "sft.py"
    short = ("--count", "16", "--epochs", "1", "--batch", "8", "--requests", "1")
    done = subprocess.run(
        [sys.executable, str(script), "out", *short],
        cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert told[0].startswith("update 2 of 2: loss ")
    assert re.fullmatch(r"reward 0\.\d{4} \[0\.\d{4}, [01]\.\d{4}\]", told[1])
    assert shlex.split(told[2])[:6] == ["genevolve", "run", "--world", "0", "--policy", "local:out/policy"]
