"""The judges of both editions of WISE."""

import pytest

from genevolve.judge import JudgeSettings, open_judge
from genevolve.judge.wiscore import LEGACY, VERIFIED
from genevolve.testing.judge_server import JudgeServer, Seen
from support.judged import drawn_attempt, judge_of

EXPLAINED = {"Explanation": "It {must} be a tulip.", "Category": "Culture"}
LEGACY_SCORES = {"rationale": "r", "consistency": 2, "realism": 1, "aesthetics": 0}


async def test_the_legacy_edition_gives_three_axes_each_over_two(images):
    seen: list[Seen] = []

    def answer(shown: Seen) -> dict:
        seen.append(shown)
        return LEGACY_SCORES

    async with JudgeServer(answer) as server:
        judge = judge_of(server, LEGACY, images)
        verdict = await judge.judge(drawn_attempt(images, 3, extra=EXPLAINED))
        await judge.close()

    assert verdict.scores == {"consistency": 1.0, "realism": 0.5, "aesthetics": 0.0}
    assert (verdict.kind, verdict.judge.name, verdict.text_required) == ("image", "wise-legacy", None)
    assert seen[0].text.startswith("The prompt:\n\nA poster of number 3\n\nThe explanation:\n\nIt {must} be a tulip.\n")
    assert len(seen[0].pictures) == 1  # WISE has no target, and none is shown where a request has one


@pytest.mark.parametrize(("correct", "score"), [(0, 0.0), (1, 1.0)])
async def test_the_verified_edition_gives_one_verdict(images, correct, score):
    async with JudgeServer(lambda _: {"rationale": "r", "correct": correct}) as server:
        judge = judge_of(server, VERIFIED, images)
        verdict = await judge.judge(drawn_attempt(images, target=False, extra={"explanation": "A tulip."}))
        await judge.close()

    assert verdict.scores == {"correct": score}
    assert verdict.judge.name == "wise-verified"


async def test_a_half_is_no_verdict_of_the_verified_edition(images):
    async with JudgeServer(lambda _: {"rationale": "r", "correct": 0.5}) as server:
        judge = judge_of(server, VERIFIED, images)
        verdict = await judge.judge(drawn_attempt(images, extra=EXPLAINED))
        await judge.close()

    assert verdict.failure is not None
    assert '"correct" is 0.5; expected one of 0 or 1' in verdict.failure.what


@pytest.mark.parametrize("extra", [{}, {"Explanation": ""}, {"Explanation": ["A tulip."]}, {"Explanation": " \n"}])
@pytest.mark.parametrize("rubric", [LEGACY, VERIFIED], ids=["legacy", "verified"])
async def test_a_request_without_an_explanation_is_a_failed_verdict_and_nothing_is_sent(images, rubric, extra):
    async with JudgeServer(lambda _: LEGACY_SCORES) as server:
        judge = judge_of(server, rubric, images)
        verdict = await judge.judge(drawn_attempt(images, extra=extra))
        await judge.close()

    assert verdict.failure is not None
    assert "the request 'r1' has no explanation" in verdict.failure.what
    assert not server.heard


@pytest.mark.parametrize(
    ("name", "kind"),
    [("kscore", "image"), ("program", "program"), ("wise-legacy", "image"), ("wise-verified", "image")],
)
def test_each_judge_that_asks_a_model_opens_by_its_name(images, name, kind):
    judge = open_judge(JudgeSettings(judge=name, model="m", base_url="http://127.0.0.1:9"), images=images)

    assert (judge.info.name, judge.kind) == (name, kind)
