"""Attempts that run ahead of training: made by a server meanwhile, by weights one step older, corrected and told."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import GenEvolveError, UsageError  # noqa: E402
from genevolve.evolve.publish_weights import WeightsPublisher  # noqa: E402
from genevolve.evolve.watch import Moment  # noqa: E402
from genevolve.learn.diagnostics import StepDiagnostics  # noqa: E402
from genevolve.model.load import load_model  # noqa: E402
from genevolve.policy import ServedSettings  # noqa: E402
from genevolve.policy.served import ServedPolicy  # noqa: E402
from genevolve.store import RunDir  # noqa: E402
from genevolve.testing.engine_server import EngineServer  # noqa: E402
from support.evolving import agent_of, differing, evolving, loop_in, saved_weights, talker, talker_folder  # noqa: E402

CAP = {"update": {"served_weight_cap": 2.0}}


class StoppedError(GenEvolveError):
    """Stops a run in the middle, as Ctrl-C does."""


async def evolve(
    folder: Path, *, steps: int = 3, ahead: int = 1, stop_at: tuple[int, str] | None = None
) -> tuple[list[StepDiagnostics], list[Moment]]:
    """A loop whose policy is served by an engine on loopback; its steps, and what was heard of it."""
    heard: list[Moment] = []

    def watch(moment: Moment) -> None:
        heard.append(moment)
        if (moment.step, moment.phase) == stop_at and 0 < moment.done < moment.total:
            raise StoppedError

    done: list[StepDiagnostics] = []
    async with EngineServer(talker_folder()) as server:
        served = ServedSettings(token_ids=True, base_url=server.url)
        agent = agent_of(folder, lambda images: ServedPolicy(server.url, images=images, settings=served))
        settings = evolving(steps=steps, ahead=ahead, learn=CAP if ahead else {})
        model: Any = talker()
        policy: Any = agent.policy
        loop = loop_in(folder, settings, model=model, agent=agent, watch=watch)
        loop = replace(loop, publisher=WeightsPublisher(policy, folder / "published", model.processor))
        try:
            await loop.run(on_step=done.append)
        finally:
            await loop.close()
    return done, heard


def sampled_by(folder: Path) -> dict[str, int]:
    """How many attempts the weights of each version made."""
    versions = [t.policy.weights or "" for t in RunDir(folder).read_trajectories().values()]
    return {version: versions.count(version) for version in sorted(set(versions))}


async def test_the_next_rounds_attempts_are_made_while_this_one_learns_and_their_age_is_told(tmp_path):
    steps, heard = await evolve(tmp_path)

    assert [one.step for one in steps] == [0, 1, 2]
    assert [one.staleness for one in steps] == [0, 1, 1]
    # Six attempts a step: those of steps 0 and 1 by the first weights, those of step 2 by the second.
    assert sampled_by(tmp_path) == {"step-000000": 12, "step-000001": 6}
    learned = [one.update for one in steps if one.update.updates]
    assert all(update.kl_served is not None and update.served_capped is not None for update in learned)
    # Attempts of the step before the last differ from what its weights would say; those of step 0 do not.
    assert steps[0].update.kl_served < 1e-8 < max(update.kl_served for update in learned[1:])
    places = {(m.step, m.phase): at for at, m in reversed([*enumerate(heard)])}
    assert places[1, "roll_out"] < places[0, "update"] < places[0, "publish"] < places[1, "draw"]


async def test_without_running_ahead_a_served_policy_learns_what_one_in_this_process_does(tmp_path):
    steps, _ = await evolve(tmp_path / "served", ahead=0)
    local = loop_in(tmp_path / "local", evolving(steps=3))
    await local.run()
    await local.close()

    assert [one.staleness for one in steps] == [0, 0, 0]
    assert sampled_by(tmp_path / "served") == sampled_by(tmp_path / "local")
    assert differing(saved_weights(tmp_path / "served"), saved_weights(tmp_path / "local")) == []


async def test_a_run_that_was_stopped_while_it_ran_ahead_takes_up_the_attempts_that_it_had_made(tmp_path):
    with pytest.raises(StoppedError):
        await evolve(tmp_path, stop_at=(2, "roll_out"))
    before = {t.id for t in RunDir(tmp_path).read_trajectories().values()}
    assert 12 < len(before) < 18

    steps, _ = await evolve(tmp_path)

    after = RunDir(tmp_path).read_trajectories()
    assert before < after.keys()
    assert len(after) == 18
    assert steps[-1].step == 2
    assert steps[-1].staleness == 1


def test_what_was_published_is_the_policy_that_the_run_ends_with(tmp_path):
    asyncio.run(evolve(tmp_path, steps=1, ahead=0))

    newest = sorted((tmp_path / "published").glob("step-*"))[-1]
    assert newest.name.startswith("step-000001")
    served, saved = load_model(newest).module.state_dict(), load_model(tmp_path / "policy").module.state_dict()
    assert differing(served, saved) == []


async def test_weights_that_are_older_want_a_correction(tmp_path):
    settings = evolving(ahead=1, learn={"update": {"served_weight_cap": 2.0, "old_logp": "served"}})
    with pytest.raises(UsageError, match="nothing corrects for that"):
        await loop_in(tmp_path, settings).run()
