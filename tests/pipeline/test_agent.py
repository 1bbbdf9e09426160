import asyncio

import pytest

from genevolve import AgentSettings, DrawSettings, RunDir, Sampling, Size, open_agent
from genevolve.errors import RenderError, StoreError
from genevolve.pipeline import draw, keep_requests
from genevolve.records import Program, Reference, Request, StopReason
from support.pictures import make_png, opened


def test_a_request_is_answered_and_drawn_without_an_event_loop_of_ones_own(tmp_path):
    agent = open_agent(tmp_path / "run", draw=DrawSettings(size=Size(width=256, height=320)))
    attempt = agent.answer('The flag of Chad, title "TCHAD" in bold serif')

    assert attempt.trajectory.stop is StopReason.ANSWERED
    assert opened(agent.picture(attempt)).size == (256, 320)


async def test_several_requests_are_answered_side_by_side_in_one_run(tmp_path):
    agent = open_agent(tmp_path / "run")
    attempts = await asyncio.gather(*(agent.attempt(f"{n} red circles") for n in range(2, 8)))

    assert len({agent.picture(attempt) for attempt in attempts}) == 6
    assert len(RunDir.open(tmp_path / "run").read_trajectories()) == 6


def test_a_second_agent_finds_what_the_first_one_did(tmp_path):
    first = open_agent(tmp_path / "run").answer("two red circles")
    again = open_agent(tmp_path / "run").answer("two red circles")

    assert again == first
    assert (tmp_path / "run/trajectories.jsonl").read_bytes().count(b"\n") == 1


def test_attempts_differ_by_their_seeds_and_the_first_has_the_runs_own(tmp_path):
    agent = open_agent(tmp_path / "run", AgentSettings(sampling=Sampling(seed=7)))

    assert [agent.sampling_of(k).seed for k in range(3)] == [7, 8, 9]
    assert open_agent(tmp_path / "other").sampling_of(0).seed is None
    request = Request(id="a", text="b")
    assert len({agent.id_of(request, k) for k in range(3)}) == 3


async def test_a_picture_of_ones_own_comes_first(tmp_path):
    (tmp_path / "mine.png").write_bytes(make_png((1, 2, 3), (64, 48)))
    agent = open_agent(tmp_path / "run")
    attempt = await agent.attempt("My logo above the flag of Peru", references=[tmp_path / "mine.png"])

    assert attempt.trajectory.images[0].found_by == "brought"
    assert attempt.trajectory.program is not None
    assert attempt.trajectory.program.references[0].digest == attempt.trajectory.images[0].digest


async def test_a_reference_whose_file_is_gone_stops_its_program_and_nothing_shifts(tmp_path):
    agent = open_agent(tmp_path / "run")
    attempt = await agent.attempt("The flags of Chad and Romania side by side")
    program = attempt.trajectory.program
    assert program is not None
    agent.run.images.path(program.references[0].digest).unlink()

    render = await draw(agent.run, agent.renderer, attempt.trajectory)

    assert render.image is None
    assert render.failure is not None
    assert "Copy it back" in render.failure.what


async def test_a_renderer_that_fails_leaves_a_render_that_says_so(tmp_path):
    agent = open_agent(tmp_path / "run")
    attempt = await agent.attempt("two red circles")
    digest = agent.run.images.add(make_png((9, 9, 9)))
    five = tuple(Reference(ref=f"IMG_{n:03d}", digest=digest) for n in range(1, 6))
    crowded = attempt.trajectory.but(program=Program(prompt="all five references", references=five))

    render = await draw(agent.run, agent.renderer, crowded)

    assert render.image is None
    assert render.failure is not None
    assert "at most 4" in render.failure.what
    with pytest.raises(RenderError, match="at most 4"):
        agent.picture(attempt.but(trajectory=crowded, render=render))


def test_another_request_under_an_old_id_is_refused(tmp_path):
    run = RunDir.create(tmp_path / "run")
    keep_requests(run, [Request(id="a", text="a fox")])
    keep_requests(run, [Request(id="a", text="a fox"), Request(id="b", text="a hen")])

    assert list(run.read_requests()) == ["a", "b"]
    with pytest.raises(StoreError, match="another request with the id 'a'"):
        keep_requests(run, [Request(id="a", text="a hen")])


@pytest.mark.parametrize("text", ["The flag of Chad above two red stars", "five blue circles in a row"])
async def test_a_recipe_on_a_request_changes_nothing_that_the_agent_does(tmp_path, text):
    from genevolve.records.recipe import Fact, Recipe, WantedObject

    recipe = Recipe(facts=(Fact(subject="Chad", relation="flag", value="x"),), objects=(WantedObject(noun="owl"),))
    agent = open_agent(tmp_path / "run")
    plain = await agent.roll_out(Request(id="a", text=text))
    knowing = await agent.roll_out(Request(id="a", text=text, recipe=recipe))

    assert knowing.id == plain.id
    assert knowing.program == plain.program
    assert [turn.reply for turn in knowing.turns] == [turn.reply for turn in plain.turns]
    assert [turn.heard for turn in knowing.turns] == [turn.heard for turn in plain.turns]
