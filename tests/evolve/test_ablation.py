"""The ablation is a program that runs, goes on where it was, and counts its differences in pairs."""

import shutil
import subprocess
import sys
from math import sqrt
from pathlib import Path

import pytest

pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("transformers", reason='pip install "genevolve[train]" runs it')

import ablation
import ablation_report

from genevolve.evolve.lessons import own_words
from genevolve.experience.hint import hint_of
from genevolve.learn.curves import HeldOutFigures, read_held_out
from genevolve.records import Attempt, Experience, JudgeInfo, Lesson, Request, Verdict, WriterInfo
from genevolve.world import open_world
from genevolve.world.advice import advised
from genevolve.world.decisions import BEST
from genevolve.world.model import make_policy
from support.command import clean_environment
from support.earned import attempt, verdict

EXAMPLES = Path(__file__).parents[2] / "examples"
CONFIG = """
[evolve.learn.update]
requests = 1
attempts = 2
schedule = "constant"
[evolve.learn.grpo]
aggregation = "token-mean"
"""


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=clean_environment(),
    )


@pytest.mark.slow
def test_arms_run_once_one_that_fails_is_said_and_each_is_reported_beside_its_own_baseline(tmp_path):
    start = make_policy(tmp_path / "untaught")
    (tmp_path / "few.toml").write_text(CONFIG)
    broken = tmp_path / "all" / "runs" / "grpo" / "seed-3"
    broken.mkdir(parents=True)
    (broken / "held_out.jsonl").write_text("no look\nat all\n")
    command = [EXAMPLES / "ablation.py", "run", tmp_path / "all", "--arms", "grpo,flawless,noisy grpo"]
    command += ["--seeds", "3", "--start", start, "--config", tmp_path / "few.toml"]
    command += ["--steps", "1", "--look-every", "1", "--held-out", "1", "--jobs", "1"]

    first = run(*command)
    assert first.returncode == 1, first.stderr
    assert "held_out.jsonl" in first.stdout
    assert first.stdout.count("after 1 steps") == 2
    looks = {path: path.read_bytes() for path in tmp_path.glob("all/runs/*/*/held_out.jsonl") if path.parent != broken}
    assert len(looks) == 2
    steps = [(one.step, one.decoding) for one in read_held_out(tmp_path / "all" / "runs" / "flawless" / "seed-3")]
    assert steps == [(0, "sampled"), (1, "sampled"), (1, "greedy")]

    shutil.rmtree(broken)
    again = run(*command)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("after 1 steps") == 3
    assert {path: path.read_bytes() for path in looks} == looks

    told = run(EXAMPLES / "ablation_report.py", tmp_path / "all", "--json", tmp_path / "c.json")
    assert told.returncode == 0, told.stderr
    heads = [line for line in told.stdout.splitlines() if line.startswith("| arm")]
    assert ["area less grpo+anchor" in head for head in heads] == [True, False]
    assert "area less noisy grpo" in heads[1]
    assert '"arm": "flawless"' in (tmp_path / "c.json").read_text()


def test_lessons_by_chance_differ_by_experience_and_a_flawless_one_names_the_best_options():
    request = open_world().requests("train", 1)[0]
    first, second = (
        Experience(
            id=name,
            request_id=request.id,
            request_text=request.text,
            best="a",
            worst="b",
            gap=0.5,
            lesson=Lesson(search_strategy="search the history first"),
            writer=WriterInfo(name="small-world"),
        )
        for name in ("one", "two")
    )

    assert own_words(request, first) == hint_of(first.lesson)
    assert ablation.advice_by_chance(request, first) == ablation.advice_by_chance(request, first)
    assert ablation.advice_by_chance(request, first) != ablation.advice_by_chance(request, second)
    system = f"Do well.\n\n{ablation.flawless(request, first)}"
    assert advised(system, request.text) == (dict(BEST), {})
    stranger = Request(id="r1", text="a harbour at night")
    assert ablation.flawless(stranger, first) == ablation.advice_by_chance(stranger, first) == ""


class Exact:
    """A judge that has this verdict on everything."""

    kind = "image"
    info = JudgeInfo(name="kscore")

    def lacks(self, attempt: Attempt) -> str | None:
        return None

    async def judge(self, attempt: Attempt) -> Verdict:
        return verdict(1, 1, 1, 1)


async def test_noise_falls_on_its_share_of_the_scores_and_never_on_held_out_attempts():
    one = attempt(image=None, program=None)
    many = [one.but(trajectory=one.trajectory.but(id=f"t{number}")) for number in range(500)]
    noisy = ablation.NoisyJudge(exact=Exact(), share=0.3, spared=frozenset())
    sparing = ablation.NoisyJudge(exact=Exact(), share=0.3, spared=frozenset({one.trajectory.request.id}))

    heard = [(await noisy.judge(one)).scores for one in many]
    scores = [score for each in heard for score in each.values()]

    assert sum(score < 1 for score in scores) / len(scores) == pytest.approx(0.3 * 2 / 3, abs=0.03)
    assert set(scores) == {0.0, 0.5, 1.0}
    assert heard == [(await noisy.judge(one)).scores for one in many]
    spared = [await sparing.judge(one) for one in many]
    assert all(set(each.scores.values()) == {1.0} for each in spared)
    assert spared[0].judge.settings == {"noise": 0.3}


def look(step: int, reward: float, seconds: float) -> HeldOutFigures:
    return HeldOutFigures(
        step=step,
        decoding="sampled",
        requests=4,
        digest="d",
        attempts=4,
        reward=reward,
        low=reward,
        high=reward,
        valid=1.0,
        trained_seconds=seconds,
    )


def test_the_area_is_the_mean_on_the_way_and_the_last_value_lasts():
    curve = ablation_report.Curve(
        sampled=(look(0, 0.0, 0), look(4, 0.8, 10), look(8, 0.8, 20)), greedy=None, worst_gradient=None
    )

    assert curve.area(8) == pytest.approx((0.4 + 0.8) / 2)
    assert curve.area(16) == pytest.approx((0.4 + 0.8 * 3) / 4)
    assert curve.area(2) == pytest.approx(0.2)
    assert curve.area(10, by_time=True) == pytest.approx(0.4)
    assert curve.area(5, by_time=True) == pytest.approx(0.2)
    begun = ablation_report.Curve(sampled=(look(0, 0.4, 0),), greedy=None, worst_gradient=None)
    assert begun.area(0) == 0.4


def test_an_interval_is_students_over_pairs_and_one_pair_has_none():
    several = ablation_report.difference([(0.5, 0.4), (0.7, 0.4), (0.6, 0.4)])

    assert several.mean == pytest.approx(0.2)
    assert several.half == pytest.approx(4.303 * 0.1 / sqrt(3))
    assert ablation_report.difference([(0.5, 0.4)]).half is None
