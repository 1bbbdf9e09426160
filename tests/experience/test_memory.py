import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from math import cos, radians, sin, sqrt

import numpy as np
import pytest

from genevolve.embed import HashedEmbedder
from genevolve.errors import StoreError, UsageError
from genevolve.experience.memory import Memory, MemorySettings, rewind
from genevolve.records import Experience, Lesson, MemoryEvent, Recalled, WriterInfo
from genevolve.store import read_records
from support.command import clean_environment


class Angles:
    """Embeds "40" as the direction of 40 degrees, so that the cosine of two texts is that of their difference."""

    threshold = 0.84

    def __init__(self, name: str = "angles") -> None:
        self.name = name

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Shape (texts, 2)."""
        turns = [radians(float(text)) for text in texts]
        return np.array([[cos(turn), sin(turn)] for turn in turns], dtype=np.float32).reshape(-1, 2)


def experience(name, text="0", *, step=0, gap=0.5):
    return Experience(
        id=name,
        request_id=name,
        request_text=text,
        best="b",
        worst="w",
        gap=gap,
        lesson=Lesson(search_strategy=name),
        writer=WriterInfo(name="rule"),
        step=step,
    )


def kept(memory):
    return [entry.experience.id for entry in memory if entry.status == "kept"]


def state(memory):
    """All that a memory knows."""
    return [
        (
            entry.experience,
            entry.status,
            entry.times_found,
            str(entry.with_it),
            str(entry.without_it),
            bytes(entry.vector),
        )
        for entry in memory
    ]


async def found(memory, text):
    answer = await memory.find(text)
    return answer and answer.experience.id


async def test_a_request_finds_the_most_similar_experience_and_only_one():
    memory = Memory(Angles())
    await memory.keep([experience("near", "10"), experience("nearer", "5"), experience("far", "90")])

    answer = await memory.find("0")

    assert answer is not None
    assert answer.experience.id == "nearer"
    assert answer.similarity == pytest.approx(cos(radians(5)), abs=1e-6)


async def test_what_is_less_similar_than_the_threshold_is_not_found():
    # cos 32 = 0.8480, cos 33 = 0.8387: the published 0.84 lies between.
    memory = Memory(Angles())
    await memory.keep([experience("a", "0")])

    assert await found(memory, "32") == "a"
    assert await found(memory, "33") is None
    assert await found(memory, "-32") == "a"


async def test_the_threshold_itself_is_similar_enough_and_can_be_set():
    # cos 60 = 0.5 on paper, and a little more or less in 32 bits.
    memory = Memory(Angles(), settings=MemorySettings(threshold=0.5))
    await memory.keep([experience("a", "0")])

    assert await found(memory, "60") == "a"
    assert await found(memory, "60.01") is None


async def test_an_experience_can_be_found_in_the_step_it_was_written_and_of_equals_the_newest_is():
    memory = Memory(Angles())
    await memory.keep([experience("old", "0", step=1, gap=0.9)])
    await memory.keep([experience("small", "0", step=2, gap=0.3), experience("large", "0", step=2, gap=0.4)])

    assert await found(memory, "0") == "large"


async def test_an_empty_memory_finds_nothing():
    assert await Memory(Angles()).find("0") is None


async def test_beyond_the_capacity_the_oldest_leaves_and_of_one_step_the_smallest_gap():
    memory = Memory(Angles(), settings=MemorySettings(capacity=3))
    await memory.keep([experience("a", step=1, gap=0.9), experience("b", step=1, gap=0.3)])
    await memory.keep([experience("c", step=2, gap=0.2)])
    assert kept(memory) == ["a", "b", "c"]

    await memory.keep([experience("d", step=3, gap=0.2)])
    assert kept(memory) == ["a", "c", "d"]  # b: as old as a, and of a smaller gap
    await memory.keep([experience("e", step=3, gap=0.5)])
    assert kept(memory) == ["c", "d", "e"]  # a: the oldest, whatever its gap
    await memory.keep([experience("late", step=1, gap=0.9)])
    assert kept(memory) == ["c", "d", "e"]  # it is the oldest itself
    assert [entry.experience.id for entry in memory if entry.status == "left"] == ["a", "b", "late"]
    assert len(memory) == 3


async def test_the_published_capacity_holds_five_hundred():
    memory = Memory(Angles())
    await memory.keep([experience(f"{number:03d}", step=number) for number in range(503)])

    assert len(memory) == 500
    assert kept(memory)[0] == "003"


async def test_one_that_was_here_before_is_not_taken_again():
    memory = Memory(Angles(), settings=MemorySettings(capacity=1))
    await memory.keep([experience("a", step=1), experience("a", step=1)])
    await memory.keep([experience("b", step=2)])
    await memory.keep([experience("a", step=1)])

    assert [(entry.experience.id, entry.status) for entry in memory] == [("a", "left"), ("b", "kept")]


async def test_how_often_it_was_found_and_the_reward_with_and_without_it_can_be_read():
    memory = Memory(Angles())
    await memory.keep([experience("a")])
    await memory.find("0")
    await memory.find("1")
    memory.measure("a", with_it=[0.5, 0.7], without_it=[0.2])
    memory.measure("a", with_it=[0.9])

    entry = memory["a"]

    assert entry.times_found == 2
    assert (entry.with_it.count, entry.without_it.count) == (3, 1)
    # (0.5 + 0.7 + 0.9) / 3 - 0.2
    assert entry.uplift == pytest.approx(0.5)


async def test_the_upper_bound_of_the_uplift_is_that_of_a_normal_approximation():
    memory = Memory(Angles())
    await memory.keep([experience("a")])
    memory.measure("a", with_it=[0.0, 0.2, 0.4], without_it=[0.5, 0.7])

    # Variances of the means: (0.04 + 0 + 0.04) / 2 / 3 = 0.04 / 3 and (0.01 + 0.01) / 1 / 2 = 0.01.
    assert memory["a"].most_uplift == pytest.approx(0.2 - 0.6 + 1.645 * sqrt(0.04 / 3 + 0.01))


@pytest.mark.parametrize(
    ("settings", "with_it", "without_it", "status"),
    [
        (MemorySettings(retire_after=3), [0.1, 0.2, 0.1], [0.8, 0.9, 0.8], "retired"),
        (MemorySettings(), [0.1, 0.2, 0.1], [0.8, 0.9, 0.8], "kept"),  # off, as published
        (MemorySettings(retire_after=4), [0.1, 0.2, 0.1], [0.8, 0.9, 0.8, 0.9], "kept"),  # not measured enough
        (MemorySettings(retire_after=3), [0.1, 0.9, 0.5], [0.6, 0.7, 0.6], "kept"),  # worse, and not surely so
        (MemorySettings(retire_after=3), [0.8, 0.9, 0.8], [0.1, 0.2, 0.1], "kept"),
        (MemorySettings(retire_after=3), [], [0.1, 0.2, 0.1], "kept"),
    ],
)
async def test_a_lesson_that_surely_does_harm_retires_where_that_is_wanted(settings, with_it, without_it, status):
    memory = Memory(Angles(), settings=settings)
    await memory.keep([experience("a")])
    memory.measure("a", with_it=with_it, without_it=without_it)

    assert memory["a"].status == status
    assert await found(memory, "0") == ("a" if status == "kept" else None)


async def test_measuring_what_was_never_held_is_refused():
    with pytest.raises(UsageError, match="never held an experience 'x'"):
        Memory(Angles()).measure("x", with_it=[1.0])


async def test_a_file_cut_off_anywhere_gives_the_memory_of_its_whole_lines_and_goes_on(tmp_path):
    path, settings = tmp_path / "memory.jsonl", MemorySettings(capacity=2, retire_after=2)
    states = []
    with Memory(Angles(), settings=settings, path=path) as memory:
        states.append(state(memory))
        for number, text in enumerate(("0", "90", "180")):
            await memory.keep([experience(text, text, step=number)])
            states.append(state(memory))
        await memory.find("91")
        states.append(state(memory))
        memory.measure("180", with_it=[0.0, 0.1], without_it=[0.9, 0.8])
        states.append(state(memory))
    assert [entry.status for entry in memory] == ["left", "kept", "retired"]
    whole = path.read_bytes()

    for size in {*range(0, len(whole), 61), *range(len(whole) - 40, len(whole) + 1)}:
        path.write_bytes(whole[:size])
        with Memory(Angles(), settings=settings, path=path) as memory:
            assert state(memory) == states[whole[:size].count(b"\n")]
            await memory.keep([experience("new", "45", step=9)])
            after = state(memory)
        with Memory(Angles(), settings=settings, path=path) as memory:
            assert state(memory) == after
            assert await found(memory, "45") == "new"


KEEP_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from genevolve.embed import HashedEmbedder
from genevolve.experience.memory import Memory
from genevolve.records import Experience, Lesson, WriterInfo

async def main():
    memory = Memory(HashedEmbedder(64), path=Path(sys.argv[1]))
    for step in range(100_000):
        one = Experience(
            id=str(step), request_id="r", request_text=f"a hen number {step}", best="b", worst="w", gap=0.5,
            lesson=Lesson(search_strategy="look"), writer=WriterInfo(name="rule"), step=step,
        )
        await memory.keep([one])
        print(step, flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_process_loses_nothing_that_it_kept(tmp_path):
    path = tmp_path / "memory.jsonl"
    command = [sys.executable, "-c", KEEP_FOR_EVER, os.fspath(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=clean_environment()) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 30:
                break
        process.send_signal(signal.SIGKILL)
        told = [30, *map(int, process.stdout)]

    with Memory(HashedEmbedder(64), path=path) as memory:
        assert set(map(str, range(told[-1] + 1))) <= set(kept(memory))
        assert asyncio.run(found(memory, "a hen number 17")) == "17"


async def test_a_memory_of_another_embedder_is_refused(tmp_path):
    path = tmp_path / "memory.jsonl"
    with Memory(Angles(), path=path) as memory:
        await memory.keep([experience("a")])

    with pytest.raises(UsageError, match=r"memory\.jsonl:1 was embedded by 'angles'.*'other'"):
        Memory(Angles("other"), path=path)


async def test_vectors_of_another_length_than_before_are_refused():
    embedder = HashedEmbedder(64)
    memory = Memory(embedder)
    await memory.keep([experience("a", "a hen")])
    embedder.dimensions = 32

    with pytest.raises(UsageError, match="vectors of 32 numbers, and the memory holds vectors of 64"):
        await memory.find("a hen")


async def test_a_journal_whose_lines_do_not_fit_together_is_refused(tmp_path):
    path = tmp_path / "memory.jsonl"
    with Memory(Angles(), path=path) as memory:
        await memory.keep([experience("a")])
        await memory.find("0")
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[1])

    with pytest.raises(StoreError, match=r"memory\.jsonl:1 speaks of the experience 'a'"):
        Memory(Angles(), path=path)


async def three_steps(path, *, steps=3):
    """Each step takes in an experience of its own, and looks for what is like 0."""
    with Memory(Angles(), path=path, settings=MemorySettings(capacity=2)) as memory:
        for step in range(steps):
            await memory.keep([experience(f"of {step}", str(10 * step), step=step)])
            await memory.find("0", step=step, request=f"r{step}")
        return state(memory)


async def test_what_was_found_says_in_which_step_and_for_which_request(tmp_path):
    await three_steps(tmp_path / "memory.jsonl")

    events = [line.event for line in read_records(tmp_path / "memory.jsonl", MemoryEvent)]
    assert [(e.experience, e.step, e.request) for e in events if isinstance(e, Recalled)] == [
        ("of 0", 0, "r0"),
        ("of 0", 1, "r1"),
        # There is room for two, so the oldest left.
        ("of 1", 2, "r2"),
    ]


@pytest.mark.parametrize("step", [0, 1, 2, 3])
async def test_a_memory_that_is_taken_back_is_the_one_that_it_was(tmp_path, step):
    path, younger = tmp_path / "memory.jsonl", tmp_path / "younger.jsonl"
    await three_steps(path)
    expected = await three_steps(younger, steps=step)

    rewind(path, step=step)

    assert path.read_bytes() == younger.read_bytes()
    with Memory(Angles(), path=path, settings=MemorySettings(capacity=2)) as memory:
        assert state(memory) == expected


def test_a_memory_that_never_was_is_taken_back_without_a_word(tmp_path):
    rewind(tmp_path / "memory.jsonl", step=0)
    assert not (tmp_path / "memory.jsonl").exists()


async def test_a_lesson_that_is_known_to_belong_to_a_request_counts_as_found_while_it_is_kept():
    memory = Memory(Angles(), settings=MemorySettings(capacity=1))
    await memory.keep([experience("old", step=0)])
    answer = memory.recall("old", step=0, request="r")

    assert answer is not None
    assert (answer.experience.id, answer.similarity) == ("old", 1.0)
    assert memory["old"].times_found == 1
    await memory.keep([experience("new", step=1)])
    assert memory.recall("old", step=1) is None
    assert memory["old"].times_found == 1
    with pytest.raises(UsageError, match="never held"):
        memory.recall("nobody")
