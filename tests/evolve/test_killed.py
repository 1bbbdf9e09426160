"""A loop that is killed, at every phase of a round, and goes on as if it had not been."""

import asyncio
import multiprocessing
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.evolve.settings import EvolveSettings, LookSettings  # noqa: E402
from genevolve.evolve.watch import PHASES, Moment  # noqa: E402
from genevolve.learn.curves import read_held_out  # noqa: E402
from genevolve.learn.diagnostics import read_diagnostics  # noqa: E402
from genevolve.records import Experience, Trajectory  # noqa: E402
from genevolve.store import RunDir, read_records  # noqa: E402
from support.evolving import HELD_OUT, differing, evolving, loop_in, saved_weights, talker, talker_folder  # noqa: E402
from support.served import timeless  # noqa: E402

KILLED = 77
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "forkserver" not in multiprocessing.get_all_start_methods(), reason="processes are forked off one that is ready"
    ),
]


def settings_of(**changes: Any) -> EvolveSettings:
    return evolving(steps=2, look=LookSettings(every=1, attempts=2), **changes)


def evolve(model: Path, folder: Path, settings: EvolveSettings, kill_at: Moment | None = None) -> list[Moment]:
    """Run a loop to its end, and what was heard of it; or until a moment, at which the process is gone."""
    heard: list[Moment] = []

    def watch(moment: Moment) -> None:
        heard.append(moment)
        if moment == kill_at:
            os._exit(KILLED)

    async def run() -> None:
        loop = loop_in(folder, settings, model=talker(model), held_out=HELD_OUT, watch=watch)
        try:
            await loop.run()
        finally:
            await loop.close()

    asyncio.run(run())
    return heard


def evolve_in_a_process(folder: Path, settings: EvolveSettings, kill_at: Moment | None = None) -> bool:
    """The same in a process of its own; whether it was killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["genevolve.evolve.loop", "genevolve.policy.local", "safetensors.torch"])
    process = context.Process(target=evolve, args=(talker_folder(), folder, settings, kill_at))
    process.start()
    process.join(120)
    assert process.exitcode in (0, KILLED)
    return process.exitcode == KILLED


def middles_and_ends(heard: Sequence[Moment]) -> list[Moment]:
    """Of each phase a moment within it, and the one at which it is over, in the order in which a loop comes to them."""
    chosen: list[Moment] = []
    for phase in PHASES:
        for is_over in (False, True):
            # A step that was saved is not begun again, so what comes after is met in the next.
            step = 1 if (phase, is_over) == ("publish", True) else 0
            moments = [one for one in heard if (one.step, one.phase, one.is_over) == (step, phase, is_over)]
            chosen += moments[len(moments) // 2 :][:1]
    return sorted(chosen, key=heard.index)


def assert_the_same(found: Path, whole: Path) -> None:
    """The records of two runs are equal but for clocks, each is there once, and so are the weights."""
    assert differing(saved_weights(found), saved_weights(whole)) == []
    for name in ("", "held_out"):
        one, other = RunDir(found / name), RunDir(whole / name)
        ids = Counter(t.id for t in read_records(one.trajectories, Trajectory))
        assert set(ids.values()) == {1}
        assert {i: rounded(t) for i, t in one.read_trajectories().items()} == {
            i: rounded(t) for i, t in other.read_trajectories().items()
        }
        assert [set(x) for x in (one.read_requests(), one.read_renders(), one.read_verdicts())] == [
            set(x) for x in (other.read_requests(), other.read_renders(), other.read_verdicts())
        ]
    assert (found / "memory.jsonl").read_bytes() == (whole / "memory.jsonl").read_bytes()
    assert list(read_records(found / "experiences.jsonl", Experience)) == list(
        read_records(whole / "experiences.jsonl", Experience)
    )
    assert [steady(one) for one in read_diagnostics(found)] == [steady(one) for one in read_diagnostics(whole)]
    looks = [[one.but(trained_seconds=0, entropy=0) for one in read_held_out(run)] for run in (found, whole)]
    assert looks[0] == looks[1]


def rounded(trajectory: Trajectory) -> Trajectory:
    """Without clocks, and without digits that depend on who else spoke."""
    turns = [
        turn.but(tokens=turn.tokens.but(logprobs=[round(one, 3) for one in turn.tokens.logprobs]))
        for turn in timeless(trajectory).turns
        if turn.tokens
    ]
    return timeless(trajectory).but(turns=tuple(turns))


def steady(step: Any) -> Any:
    """A step's diagnostics without clocks, memory and the digits that depend on who else spoke."""
    update = step.update.but(seconds={}, peak_bytes=0, kl_served=None)
    return step.but(seconds={}, update=update)


def test_a_loop_killed_at_each_phase_again_and_again_ends_as_one_that_was_left_alone(tmp_path):
    settings = settings_of()
    heard = evolve(talker_folder(), tmp_path / "whole", settings)
    assert {moment.phase for moment in heard} == set(PHASES)

    kills = [one for one in middles_and_ends(heard) if (one.phase, one.is_over) != ("save", True)]
    # Choosing is done at once.
    assert len(kills) == 2 * len(PHASES) - len([("choose", False), ("save", True)])
    folder = tmp_path / "killed"
    assert [one for one in kills if not evolve_in_a_process(folder, settings, one)] == []
    assert not evolve_in_a_process(folder, settings)

    assert_the_same(folder, tmp_path / "whole")


def test_a_loop_killed_right_after_its_checkpoint_publishes_and_goes_on(tmp_path):
    settings = settings_of()
    heard = evolve(talker_folder(), tmp_path / "whole", settings)

    ends = [moment for moment in heard if moment.phase == "save" and moment.is_over]
    assert [evolve_in_a_process(tmp_path / "killed", settings, moment) for moment in ends] == [True, True]
    evolve_in_a_process(tmp_path / "killed", settings)

    assert_the_same(tmp_path / "killed", tmp_path / "whole")


def test_steps_since_the_last_checkpoint_are_learned_again_from_the_same_attempts(tmp_path):
    settings = settings_of(checkpoint_every=5).but(steps=4)
    heard = evolve(talker_folder(), tmp_path / "whole", settings)

    folder = tmp_path / "killed"
    late = next(moment for moment in heard if (moment.step, moment.phase) == (3, "remember") and moment.is_over)
    assert evolve_in_a_process(folder, settings, late)
    assert not list((folder / "checkpoints").glob("*"))
    before = (folder / "trajectories.jsonl").stat().st_size
    seconds = [one.seconds for one in read_diagnostics(folder)]
    assert len(seconds) == 3
    # A memory that knew what later steps taught would find it in the steps that are learned again.
    assert not evolve_in_a_process(folder, settings)

    assert (folder / "trajectories.jsonl").stat().st_size == before
    # Reading attempts takes no time; what a step took is what it took to make them.
    assert [one.seconds for one in read_diagnostics(folder)][:3] == seconds
    assert_the_same(folder, tmp_path / "whole")
