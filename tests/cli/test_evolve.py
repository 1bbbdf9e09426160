"""The loop from the command line: in the small world, and the published settings at tiny size."""

import json
import re
import shlex
from pathlib import Path

import pytest

from genevolve.cli.evolve_lines import look_line, step_line
from genevolve.learn.curves import HeldOutFigures, read_held_out
from genevolve.learn.diagnostics import RewardFigures, StepDiagnostics, UpdateFigures, read_diagnostics
from genevolve.records import Experience, ImagePart
from genevolve.store import RunDir, read_records
from support.command import genevolve

NEEDS_TORCH = 'pip install "genevolve[train]" runs it'
ROOT = Path(__file__).parents[2]
SHORT = """
[world]
seed = 0

[requests]
train_count = 24
held_out_count = 2

[agent]
policy = "local"

[agent.sampling.limits]
max_calls = 2
max_reply_tokens = 6

[evolve]
steps = 2

[evolve.look]
every = 2
resamples = 100

[evolve.learn.update]
requests = 2
attempts = 4
steps = 4
learning_rate = 1e-3
measure_every = 0

[evolve.learn.grpo]
aggregation = "token-mean"
"""
"""Of a model that knows nothing yet, and is told to be brief."""


@pytest.mark.slow
def test_a_policy_of_the_small_world_evolves_step_by_step_and_answers(tmp_path):
    pytest.importorskip("transformers", reason=NEEDS_TORCH)
    (tmp_path / "short.toml").write_text(SHORT, encoding="utf-8")
    command = ("evolve", "--config", "short.toml", "--out", "ev")

    half = genevolve(*command, "--steps", "1", cwd=tmp_path, timeout=400)
    assert half.returncode == 0, half.stderr
    assert "evolved    1 step, 1 of them now" in half.stdout
    done = genevolve(*command, cwd=tmp_path, timeout=400)

    assert done.returncode == 0, done.stderr
    steps = read_diagnostics(tmp_path / "ev")
    assert [one.step for one in steps] == [0, 1]
    assert [line for line in done.stderr.splitlines() if line.startswith("step")] == [step_line(steps[1], rounds=2)]
    looks = read_held_out(tmp_path / "ev")
    assert [(one.step, one.decoding) for one in looks] == [
        (step, decoding) for step in (0, 1, 2) for decoding in ("sampled", "greedy")
    ]
    assert "evolved    2 steps, 1 of them now" in done.stdout
    first, last = looks[0], looks[-2]
    assert f"gained     held-out reward {first.reward:.3f} after 0 steps, {last.reward:.3f} [" in done.stdout
    assert not {"\x1b", "\r"} & set(done.stderr + done.stdout)

    (following,) = [line for line in done.stdout.splitlines() if line.startswith("next")]
    asked = genevolve(*shlex.split(following)[2:], "--out", "asked", cwd=tmp_path, timeout=400)
    assert "Traceback" not in asked.stderr
    (trajectory,) = RunDir.open(tmp_path / "asked").read_trajectories().values()
    assert (trajectory.policy.name, trajectory.policy.model) == ("local", "ev/policy")

    other = (tmp_path / "short.toml").read_text(encoding="utf-8").replace("rate = 1e-3", "rate = 2e-3")
    (tmp_path / "short.toml").write_text(other, encoding="utf-8")
    refused = genevolve(*command, cwd=tmp_path, timeout=400)
    assert refused.returncode == 2
    assert "was begun with something else: learn.update.learning_rate was 0.001 and is 0.002" in refused.stderr


def test_a_step_and_a_look_are_told_in_a_line():
    rewards = RewardFigures(
        mean=0.5123, std=0.1, best=1, worst=0, mean_gap=0.5, axes={}, valid=1, failures={}, groups=8, attempts=48,
        world_failures=2, policy_failures=0, lone_groups=1, equal_groups=2, learning=30,
    )  # fmt: skip
    update = UpdateFigures(
        step=11, sequences=30, tokens=900, taught_sequences=6, updates=2, skipped=1, learning_rate=1e-3,
        gradient_norm=0.4217, entropy=0.18449,
    )  # fmt: skip
    seen = StepDiagnostics(step=11, update=update, rewards=rewards, encoded={}, seconds={"step": 3.26})

    # 8 groups, of which 2 were equal and 1 had nothing to compare.
    assert step_line(seen, rounds=24) == (
        "step   12 of 24  reward 0.512  taught by 5 of 8 groups  entropy 0.184  gradient 0.422  3.3 s  "
        "2 attempts failed by the world  1 update skipped"
    )
    look = HeldOutFigures(
        step=8, decoding="greedy", requests=60, digest="d", attempts=60, reward=0.7, low=0.65, high=0.75, valid=0.983,
    )  # fmt: skip
    assert look_line(look) == "look    8  held-out reward 0.700 [0.650, 0.750] greedy  60 requests  valid 98%"


@pytest.mark.slow
def test_the_published_settings_run_at_tiny_size_from_end_to_end(tmp_path):
    pytest.importorskip("trl", reason=NEEDS_TORCH)
    pytest.importorskip("peft", reason=NEEDS_TORCH)
    command = ("evolve", "--config", ROOT / "configs" / "qwen3-vl-8b.toml", "--tiny", "--out", "tiny")

    half = genevolve(*command, "--steps", "1", cwd=tmp_path, timeout=400)
    assert half.returncode == 0, half.stderr
    done = genevolve(*command, cwd=tmp_path, timeout=400)

    assert done.returncode == 0, done.stderr
    run = RunDir.open(tmp_path / "tiny")
    trajectories = list(run.read_trajectories().values())
    assert len(trajectories) == 2 * 2 * 3  # steps, requests, attempts
    assert {one.policy.weights for one in trajectories} == {"step-000000", "step-000001"}
    shown = [
        part
        for one in trajectories
        for turn in one.turns[1:]
        for message in turn.heard
        for part in message.parts
        if isinstance(part, ImagePart)
    ]
    assert shown, "the policy sees what its searches find"
    assert all(turn.tokens for one in trajectories for turn in one.turns)
    renders, verdicts = run.read_renders().values(), run.read_verdicts().values()
    assert {one.renderer.name for one in renders} == {"qwen-service"}
    assert {one.judge.name for one in verdicts} == {"kscore", "program"}
    assert not any(one.failure for one in (*renders, *verdicts))
    steps = read_diagnostics(run.root)
    assert sum(one.update.updates for one in steps) > 0, "some attempts were better than others"
    assert {one.writer.name for one in read_records(run.root / "experiences.jsonl", Experience)} == {"model"}
    assert [path.name[:11] for path in sorted((run.root / "published").glob("step-*"))] == [
        "step-000001",
        "step-000002",
    ]

    replaced = dict(re.findall(r"^replaced   (\S+): (.*)$", half.stderr, re.MULTILINE))
    assert replaced["agent.search"] == "serper -> atlas"
    assert replaced["evolve.learn.update.requests"] == "8 -> 2"
    assert not [name for name in replaced if name.startswith(("evolve.learn.distil", "evolve.learn.grpo"))]
    kept = json.loads((run.root / "evolve.json").read_text(encoding="utf-8"))["settings"]["learn"]
    assert (kept["distil"]["weight"], kept["update"]["learning_rate"]) == (2.0, 1e-6)


def test_a_dry_run_starts_nothing_and_needs_nothing(tmp_path):
    done = genevolve(
        "evolve", "--config", ROOT / "configs" / "qwen3-vl-8b.toml", "--dry-run", cwd=tmp_path, timeout=400
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "nothing was started"
    assert "vllm serve" in done.stdout
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--resume",), "there is no run of evolution in "),
        (("--tiny",), "the small world is tiny as it is"),
        (("--config", "judged.toml", "--dry-run"), "have no effect in it: [[judges]]"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(tmp_path, arguments, told):
    pytest.importorskip("transformers", reason=NEEDS_TORCH)
    (tmp_path / "short.toml").write_text(SHORT, encoding="utf-8")
    (tmp_path / "judged.toml").write_text(f'{SHORT}\n[[judges]]\njudge = "kscore"\n', encoding="utf-8")

    done = genevolve("evolve", "--config", "short.toml", *arguments, cwd=tmp_path, timeout=400)

    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
