"""What of a run stands for each attempt, and what its score is."""

import pytest

from genevolve.evaluate.sides import Wanted
from genevolve.pipeline import keep_requests
from genevolve.records import Experience, Failure, Lesson, RendererInfo, Verdict, WriterInfo, experience_id
from genevolve.report.gather import EXPERIENCES, gather
from genevolve.report.rows import attempt_rows, credit_rows, group_rows, request_rows, why_nothing
from genevolve.store import RunDir
from genevolve.store.jsonl import Journal
from support.groups import attempt as by_hand
from support.scored import KSCORE, attempt, requests, unanswered

OTHER = RendererInfo(name="openai", model="painter")
BROKEN = Failure(whose="world", where="renderer", what="the renderer timed out")


@pytest.fixture
def run(tmp_path):
    return RunDir.create(tmp_path / "run")


def keep(run, *attempts):
    keep_requests(run, list({one.trajectory.request.id: one.trajectory.request for one in attempts}.values()))
    with run.trajectory_journal() as trajectories, run.render_journal() as renders, run.verdict_journal() as verdicts:
        for one in attempts:
            trajectories.append(one.trajectory)
            if one.render:
                renders.append(one.render)
            for verdict in (one.image_verdict, one.program_verdict):
                if verdict:
                    verdicts.append(verdict)


def test_the_score_is_the_kscore_where_only_pictures_were_judged_and_the_reward_where_programs_were_too(run, tmp_path):
    (request,) = requests("a")
    keep(run, attempt(request, (1, 0.5, 0.5, 0)))
    gathered = gather(run)
    # 0.1 * 1 + 0.4 * 0.5 + 0.4 * 0.5 + 0.1 * 0
    assert gathered.attempts[0].score == pytest.approx(0.5)
    assert gathered.figure.name == "na_half"

    both = RunDir.create(tmp_path / "both")
    keep(both, attempt(request, (1, 0.5, 0.5, 0), sufficiency=1.0))
    gathered = gather(both)
    assert gathered.attempts[0].score == pytest.approx(0.75)  # half of 0.5, half of 1
    assert gathered.figure.name == "reward"


def test_a_failure_of_the_policy_scores_nothing_and_one_of_the_world_says_nothing(run):
    a, b, c, d = requests("a", "b", "c", "d")
    undrawn = attempt(d)
    undrawn = undrawn.but(render=undrawn.render.but(image=None, failure=BROKEN), image_verdict=None)
    keep(run, attempt(a, (1, 1, 1, 1)), unanswered(b), unanswered(c, whose="world"), undrawn)
    scores = {one.trajectory.request.id: one.score for one in gather(run).attempts}
    assert scores == {"a": pytest.approx(1.0), "b": 0.0, "c": None, "d": None}


def test_where_nothing_was_judged_nothing_has_a_score(run):
    one, two = requests("a", "b")
    keep(run, attempt(one).but(image_verdict=None), unanswered(two))
    gathered = gather(run)
    assert [shown.score for shown in gathered.attempts] == [None, None]
    assert gathered.figure is None


def test_the_latest_renderer_stands_for_an_attempt_and_the_others_stay(run):
    (request,) = requests("a")
    keep(
        run,
        attempt(request, (0, 0, 0, 0), image="1" * 32),
        attempt(request, (1, 1, 1, 1), image="2" * 32, renderer=OTHER),
    )
    (shown,) = gather(run).attempts
    assert [render.image for render in shown.renders] == ["2" * 32, "1" * 32]
    assert shown.score == pytest.approx(1.0)
    (shown,) = gather(run, wanted=Wanted(renderer="sketch")).attempts
    assert shown.render.image == "1" * 32
    assert shown.score == 0.0
    assert [words for words in gather(run).told if "several renderers" in words]
    assert not gather(run, wanted=Wanted(renderer="sketch")).told


def test_a_drawing_that_failed_gives_way_to_one_that_did_not(run):
    (request,) = requests("a")
    failed = attempt(request, renderer=OTHER)
    keep(run, attempt(request, (1, 1, 1, 1)), failed.but(render=failed.render.but(image=None, failure=BROKEN)))
    (shown,) = gather(run).attempts
    assert shown.render.image
    assert shown.renders[1].failure == BROKEN


def test_attempts_stand_by_request_then_policy_then_number(run):
    b, a = requests("b", "a")
    later = attempt(b).trajectory.policy.but(weights="step-000001")
    keep(
        run,
        attempt(b, number=1), attempt(b, policy=later), attempt(a), attempt(b, number=0),
    )  # fmt: skip
    order = [(s.trajectory.request.id, s.trajectory.policy.weights, s.trajectory.attempt) for s in gather(run).attempts]
    assert order == [("b", None, 0), ("b", None, 1), ("b", "step-000001", 0), ("a", None, 0)]


def test_a_request_that_only_a_trajectory_knows_is_there_too(run):
    a, b = requests("a", "b")
    keep(run, attempt(a), attempt(b))
    run.requests.write_text(a.model_dump_json() + "\n", encoding="utf-8")
    gathered = gather(run)
    assert [row["id"] for row in request_rows(gathered.requests)] == ["a", "b"]
    assert [row["request"] for row in attempt_rows(gathered, in_a_block=8)] == [0, 1]


def test_every_verdict_of_a_drawing_is_kept_whoever_gave_it(run):
    (request,) = requests("a")
    one = attempt(request, (1, 1, 1, 1))
    other = one.image_verdict.but(judge=KSCORE.but(model="second"), scores={"faithfulness": 0.0})
    keep(run, one)
    with run.verdict_journal() as verdicts:
        verdicts.append(other)
    (shown,) = gather(run).attempts
    assert [v.judge.model for v in shown.verdicts[shown.render.id]] == ["looker", "second"]
    assert any("several judges" in words for words in gather(run).told)


def test_groups_are_one_policys_attempts_at_one_request_with_the_ends_marked(run):
    a, b = requests("a", "b")
    keep(
        run,
        attempt(a, (0.5, 0.5, 0.5, 0.5), number=0), attempt(a, (1, 1, 1, 1), number=1),
        unanswered(a).but(trajectory=unanswered(a).trajectory.but(attempt=2, id="t2")),
        attempt(b, (1, 1, 1, 1)),
    )  # fmt: skip
    (group,) = group_rows(gather(run))
    assert group["attempts"] == [0, 1, 2]
    assert (group["best"], group["worst"]) == (1, 2)
    assert group["lessons"] == []


def test_equal_attempts_have_neither_best_nor_worst(run):
    (a,) = requests("a")
    keep(run, attempt(a, (1, 1, 1, 1), number=0), attempt(a, (1, 1, 1, 1), number=1))
    (group,) = group_rows(gather(run))
    assert "best" not in group


def test_policies_of_different_weights_make_groups_of_their_own(run):
    (a,) = requests("a")
    later = attempt(a).trajectory.policy.but(weights="step-000001")
    keep(run, *(attempt(a, number=n) for n in (0, 1)), *(attempt(a, number=n, policy=later) for n in (0, 1)))
    assert [group["attempts"] for group in group_rows(gather(run))] == [[0, 1], [2, 3]]


def test_a_lesson_marks_the_two_that_it_compared(run):
    (a,) = requests("a")
    scored = [attempt(a, (score,) * 4, number=n) for n, score in enumerate((0.9, 1.0, 0.2))]
    keep(run, *scored)
    best, worst = scored[0].trajectory.id, scored[2].trajectory.id
    writer = WriterInfo(name="rule")
    lesson = Experience(
        id=experience_id(best=best, worst=worst, writer=writer),
        request_id="a",
        request_text="draw a",
        best=best,
        worst=worst,
        gap=0.7,
        axes={"faithfulness": 0.7},
        lesson=Lesson(search_strategy="look first"),
        writer=writer,
        step=3,
    )
    with Journal(run.root / EXPERIENCES, Experience, key=lambda e: e.id, has_failed=lambda _: False) as journal:
        journal.append(lesson)
    (group,) = group_rows(gather(run))
    assert (group["best"], group["worst"]) == (0, 2)
    (told,) = group["lessons"]
    assert told["lesson"] == {"search strategy": "look first"}
    assert (told["writer"], told["step"]) == ("rule", 3)


def test_a_row_leaves_out_what_says_nothing_and_keeps_a_score_of_zero(run):
    (a,) = requests("a")
    keep(run, attempt(a, (0, 0, 0, 0)))
    (row,) = attempt_rows(gather(run), in_a_block=8)
    assert row["score"] == 0.0
    assert not {"why", "marks"} & row.keys()


def test_why_there_is_no_picture_is_said_in_words(run):
    a, b, c, d, e = requests("a", "b", "c", "d", "e")
    undrawn = attempt(c)
    keep(
        run,
        attempt(a), unanswered(b),
        undrawn.but(render=undrawn.render.but(image=None, failure=BROKEN), image_verdict=None),
        attempt(d).but(render=None, image_verdict=None), unanswered(e, whose="world"),
    )  # fmt: skip
    assert [why_nothing(shown) for shown in gather(run).attempts] == [
        "",
        "No program, by fault of the policy: no answer in the last reply",
        "Not drawn: the renderer timed out",
        "Not drawn yet.",
        "No program, by fault of the world: no answer in the last reply",
    ]


def test_a_reference_stands_in_the_credits_once_with_how_often_it_is_used(run):
    a, b = requests("a", "b")
    keep(run, by_hand(a, references=["Zoo", "Ant"]), by_hand(b, references=["Zoo"]))
    rows = credit_rows(gather(run).attempts)
    assert [(row["title"], row["times"]) for row in rows] == [("Ant", 1), ("Zoo", 2)]


def test_verdicts_on_nothing_of_this_run_are_no_matter(run):
    (a,) = requests("a")
    keep(run, attempt(a, (1, 1, 1, 1)))
    with run.verdict_journal() as verdicts:
        verdicts.append(Verdict(of="elsewhere", kind="image", judge=KSCORE, scores={"faithfulness": 1.0}))
    (shown,) = gather(run).attempts
    assert list(shown.verdicts) == [shown.render.id]
