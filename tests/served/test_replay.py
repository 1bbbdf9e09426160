"""A replay touches no network and ends as the run did, failures included."""

import asyncio

import pytest

from genevolve import RunDir
from genevolve.errors import SearchError, UsageError
from genevolve.pipeline import draw_all, keep_requests, open_agent
from genevolve.records import Request, Sampling, StopReason
from genevolve.score import AXIS_WEIGHTS
from genevolve.search.remembered import RememberedProvider
from genevolve.store import ImageStore
from genevolve.store.cache import AnswerStore
from genevolve.testing.chat_server import ChatServer, PlainReply
from genevolve.testing.faulty_world import LINES, FaultyWorld, in_tags
from genevolve.testing.judge_server import JudgeServer
from genevolve.testing.shelf import ShelfProvider
from support.pictures import make_png
from support.rows import write_json
from support.served import DRAWN, SERVED, command, fault_benchmark, settle_in, timeless, write_requests


async def replay(live, again, *, dialect="tagged"):
    """Another run folder, answered from the record of the first alone."""
    recorded = RunDir.open(live)
    settings = fault_benchmark().impatient_settings(dialect=dialect)
    agent = open_agent(again, settings, replay=recorded)
    wanted = [(t.request, t.attempt) for t in recorded.read_trajectories().values()]
    keep_requests(agent.run, [request for request, _ in wanted])
    await agent.prepare()
    await agent.roll_out_all(wanted)
    await draw_all(agent.run, agent.renderer, agent.run.read_trajectories().values())
    await agent.close()
    return agent.run


def assert_same(one, other):
    """The same trajectories, and the same pictures byte for byte."""
    before, after = one.read_trajectories(), other.read_trajectories()
    assert {name: timeless(t) for name, t in after.items()} == {name: timeless(t) for name, t in before.items()}
    drawn, redrawn = one.read_renders(), other.read_renders()
    assert {name: r.but(seconds=0) for name, r in redrawn.items()} == {
        name: r.but(seconds=0) for name, r in drawn.items()
    }
    for render in drawn.values():
        if render.image:
            assert one.images.read(render.image) == other.images.read(render.image)


@pytest.mark.parametrize("dialect", ["tagged", "native"])
async def test_a_run_full_of_faults_is_replayed_to_the_letter_with_every_server_gone(tmp_path, monkeypatch, dialect):
    benchmark = fault_benchmark()
    async with FaultyWorld(requests=30, share=0.06, seed=11, dialect=dialect) as world:
        settle_in(monkeypatch, world, tmp_path / "cache")
        agent = benchmark.impatient_agent(tmp_path / "run", patience=1.0, dialect=dialect)
        await benchmark.answer_and_draw(agent, world.requests, parallel=30, retry=False)
        await agent.close()
    live = RunDir.open(tmp_path / "run")
    stops = [trajectory.stop for trajectory in live.read_trajectories().values()]
    assert StopReason.FAILED in stops
    assert StopReason.ANSWERED in stops
    assert "search failed" in live.trajectories.read_text()
    assert any(render.failure for render in live.read_renders().values())

    assert_same(live, await replay(tmp_path / "run", tmp_path / "again", dialect=dialect))


async def test_a_run_whose_failures_were_retried_is_replayed_as_it_ended(tmp_path, monkeypatch):
    benchmark = fault_benchmark()
    async with FaultyWorld(requests=20, share=0.1, seed=4) as world:
        settle_in(monkeypatch, world, tmp_path / "cache")
        await benchmark.one_run(tmp_path, world, parallel=20, patience=1.0, retry=False)
        world.calm()
        await benchmark.one_run(tmp_path, world, parallel=20, patience=20.0, retry=True)

    assert_same(RunDir.open(tmp_path / "run"), await replay(tmp_path / "run", tmp_path / "again"))


async def test_replies_that_were_cut_off_are_replayed_as_cut_off(tmp_path, monkeypatch):
    benchmark = fault_benchmark()
    async with FaultyWorld(requests=2, share=0.0) as world:
        lines = [PlainReply(text="<think>and so on and so on", cut_off=True), *map(in_tags, LINES[1:])]
        async with ChatServer(lines, key="sk-of-the-faulty-world") as wordy:
            settle_in(monkeypatch, world, tmp_path / "cache")
            monkeypatch.setenv("OPENAI_BASE_URL", wordy.url)
            agent = benchmark.impatient_agent(tmp_path / "run", patience=20.0)
            await benchmark.answer_and_draw(agent, world.requests, parallel=2, retry=False)
            await agent.close()
    live = RunDir.open(tmp_path / "run")
    trajectories = live.read_trajectories().values()
    assert all(t.turns[0].cut_off and "RESPONSE TOO LONG" in t.turns[1].heard[0].text for t in trajectories)

    assert_same(live, await replay(tmp_path / "run", tmp_path / "again"))


async def test_two_requests_of_the_same_words_keep_their_own_replies(tmp_path, monkeypatch):
    benchmark = fault_benchmark()
    answers = iter(["one", "two"])
    async with FaultyWorld(requests=1, share=0.0) as world:
        said = lambda _: f'<answer>{{"gen_prompt": "{next(answers)}", "reference_images": []}}</answer>'  # noqa: E731
        async with ChatServer([said], key="sk-of-the-faulty-world") as moody:
            settle_in(monkeypatch, world, tmp_path / "cache")
            monkeypatch.setenv("OPENAI_BASE_URL", moody.url)
            agent = benchmark.impatient_agent(tmp_path / "run", patience=20.0)
            twins = [Request(id="a", text="the same"), Request(id="b", text="the same")]
            await benchmark.answer_and_draw(agent, twins, parallel=1, retry=False)
            await agent.close()
    live = RunDir.open(tmp_path / "run")
    prompts = [t.program.prompt for t in live.read_trajectories().values() if t.program]
    assert prompts == ["one", "two"]

    assert_same(live, await replay(tmp_path / "run", tmp_path / "again"))


async def test_a_query_that_failed_for_one_request_and_served_the_next_is_replayed_for_each(tmp_path, monkeypatch):
    benchmark = fault_benchmark()
    async with FaultyWorld(requests=1, share=0.0) as world:
        settle_in(monkeypatch, world, tmp_path / "cache")
        world.befall(0, "facts", "html")
        world.befall(0, "pictures", "half_json")
        agent = benchmark.impatient_agent(tmp_path / "run", patience=20.0)
        twins = [Request(id=name, text=world.requests[0].text) for name in ("a", "b")]
        await benchmark.answer_and_draw(agent, twins, parallel=1, retry=False)
        await agent.close()
    live = RunDir.open(tmp_path / "run")
    failed, served = live.read_trajectories().values()
    assert "search failed" in failed.turns[1].heard[0].text
    assert "search failed" not in served.turns[1].heard[0].text
    assert [len(t.program.references) for t in (failed, served) if t.program] == [0, 2]

    assert_same(live, await replay(tmp_path / "run", tmp_path / "again"))


async def test_a_query_that_was_not_answered_in_time_is_replayed_as_such(tmp_path):
    def remembered(provider):
        record = AnswerStore(tmp_path / "answers.sqlite")
        return RememberedProvider(provider, images=ImageStore(tmp_path / "images"), record=record, name="shelf")

    live = remembered(ShelfProvider(seconds=0.5))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(live.search("x", top_k=1), timeout=0.01)
    assert await live.search("x", top_k=1) == []
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(live.search("y", top_k=1), timeout=0.01)
    await live.close()

    again = remembered(None)
    with pytest.raises(TimeoutError):
        await again.search("x", top_k=1)
    assert await again.search("x", top_k=1) == []
    with pytest.raises(TimeoutError):
        await again.search("y", top_k=1)
    with pytest.raises(SearchError, match="not recorded"):
        await again.search("z", top_k=1)
    await again.close()


async def test_an_attempt_that_ran_out_of_time_ends_so_again_without_the_wait(tmp_path, monkeypatch):
    benchmark = fault_benchmark()
    async with FaultyWorld(requests=1, share=0.0) as world:
        lines = [in_tags(LINES[0]), in_tags(LINES[1])]
        slow = ChatServer(lines, key="sk-of-the-faulty-world", faults=[None, "hang"])
        async with slow:
            settle_in(monkeypatch, world, tmp_path / "cache")
            monkeypatch.setenv("OPENAI_BASE_URL", slow.url)
            hurried = Sampling().but(limits=Sampling().limits.but(max_seconds=1.0))
            settings = benchmark.impatient_settings().but(sampling=hurried)
            agent = open_agent(tmp_path / "run", settings)
            trajectory = await agent.roll_out(world.requests[0])
            keep_requests(agent.run, world.requests)
            with agent.run.trajectory_journal() as journal:
                journal.append(trajectory)
            await agent.close()
    assert trajectory.stop is StopReason.OUT_OF_TIME

    again = open_agent(tmp_path / "again", settings, replay=RunDir.open(tmp_path / "run"))
    assert timeless(await again.roll_out(world.requests[0])) == timeless(trajectory)
    await again.close()


async def test_the_command_replays_a_run_and_says_so_where_a_request_was_not_recorded(tmp_path):
    async with FaultyWorld(requests=2, share=0.0) as world:
        text = world.requests[0].text
        live = await command("run", text, *SERVED, *DRAWN, "--out", "runs/live", cwd=tmp_path, world=world)
        assert live.returncode == 0, live.stderr

    again = await command("run", text, "--replay", "runs/live", "--out", "runs/again", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    pictures = [next((tmp_path / "runs" / name / "pictures").glob("*.png")) for name in ("live", "again")]
    assert pictures[0].read_bytes() == pictures[1].read_bytes()

    other = await command("run", "a castle", "--replay", "runs/live", "--out", "runs/other", cwd=tmp_path)
    assert other.returncode == 1
    assert "was not recorded, and a replay asks nobody" in other.stderr


async def test_a_rollout_that_was_never_drawn_can_be_replayed(tmp_path):
    async with FaultyWorld(requests=3, share=0.0) as world:
        rows = write_requests(world, tmp_path / "requests.jsonl")
        await command("rollout", rows, *SERVED, "--out", "runs/live", cwd=tmp_path, world=world)

    again = await command("rollout", rows, "--replay", "runs/live", "--out", "runs/again", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "3 answered" in again.stdout


def test_a_run_without_trajectories_cannot_be_replayed_and_says_so(tmp_path):
    agent = open_agent(tmp_path / "empty")
    keep_requests(agent.run, [Request(id="a", text="b")])

    with pytest.raises(UsageError, match="no trajectories to replay"):
        open_agent(tmp_path / "again", replay=RunDir.open(tmp_path / "empty"))


@pytest.mark.parametrize("misbehaves", [0.0, 1.0])
async def test_a_replayed_benchmark_has_the_verdicts_that_it_had_and_asks_no_judge(tmp_path, misbehaves):
    rows = [{"id": n, "question": f"{n} red stars", "gt_image": "gt.png"} for n in (2, 3)]
    write_json(tmp_path / "data" / "bench.json", rows)
    (tmp_path / "data" / "gt.png").write_bytes(make_png((0, 0, 255), (64, 64)))
    scores = {"rationale": "seen", **dict.fromkeys(AXIS_WEIGHTS, 0.5), "text_accuracy_na": True}
    async with JudgeServer(lambda _: scores, misbehaves=misbehaves, kinds=["prose_only"]) as server:
        asked = ("--judge", "kscore", "--judge-url", server.url, "--judge-model", "judge")
        suite = ("bench", "genevolve-bench", "--data", "data", "--policy", "planner", *asked)
        live = await command(*suite, "--out", "live", cwd=tmp_path)
        calls = len(server.heard)
        key = {"OPENAI_API_KEY": "sk-of-openai"}
        again = await command("bench", "--replay", "live", "--out", "again", cwd=tmp_path, env=key)

    assert calls > 0
    assert len(server.heard) == calls
    assert (live.returncode, again.returncode) == ((1, 1) if misbehaves else (0, 0)), again.stderr
    before, after = (RunDir.open(tmp_path / name) for name in ("live", "again"))
    assert after.read_verdicts() == before.read_verdicts()
    assert len(after.read_verdicts()) == 2
    assert all((verdict.failure is None) == (not misbehaves) for verdict in after.read_verdicts().values())
    assert (tmp_path / "again" / "report.json").read_bytes() == (tmp_path / "live" / "report.json").read_bytes()


async def test_a_replay_with_a_judge_that_the_run_has_not_is_refused_before_any_work(tmp_path):
    live = await command("bench", "sketch", "--limit", "2", "--out", "live", cwd=tmp_path)
    assert live.returncode == 0, live.stderr
    judges = ("--judge", "computed", "--judge", "program")
    again = await command("bench", "--replay", "live", *judges, "--out", "again", cwd=tmp_path)

    assert again.returncode == 2
    assert "the recorded run has no verdict of the judge 'program'" in again.stderr
