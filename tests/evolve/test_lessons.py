"""The lessons of a step, where one of them cannot be had."""

import asyncio

import pytest

from genevolve.errors import BudgetError
from genevolve.evolve.lessons import open_experiences, write_lessons
from genevolve.experience.contrast import Contrast, contrast
from genevolve.experience.write import Written
from genevolve.records import Experience, Lesson, Request, WriterInfo
from genevolve.store import RunDir, read_records
from support.groups import attempt, group


def compared(name: str) -> Contrast:
    request = Request(id=name, text=f"a picture of {name}")
    high, low = (
        attempt(request, number, prompt=f"{name} {number}", image={"text_accuracy": score}, program=score)
        for number, score in enumerate((1.0, 0.0))
    )
    found = contrast(group(high, low), [0.9, 0.3])
    assert found is not None
    return found


class Spent:
    """Has money for one lesson, which takes a while; whoever asks after it is refused at once."""

    info = WriterInfo(name="spent", rubric="1")

    def __init__(self) -> None:
        self.asked = 0

    async def write(self, contrast: Contrast) -> Written:
        self.asked += 1
        if self.asked > 1:
            raise BudgetError("the budget is used up")
        await asyncio.sleep(0.01)
        return Written(lesson=Lesson(search_strategy=f"look for {contrast.group.request.id}"))


async def test_where_the_budget_ends_the_lessons_that_were_paid_are_kept(tmp_path):
    run, writer = RunDir.create(tmp_path), Spent()
    with open_experiences(run) as journal:
        with pytest.raises(BudgetError, match="used up"):
            await write_lessons(
                [compared("one"), compared("two"), compared("three")],
                writer=writer,
                step=0,
                journal=journal,
                tell=lambda _done, _total: None,
            )
        assert writer.asked == 3

    assert [one.request_id for one in read_records(tmp_path / "experiences.jsonl", Experience)] == ["one"]
