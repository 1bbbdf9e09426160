"""The judge of programs."""

import json

from genevolve.judge.program import PROGRAM
from genevolve.records import Program, Request
from genevolve.testing.judge_server import JudgeServer, Seen
from support.judged import REQUEST, TARGET, attempt_at, colour_of, drawn_attempt, judge_of, with_references
from support.pictures import make_png

RED, GREEN = (250, 0, 0), (0, 250, 0)


def near(colour: tuple[int, ...], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 4 for a, b in zip(colour, wanted, strict=True))


async def asked(images, attempt, **answer: object):
    """The verdict on an attempt, and what the judge was shown."""
    seen: list[Seen] = []

    def answered(shown: Seen) -> dict:
        seen.append(shown)
        return {"rationale": "r", "sufficiency": 0.75, **answer}

    async with JudgeServer(answered) as server:
        judge = judge_of(server, PROGRAM, images)
        verdict = await judge.judge(attempt)
        await judge.close()
    return verdict, seen


async def test_the_judge_sees_the_program_its_references_in_order_and_then_the_target(images):
    request = Request(id="r1", text="A {poster}", target=images.add(make_png(TARGET)))
    verdict, [seen] = await asked(images, with_references(images, RED, GREEN, request=request))

    assert verdict.failure is None
    assert (verdict.of, verdict.kind, verdict.scores) == ("t-r1", "program", {"sufficiency": 0.75})
    assert verdict.text_required is None
    colours = [colour_of(picture) for picture in seen.pictures]
    assert all(near(colour, wanted) for colour, wanted in zip(colours, (RED, GREEN, TARGET), strict=True))
    assert "The request:\n\nA {poster}\n" in seen.text
    assert "The program's prompt:\n\nThe first reference image above {the} words.\n" in seen.text
    assert "1. the first reference image; note: colour 1\n2. the second reference image; note: colour 2\n" in seen.text
    assert (
        "in order:\n\n1. the first reference image\n2. the second reference image\n3. the target image\n" in seen.text
    )


async def test_without_a_target_or_references_the_program_is_judged_all_the_same(images):
    verdict, [seen] = await asked(images, attempt_at(REQUEST, drawn=False), sufficiency=0)

    assert verdict.scores == {"sufficiency": 0.0}
    assert seen.pictures == ()
    assert "The program's references:\n\n(none)\n\nThe images that follow, in order:\n\n(none)" in seen.text


async def test_the_drawn_image_is_never_shown(images):
    attempt = drawn_attempt(images, 77)
    _, [seen] = await asked(images, attempt)

    assert [near(colour_of(picture), TARGET) for picture in seen.pictures] == [True]


async def test_five_levels_are_scores_and_no_other_number_is(images):
    for level in (0, 0.25, 0.5, 0.75, 1):
        verdict, _ = await asked(images, attempt_at(REQUEST), sufficiency=level)
        assert verdict.scores == {"sufficiency": level}
    verdict, _ = await asked(images, attempt_at(REQUEST), sufficiency=0.6)
    assert verdict.failure is not None
    assert "expected one of 0, 0.25, 0.5, 0.75 or 1" in verdict.failure.what


async def test_a_reference_whose_file_is_gone_is_named_by_its_place(images):
    attempt = with_references(images, RED, GREEN)
    images.discard(attempt.trajectory.program.references[1].digest)
    verdict, seen = await asked(images, attempt)

    assert verdict.failure is not None
    assert verdict.failure.what.startswith("the second reference image cannot be shown")
    assert seen == []


async def test_an_attempt_without_a_program_is_a_failed_verdict(images):
    attempt = attempt_at(REQUEST)
    bare = attempt.but(trajectory=attempt.trajectory.but(program=None))
    verdict, seen = await asked(images, bare)

    assert verdict.failure is not None
    assert "no program to judge" in verdict.failure.what
    assert seen == []


async def test_words_of_a_program_that_look_like_a_template_stay_as_they_are(images):
    program = Program(prompt='{request} {0} {{x}} "{references}" and give 1')
    _, [seen] = await asked(images, attempt_at(REQUEST, program=program))

    assert f"The program's prompt:\n\n{program.prompt}\n" in seen.text
    assert json.dumps(program.prompt)[1:-1] in json.dumps(seen.text)
