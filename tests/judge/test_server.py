"""A judge behind a server that misbehaves in every way: no wrong score, every failure counted, nothing paid twice."""

import re
from collections.abc import Mapping

import pytest

from genevolve.chat import ChatClient
from genevolve.judge.kscore import KSCORE
from genevolve.judge.program import PROGRAM
from genevolve.pipeline import judge_all
from genevolve.records import Message
from genevolve.store import RunDir
from genevolve.testing.judge_server import MISBEHAVIOURS, SLIPS, JudgeServer, Seen
from support.judged import drawn_attempt, judge_of, kscores, number_of

MANY = 200


def by_number(seen: Seen) -> Mapping[str, object]:
    return kscores(number_of(seen))


def numbers_asked(server: JudgeServer, since: int = 0) -> set[int]:
    """The attempts that were asked about, by the number in their request."""
    asked = (re.search(r"number (\d+)", call.messages[1]) for call in server.heard[since:])
    return {int(found[1]) for found in asked if found}


@pytest.mark.parametrize("takes_schema", [True, False])
async def test_a_fifth_of_misbehaviour_stores_no_wrong_score_and_a_second_run_asks_only_what_failed(
    tmp_path, takes_schema
):
    run = RunDir.create(tmp_path / "run")
    attempts = {number: drawn_attempt(run.images, number) for number in range(MANY)}
    right = {
        attempt.render.id: {axis: score for axis, score in kscores(number).items() if axis in KSCORE.form.fields[1:5]}
        for number, attempt in attempts.items()
    }
    number_by_render = {attempt.render.id: number for number, attempt in attempts.items()}

    async with JudgeServer(by_number, misbehaves=0.2, seed=7, takes_schema=takes_schema) as server:
        judge = judge_of(server, KSCORE, run.images, key="sk-judge", seconds=2.0, tries=2)
        first = await judge_all(run, judge, attempts.values(), parallel=16)
        verdicts = run.read_verdicts().values()
        failed = {number_by_render[verdict.of] for verdict in verdicts if verdict.failure}
        heard = len(server.heard)
        server.calm()
        second = await judge_all(run, judge, attempts.values(), parallel=16)
        finished = run.read_verdicts()
        asked_again = numbers_asked(server, since=heard)
        third = await judge_all(run, judge, attempts.values(), parallel=16)
        await judge.close()

    assert sum(server.befell.values()) > MANY * 0.15
    assert len(server.befell) > len(MISBEHAVIOURS) / 2
    assert len(verdicts) == first.done == MANY
    assert first.failed == len(failed) > 0
    for verdict in verdicts:
        assert verdict.scores == ({} if verdict.failure else right[verdict.of])
        assert verdict.failure is None or verdict.failure.whose == "world"
    assert asked_again == failed
    assert (second.already, second.done, second.failed) == (MANY - len(failed), len(failed), 0)
    assert {verdict.of: verdict.scores for verdict in finished.values()} == right
    assert (third.already, third.done) == (MANY, 0)


@pytest.mark.parametrize("slip", SLIPS)
async def test_each_slip_alone_ends_as_a_failure_that_keeps_the_words(images, slip):
    async with JudgeServer(by_number, misbehaves=1.0, kinds=[slip]) as server:
        judge = judge_of(server, KSCORE, images)
        verdict = await judge.judge(drawn_attempt(images, 5))
        await judge.close()

    assert verdict.scores == {}
    assert verdict.failure is not None
    assert len(server.heard) == 2
    assert len(verdict.repairs) == 1
    assert verdict.raw or slip == "empty"


async def test_a_slip_that_is_mended_when_told_ends_in_the_right_score(images):
    async with JudgeServer(by_number, misbehaves=0.5, kinds=list(SLIPS), seed=1) as server:
        judge = judge_of(server, KSCORE, images)
        verdicts = [await judge.judge(drawn_attempt(images, number)) for number in range(40)]
        await judge.close()

    mended = [verdict for verdict in verdicts if verdict.repairs and not verdict.failure]
    assert mended
    for number, verdict in enumerate(verdicts):
        if not verdict.failure:
            assert verdict.scores == {axis: kscores(number)[axis] for axis in verdict.scores}


async def test_what_befalls_a_question_does_not_depend_on_what_was_asked_before(images):
    async def befell(numbers: list[int]) -> dict[int, str | None]:
        async with JudgeServer(by_number, misbehaves=0.5, kinds=["empty", "nan"], seed=4) as server:
            judge = judge_of(server, KSCORE, images)
            for number in numbers:
                await judge.judge(drawn_attempt(images, number))
            await judge.close()
        firsts = [call for call in server.heard if len(call.messages) == 2]
        return {numbers[index]: call.misbehaviour for index, call in enumerate(firsts)}

    forwards = await befell(list(range(12)))

    assert await befell(list(reversed(range(12)))) == forwards
    assert set(forwards.values()) == {None, "empty", "nan"}


async def test_another_judge_or_rubric_makes_verdicts_beside_the_old(tmp_path):
    run = RunDir.create(tmp_path / "run")
    attempts = [drawn_attempt(run.images, number) for number in range(3)]
    own = tmp_path / "own.md"
    own.write_text("Judge.\n", encoding="utf-8")

    def answer(seen: Seen) -> Mapping[str, object]:
        return by_number(seen) if "GENERATED" in seen.text else {"rationale": "r", "sufficiency": 1}

    async with JudgeServer(answer) as server:
        judges = [
            judge_of(server, KSCORE, run.images),
            judge_of(server, KSCORE, run.images, rubric=str(own)),
            judge_of(server, PROGRAM, run.images),
        ]
        for judge in judges:
            assert (await judge_all(run, judge, attempts)).done == 3
            await judge.close()

    assert len(run.read_verdicts()) == 9


async def test_the_server_speaks_to_any_client(images):
    async with JudgeServer(lambda seen: {"rationale": seen.text, "score": 1}, takes_schema=False) as server:
        client = ChatClient(server.url, model="judge")
        said = await client.complete(
            [Message.of("system", "s"), Message.of("user", "u")], max_tokens=10, fields={"temperature": 0}
        )
        await client.close()

    assert '"rationale": "u"' in said.text.replace("\n", "")
