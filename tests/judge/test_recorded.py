import pytest

from genevolve.errors import UsageError
from genevolve.judge import JudgeSettings
from genevolve.judge.recorded import RecordedJudge
from genevolve.records import Attempt, Failure, JudgeInfo, Verdict
from genevolve.store import ImageStore
from support.judged import drawn_attempt

SETTINGS = JudgeSettings(judge="kscore")
OLD, NEW = (JudgeInfo(name="kscore", model=model, rubric="r") for model in ("old", "new"))
BROKEN = Failure(whose="world", where="judge kscore", what="it said nothing that can be read")


@pytest.fixture
def images(tmp_path) -> ImageStore:
    return ImageStore(tmp_path / "images")


def said(attempt: Attempt, score: float | None, judge: JudgeInfo = NEW) -> Verdict:
    """A verdict with this score, or a failed one."""
    assert attempt.render is not None
    scores = {} if score is None else {"faithfulness": score}
    failure = BROKEN if score is None else None
    return Verdict(of=attempt.render.id, kind="image", judge=judge, scores=scores, failure=failure)


def again(attempt: Attempt, **request: object) -> Attempt:
    """Another attempt that drew the same picture."""
    trajectory = attempt.trajectory.but(id="another", request=attempt.trajectory.request.but(**request))
    assert attempt.render is not None
    return Attempt(trajectory=trajectory, render=attempt.render.but(trajectory=trajectory.id))


async def test_every_picture_has_the_verdict_that_it_had_and_a_failed_one_fails_again(images):
    one, two = drawn_attempt(images, 1), drawn_attempt(images, 2)
    verdicts = [said(one, 0.5), said(two, None)]
    judge = RecordedJudge(SETTINGS, [one, two], verdicts)

    assert [await judge.judge(attempt) for attempt in (one, two)] == verdicts
    assert [judge.lacks(attempt) for attempt in (one, two)] == [None, BROKEN.what]
    assert (judge.kind, judge.info) == ("image", NEW)


async def test_a_picture_is_known_by_its_bytes_where_another_attempt_at_the_request_drew_it(images):
    one = drawn_attempt(images, 1)
    judge = RecordedJudge(SETTINGS, [one], [said(one, 0.5)])
    verdict = await judge.judge(again(one))

    assert verdict.scores == {"faithfulness": 0.5}
    assert verdict.of == (again(one).render or one.render).id != one.render.id
    for other in (again(one, id="r9"), again(one, text="Another poster"), again(one, target="0" * 32)):
        assert (await judge.judge(other)).scores == {}


async def test_what_was_not_judged_is_a_failed_verdict_that_says_so(images):
    one, two = drawn_attempt(images, 1), drawn_attempt(images, 2)
    verdict = await RecordedJudge(SETTINGS, [one, two], [said(one, 0.5)]).judge(two)

    assert verdict.scores == {}
    assert verdict.failure is not None
    assert verdict.failure.what == "this image was not judged in the recorded run, and a replay asks nobody"


async def test_of_several_models_the_last_speaks_unless_one_is_named(images):
    one = drawn_attempt(images, 1)
    verdicts = [said(one, 0.5, OLD), said(one, 1.0, NEW)]

    for settings, score in ((SETTINGS, 1.0), (SETTINGS.but(model="new"), 1.0), (SETTINGS.but(model="old"), 0.5)):
        assert (await RecordedJudge(settings, [one], verdicts).judge(one)).scores == {"faithfulness": score}


async def test_programs_are_known_by_their_words(images):
    one, two = drawn_attempt(images, 1), drawn_attempt(images, 2)
    info = JudgeInfo(name="program", model="reader")
    verdict = Verdict(of=one.trajectory.id, kind="program", judge=info, scores={"sufficiency": 0.75})
    judge = RecordedJudge(JudgeSettings(judge="program"), [one, two], [said(one, 0.5), verdict])

    assert await judge.judge(one) == verdict
    assert (await judge.judge(again(one))).scores == {"sufficiency": 0.75}
    assert (await judge.judge(two)).failure is not None


@pytest.mark.parametrize(("judge", "model"), [("program", None), ("kscore", "other")])
def test_a_judge_that_said_nothing_in_the_recorded_run_is_refused(images, judge, model):
    one = drawn_attempt(images, 1)
    with pytest.raises(UsageError, match="the recorded run has no verdict of the judge"):
        RecordedJudge(JudgeSettings(judge=judge, model=model), [one], [said(one, 0.5)])
