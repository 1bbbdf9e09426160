"""A run that stands in the small world, from the command line."""

import json
import shlex

import pytest

from genevolve.pipeline import judge_all, read_attempts
from genevolve.store import RunDir
from genevolve.world import open_world
from genevolve.world.judging import world_judges
from support.command import genevolve

REQUEST = open_world().requests("evaluation", 1)[0]


def test_requests_of_the_world_are_a_file_for_a_rollout_which_knows_what_they_want(tmp_path):
    printed = genevolve("world", "0", "--limit", "2", cwd=tmp_path)
    rows = [json.loads(line) for line in printed.stdout.splitlines()]
    assert rows[0] == {"id": REQUEST.id, "prompt": REQUEST.text}
    assert "the first 2 evaluation requests of world 0, digest " in printed.stderr
    (tmp_path / "requests.jsonl").write_text(printed.stdout, encoding="utf-8")

    done = genevolve("rollout", "requests.jsonl", "--world", "0", "--policy", "oracle", "--out", "ro", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (told,) = [line for line in done.stdout.splitlines() if line.startswith("next")]
    drawn = genevolve(*shlex.split(told)[2:], cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stderr
    judged = genevolve("judge", "ro", "--judge", "computed", "--judge", "computed-program", cwd=tmp_path)

    assert judged.returncode == 0, judged.stderr
    scores = [verdict.scores for verdict in RunDir.open(tmp_path / "ro").read_verdicts().values()]
    assert len(scores) == 4
    assert all(score == 1.0 for by_axis in scores for axis, score in by_axis.items() if axis != "aesthetics")


async def test_a_picture_of_the_world_is_drawn_and_judged_as_the_world_draws_and_judges(tmp_path):
    done = genevolve("run", "--world", "0", "--policy", "oracle", REQUEST.text, "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    run = RunDir.open(tmp_path / "run")
    (attempt,) = read_attempts(run)
    assert (attempt.render.scene.width, attempt.render.scene.height) == (256, 256)
    assert attempt.trajectory.request.recipe == REQUEST.recipe
    assert attempt.trajectory.sampling.limits == open_world().settings.limits
    for judge in world_judges(open_world(), run.images):
        await judge_all(run, judge, [attempt])
    assert all(verdict.failure is None for verdict in run.read_verdicts().values())


def test_a_run_in_the_world_goes_on_from_its_own_config(tmp_path):
    genevolve("run", "--world", "7", open_world_request(7), "--out", "first", cwd=tmp_path)
    again = genevolve("run", open_world_request(7), "--config", "first/config.toml", "--out", "second", cwd=tmp_path)

    assert again.returncode == 0, again.stderr
    first, second = (RunDir.open(tmp_path / name).read_trajectories() for name in ("first", "second"))
    assert first.keys() == second.keys()


def open_world_request(seed: int) -> str:
    """The first evaluation request of a world."""
    settings = open_world().settings.but(seed=seed)
    return open_world(settings).requests("evaluation", 1)[0].text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("draw a cat",), "is no request of the small world 0; expected its words, such as 'draw "),
        ((REQUEST.text, "--search", "atlas"), "--search has no meaning in it"),
        ((REQUEST.text, "--size", "512x512"), "--size has no meaning in it"),
    ],
)
def test_what_is_not_of_the_world_is_refused_in_words(tmp_path, arguments, told):
    done = genevolve("run", "--world", "0", *arguments, cwd=tmp_path)

    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").iterdir())
