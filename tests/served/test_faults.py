"""A batch in a world where everything goes wrong: every request is accounted for, and nothing is asked twice.

`benchmarks/faults.py` does the same with 500 requests.
"""

import pytest

from genevolve.testing.faulty_world import DRAWINGS, PAGES, FaultyWorld
from support.served import fault_benchmark, settle_in

# What is never sent cannot be heard; the rest of the kinds must have struck, or the test says nothing about them.
UNHEARD = {"picture refused"}


@pytest.mark.slow
async def test_every_request_ends_in_one_line_and_a_second_run_finishes_the_rest(tmp_path, monkeypatch):
    benchmark = fault_benchmark()
    async with FaultyWorld(requests=60, share=0.1, seed=3) as world:
        settle_in(monkeypatch, world, tmp_path / "cache")
        first = await benchmark.one_run(tmp_path, world, parallel=60, patience=2.0, retry=False)
        assert benchmark.unaccounted(tmp_path, world) == []
        assert first["stops"]["failed"] > 10
        struck = {*world.befell, *world.odd_pictures_asked}

        world.calm()
        second = await benchmark.one_run(tmp_path, world, parallel=60, patience=20.0, retry=True)
        assert benchmark.unaccounted(tmp_path, world) == []

    assert second["stops"] == {"answered": 60}
    assert (second["programs"], second["pictures"], second["failures"]) == (60, 60, {})
    assert world.asked_twice == {}
    assert len({kind.split()[0] for kind in struck}) == 4
    assert len(struck) > 0.7 * (len(DRAWINGS) + len(PAGES) + 11 + 9)


async def test_the_first_run_left_of_each_failure_whose_it_was_and_what_was_said(tmp_path, monkeypatch):
    benchmark = fault_benchmark()
    async with FaultyWorld(requests=12, share=0.3, seed=5) as world:
        settle_in(monkeypatch, world, tmp_path / "cache")
        told = await benchmark.one_run(tmp_path, world, parallel=12, patience=1.5, retry=False)

    assert told["failures"]
    assert all(words.startswith(("policy: the policy server", "renderer openai: ")) for words in told["failures"])
