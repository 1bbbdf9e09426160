"""The lessons of a run, as `genevolve experience` tells them."""

import json

import pytest

from genevolve.config import RunConfig, keep_config
from genevolve.embed import HashedEmbedder
from genevolve.evolve.settings import EvolveSettings
from genevolve.experience.contrast import contrasts
from genevolve.experience.memory import Memory
from genevolve.experience.write import write_experiences
from genevolve.learn.config import LearnSettings, RewardSettings
from genevolve.pipeline import draw_all, judge_all, keep_requests, read_attempts, with_verdicts
from genevolve.records import Experience, Group
from genevolve.store import Journal, RunDir
from genevolve.world import Demonstrator, open_world, reward_of
from genevolve.world.agent import WorldWriter, world_agent
from genevolve.world.judging import world_judges
from support.command import genevolve


async def taught_run(folder) -> tuple[RunDir, list[Experience], dict[str, float]]:
    """A run with groups at two requests, the lessons from them, and what each attempt earned."""
    world, run = open_world(), RunDir.create(folder)
    agent = world_agent(world, run, Demonstrator(), sampling=world.sampling.but(seed=0))
    requests = world.requests("train", 2)
    keep_requests(run, requests)
    await agent.roll_out_all([(request, number) for request in requests for number in range(6)])
    await draw_all(run, agent.renderer, run.read_trajectories().values())
    image, program = world_judges(world, run.images)
    for judge in (image, program):
        await judge_all(run, judge, read_attempts(run))
    attempts = with_verdicts(read_attempts(run), run.read_verdicts(), image=image.info, program=program.info)
    earned = {one.trajectory.id: reward_of(one) for one in attempts}
    groups = [
        Group(request=request, attempts=tuple(one for one in attempts if one.trajectory.request.id == request.id))
        for request in requests
    ]
    found = contrasts([(group, [earned[one.trajectory.id] for one in group.attempts]) for group in groups])
    experiences, _ = await write_experiences(found, writer=WorldWriter(), step=3)
    with Journal(
        run.root / "experiences.jsonl", Experience, key=lambda one: one.id, has_failed=lambda _: False
    ) as kept:
        for one in experiences:
            kept.append(one)
    with Memory(HashedEmbedder(), path=run.root / "memory.jsonl") as memory:
        await memory.keep(experiences)
        await memory.find(experiences[0].request_text)
    return run, experiences, earned


async def test_every_lesson_is_told_with_its_attempts_their_rewards_axes_words_and_uses(tmp_path):
    run, experiences, earned = await taught_run(tmp_path / "run")
    first = experiences[0]

    done = genevolve("experience", "run", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    pages = done.stdout.split("\n\n")
    assert len(pages) == len(experiences) + 1
    lines = pages[0].splitlines()
    assert lines[0] == f"step 3  {first.request_text}"
    best, worst = (run.read_trajectories()[name] for name in (first.best, first.worst))
    assert lines[1] == f"  better  {earned[first.best]:.2f}  {first.best} (attempt {best.attempt + 1})"
    assert lines[2] == f"  worse   {earned[first.worst]:.2f}  {first.worst} (attempt {worst.attempt + 1})"
    widest = max(first.axes, key=lambda axis: first.axes[axis])
    assert lines[3].startswith(f"  apart   {first.gap:.2f} of reward: {widest.replace('_', ' ')} +")
    for slot, words in first.lesson.said.items():
        assert f"  {slot.replace('_', ' ')}: {words}" in lines
    assert lines[-1] == "  written by small-world, found once"
    assert pages[1].splitlines()[-1] == "  written by small-world, found never"
    assert f"next  genevolve show run {experiences[-1].request_id} --attempt" in pages[-1]


async def test_lessons_can_be_chosen_and_read_by_programs(tmp_path):
    _, experiences, earned = await taught_run(tmp_path / "run")

    done = genevolve("experience", "run", "--json", "--last", "1", cwd=tmp_path)

    (row,) = map(json.loads, done.stdout.splitlines())
    last = experiences[-1]
    assert (row["id"], row["request_id"], row["step"]) == (last.id, last.request_id, 3)
    assert row["lesson"]["search_strategy"] == last.lesson.search_strategy
    assert row["better"]["reward"] == pytest.approx(earned[last.best])
    assert (row["worse"]["trajectory"], row["times_found"]) == (last.worst, 0)
    none = genevolve("experience", "run", "--step", "4", cwd=tmp_path)
    assert none.returncode == 2
    assert f"no lesson fits; there are {len(experiences)} lessons, of steps 3 to 3" in none.stderr


async def test_rewards_are_told_as_the_run_counted_them(tmp_path):
    run, experiences, _ = await taught_run(tmp_path / "run")
    settings = EvolveSettings(learn=LearnSettings(reward=RewardSettings(parts="program")))
    keep_config(run, RunConfig(evolve=settings))

    done = genevolve("experience", "run", "--json", "--last", "1", cwd=tmp_path)

    best = experiences[-1].best
    sufficiency = next(v.scores["sufficiency"] for v in run.read_verdicts().values() if v.of == best)
    assert json.loads(done.stdout)["better"]["reward"] == sufficiency


def test_a_run_without_lessons_says_what_writes_them(tmp_path):
    genevolve("run", "A poster of the flag of Chad", "--out", "run", cwd=tmp_path)

    done = genevolve("experience", "run", cwd=tmp_path)

    assert done.returncode == 2
    assert "has no lessons" in done.stderr
    assert "genevolve evolve writes" in done.stderr
