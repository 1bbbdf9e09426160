import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from genevolve.errors import RenderError
from genevolve.records import Request
from genevolve.store import Journal, Stage, run_stage


def journal(path: Path) -> Journal[Request]:
    return Journal(path, Request, key=lambda r: r.id, has_failed=lambda r: r.category == "failed")


class Worker:
    """Makes a record of each number, slowly enough that several are under way."""

    def __init__(self, failing: frozenset[int] = frozenset()) -> None:
        self.failing = failing
        self.begun: list[int] = []
        self.under_way = 0
        self.most_under_way = 0

    async def __call__(self, number: int) -> Request:
        self.begun.append(number)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.001 * (number % 3))
        self.under_way -= 1
        return Request(id=str(number), text="x", category="failed" if number in self.failing else None)


def stage(path: Path, work: Worker, *, parallel: int = 4, retry_failed: bool = False) -> Stage[int, Request]:
    return Stage(key=str, work=work, journal=journal(path), parallel=parallel, retry_failed=retry_failed)


async def test_every_item_is_done_once_begun_in_order_and_no_more_at_once_than_allowed(tmp_path):
    work = Worker()

    tally = await run_stage(stage(tmp_path / "a.jsonl", work), range(50))

    assert tally.done == 50
    assert work.begun == list(range(50))
    assert work.most_under_way == 4
    assert sorted(journal(tmp_path / "a.jsonl").failed_by_key, key=int) == [str(n) for n in range(50)]


async def test_a_second_run_does_exactly_what_is_missing(tmp_path):
    await run_stage(stage(tmp_path / "a.jsonl", Worker()), range(0, 50, 2))
    work = Worker()

    tally = await run_stage(stage(tmp_path / "a.jsonl", work), range(50))

    assert work.begun == list(range(1, 50, 2))
    assert (tally.already, tally.done) == (25, 25)


async def test_failures_are_done_again_only_when_asked(tmp_path):
    path = tmp_path / "a.jsonl"
    first = await run_stage(stage(path, Worker(failing=frozenset({3, 4}))), range(6))
    assert first.missing == 2

    idle = Worker()
    second = await run_stage(stage(path, idle), range(6))
    assert idle.begun == []
    assert (second.done, second.missing) == (0, 2)

    mending = Worker()
    third = await run_stage(stage(path, mending, retry_failed=True), range(6))
    assert mending.begun == [3, 4]
    assert third.missing == 0


async def test_a_failure_that_must_repeat_itself_is_not_done_again(tmp_path):
    path = tmp_path / "a.jsonl"
    await run_stage(stage(path, Worker(failing=frozenset({3, 4}))), range(6))

    work = Worker()
    again = replace(stage(path, work, retry_failed=True), must_fail=lambda number: number == 3)
    tally = await run_stage(again, range(6))

    assert work.begun == [4]
    assert (tally.done, tally.missing) == (1, 1)


async def test_an_item_that_comes_twice_is_done_once(tmp_path):
    work = Worker()

    await run_stage(stage(tmp_path / "a.jsonl", work), [1, 2, 1, 2, 1])

    assert work.begun == [1, 2]


async def test_a_cancelled_run_keeps_what_was_done_and_goes_on_later(tmp_path):
    path = tmp_path / "a.jsonl"

    class Slow(Worker):
        async def __call__(self, number: int) -> Request:
            record = await super().__call__(number)
            if number >= 10:
                await asyncio.sleep(60)
            return record

    task = asyncio.create_task(run_stage(stage(path, Slow()), range(30)))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    work = Worker()
    await run_stage(stage(path, work), range(30))
    assert work.begun == list(range(10, 30))


async def test_an_error_of_ours_stops_the_run_as_itself(tmp_path):
    async def broken(number: int) -> Request:
        raise RenderError("the renderer has gone")

    with pytest.raises(RenderError, match="the renderer has gone"):
        await run_stage(Stage(key=str, work=broken, journal=journal(tmp_path / "a.jsonl")), range(5))
