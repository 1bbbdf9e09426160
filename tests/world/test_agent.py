import pytest

from genevolve.errors import UsageError
from genevolve.pipeline import draw_all, judge_all, keep_requests, read_attempts, with_verdicts
from genevolve.records import Program, Request
from genevolve.store import RunDir
from genevolve.world import Demonstrator, Fixed, World, WorldJudge, reward_of
from genevolve.world.agent import in_world, world_agent
from genevolve.world.judging import world_judges


async def through_the_stages(world: World, run: RunDir, requests: list[Request], policy, attempts: int):
    """Attempts by the ordinary stages of a run, judged by the world's judges."""
    agent = world_agent(world, run, policy, sampling=world.sampling.but(seed=0))
    keep_requests(run, requests)
    await agent.roll_out_all([(request, number) for request in requests for number in range(attempts)])
    await draw_all(run, agent.renderer, run.read_trajectories().values())
    of_images, of_programs = world_judges(world, run.images)
    for judge in (of_images, of_programs):
        await judge_all(run, judge, read_attempts(run))
    return with_verdicts(read_attempts(run), run.read_verdicts(), image=of_images.info, program=of_programs.info)


async def test_the_stages_of_a_run_earn_an_attempt_in_the_world_what_its_own_judge_gives(world, tmp_path):
    run = RunDir.create(tmp_path / "run")
    requests = world.requests("evaluation", 3)
    attempts = await through_the_stages(world, run, requests, Demonstrator(), 3)

    other = RunDir.create(tmp_path / "other")
    judge = WorldJudge(world, other)
    assert len(attempts) == 9
    for attempt in attempts:
        alone = await world.roll_out(
            attempt.trajectory.request, Demonstrator(), images=other.images, attempt=attempt.trajectory.attempt
        )
        assert reward_of(attempt) == reward_of(await judge.judge(alone))
    assert len({reward_of(attempt) for attempt in attempts}) > 1


async def test_an_equal_program_is_judged_once_and_each_attempt_has_the_verdict_in_its_own_name(world, tmp_path):
    run = RunDir.create(tmp_path / "run")
    attempts = await through_the_stages(world, run, world.requests("train", 1), Fixed(), 3)

    images = [attempt.image_verdict for attempt in attempts]
    assert [verdict.of for verdict in images] == [attempt.render.id for attempt in attempts]
    assert [attempt.program_verdict.of for attempt in attempts] == [attempt.trajectory.id for attempt in attempts]
    # What was not computed took no time.
    assert sorted(verdict.seconds > 0 for verdict in images) == [False, False, True]
    assert len({verdict.but(of="", seconds=0.0).model_dump_json() for verdict in images}) == 1


async def test_an_equal_program_is_drawn_once_and_another_anew(world, tmp_path):
    renderer = world_agent(world, RunDir.create(tmp_path / "run"), Fixed()).renderer
    first = await renderer.draw(Program(prompt="two red circles"), ())

    assert await renderer.draw(Program(prompt="two red circles"), ()) is first
    assert (await renderer.draw(Program(prompt="two blue circles"), ())).data != first.data
    assert renderer.info == world.renderer.info


def test_a_request_in_the_words_of_the_world_gets_its_recipe_and_other_words_are_refused(world):
    request = world.requests("evaluation", 1)[0]
    assert in_world(world, Request(id="mine", text=request.text)).recipe == request.recipe

    with pytest.raises(UsageError, match="is no request of the small world 0; expected its words, such as 'draw "):
        in_world(world, Request(id="mine", text="draw a cat"))
    strange = request.text.replace(request.text.split()[1], "zuzuz")
    with pytest.raises(UsageError, match="is no request of the small world 0"):
        in_world(world, Request(id="mine", text=strange))


async def test_a_model_that_reads_words_only_is_taught_by_a_lesson_of_the_world(world, tmp_path):
    pytest.importorskip("transformers", reason='pip install "genevolve[train]" runs it')
    from genevolve.learn.tokens import TrajectoryEncoder
    from genevolve.model.encode import ChatEncoder
    from genevolve.model.processor import load_processor
    from genevolve.rollout.window import windowed
    from genevolve.world.model import make_policy

    run = RunDir.create(tmp_path / "run")
    chat = ChatEncoder(load_processor(make_policy(tmp_path / "model")), run.images.read)
    encoder = TrajectoryEncoder(chat, window=windowed, max_tokens=4096)
    (student,) = encoder.demonstrated(
        await world.roll_out(world.requests("train", 1)[0], Fixed(), images=run.images)
    ).sequences

    teacher = encoder.taught(student, "ask counting")

    assert chat.processor.spelled(teacher.ids_T[: teacher.opening_tokens].tolist()).count("ask counting") == 1
    assert teacher.ids_T[teacher.mask_T].tolist() == student.ids_T[student.mask_T].tolist()
    assert not teacher.image_T.any()
