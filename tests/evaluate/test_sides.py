import pytest

from genevolve.errors import UsageError
from genevolve.evaluate.sides import Asked, Wanted, read_side
from genevolve.evaluate.suites import open_suite
from genevolve.evaluate.summary import summarise
from genevolve.records import JudgeInfo, PolicyInfo, RendererInfo, Sampling
from genevolve.store import RunDir
from support.scored import KSCORE, attempt, requests

GOOD, HALF, BAD = (1, 1, 1, 1), (1, 0.5, 0, 1), (0, 0, 0, 0)  # KScore 1, 0.4 and 0
OTHER_RUBRIC = KSCORE.but(rubric="e5f6a7b8")
OTHER_MODEL = KSCORE.but(model="other:8b")
COMPUTED = JudgeInfo(name="computed", rubric="c0")
DIRECT = PolicyInfo(name="direct")


@pytest.fixture
def run(tmp_path):
    return RunDir.create(tmp_path / "run")


def seeded(made, seed: int):
    """The attempt as a run of this seed makes it: the seed of each is the run's plus its number."""
    sampling = Sampling(seed=seed + made.trajectory.attempt)
    trajectory = made.trajectory.but(id=f"{made.trajectory.id}-{seed}", sampling=sampling)
    render = made.render.but(trajectory=trajectory.id)
    verdict = made.image_verdict.but(of=render.id)
    return made.but(trajectory=trajectory, render=render, image_verdict=verdict)


def keep(run, *attempts):
    """The attempts in the run's files, each record once, in this order."""
    parts = (
        (run.request_journal, [a.trajectory.request for a in attempts]),
        (run.trajectory_journal, [a.trajectory for a in attempts]),
        (run.render_journal, [a.render for a in attempts if a.render]),
        (run.verdict_journal, [v for a in attempts for v in (a.image_verdict, a.program_verdict) if v]),
    )
    for open_journal, records in parts:
        with open_journal() as journal:
            for record in {record.id: record for record in records}.values():
                journal.append(record)


def na_half(chosen):
    side = chosen.side
    summary = summarise(
        side.suite, side.requests, side.attempts, judges=side.judges, attempts_each=side.attempts_each, resamples=10
    )
    return summary.groups[0].figure("na_half")


def test_of_two_seeds_the_latest_is_taken_whole_and_what_the_other_drew_hides_nothing(run):
    asked = requests("a", "b", "c")
    keep(run, *(seeded(attempt(r, GOOD), 1) for r in asked[:2]))
    other = RendererInfo(name="sketch", seed=2)
    keep(run, *(seeded(attempt(r, HALF, renderer=other), 2) for r in asked))
    chosen = read_side(run)

    assert (na_half(chosen).headline, na_half(chosen).count) == (pytest.approx(0.4), 3)
    assert [a.trajectory.sampling.seed for a in chosen.side.attempts] == [2, 2, 2]
    assert "they differ in sampling" in chosen.told[0]


def test_attempts_at_one_request_have_seeds_of_their_own_and_are_one_way_of_answering(run):
    asked = requests("a", "b")
    keep(run, *(seeded(attempt(r, HALF, number=number), 7) for r in asked for number in range(3)))
    chosen = read_side(run)

    assert len(chosen.side.attempts) == 6
    assert chosen.side.attempts_each == 3
    assert chosen.told == ()


def test_the_settings_of_the_run_say_which_sampling_is_meant(run):
    (asked,) = requests("a")
    keep(run, seeded(attempt(asked, GOOD), 1), seeded(attempt(asked, HALF), 2))

    assert na_half(read_side(run)).headline == pytest.approx(0.4)
    assert na_half(read_side(run, asked=Asked(sampling=Sampling(seed=1)))).headline == 1


def test_attempts_that_were_asked_for_and_are_not_there_count_as_missing(run):
    asked = requests("a", "b")
    keep(run, *(attempt(r, GOOD) for r in asked))

    # A run of three attempts each that was killed after the first: (1 + 0 + 0) / 3.
    assert na_half(read_side(run, asked=Asked(attempts=3))).headline == pytest.approx(1 / 3)
    assert na_half(read_side(run)).headline == 1


def test_attempts_beyond_those_that_were_asked_for_are_left_out(run):
    (asked,) = requests("a")
    keep(run, *(attempt(asked, scores, number=number) for number, scores in enumerate((GOOD, BAD))))
    chosen = read_side(run, asked=Asked(attempts=1))

    assert na_half(chosen).headline == 1
    assert any("1 attempts are beyond the 1 at each request" in words for words in chosen.told)


def test_a_run_that_was_limited_is_over_its_first_requests(run):
    asked = requests("1", "2", "3")
    keep(run, *(attempt(r, GOOD) for r in asked))
    chosen = read_side(run, asked=Asked(suite="knowgen", limit=2))

    assert na_half(chosen).denominator == 2
    assert chosen.side.suite.overall is None


def test_of_several_policies_the_latest_is_taken_and_that_is_told(run):
    (asked,) = requests("a")
    keep(run, attempt(asked, GOOD), attempt(asked, HALF, policy=DIRECT))
    chosen = read_side(run)

    assert [a.trajectory.policy for a in chosen.side.attempts] == [DIRECT]
    assert "they differ in policy" in chosen.told[0]


def test_a_request_that_the_chosen_renderer_did_not_draw_is_kept_without_a_picture(run):
    asked = requests("a", "b")
    other = RendererInfo(name="other")
    keep(run, *(attempt(r, GOOD) for r in asked), attempt(asked[0], HALF, renderer=other))

    assert [a.render is not None for a in read_side(run).side.attempts] == [True, False]
    assert na_half(read_side(run, Wanted(renderer="sketch"))).headline == 1
    with pytest.raises(UsageError, match="was drawn by 'nobody'"):
        read_side(run, Wanted(renderer="nobody"))


def test_the_latest_judge_is_the_one_whose_words_come_last(run):
    asked = requests("a", "b")
    keep(run, attempt(asked[0], GOOD), attempt(asked[0], BAD, judge=OTHER_MODEL), attempt(asked[1], GOOD))

    assert read_side(run).side.judges == {"image": KSCORE}


def test_a_judge_that_only_failed_does_not_hide_one_that_has_scores(run):
    (asked,) = requests("a")
    keep(run, attempt(asked, GOOD), attempt(asked, judge=OTHER_MODEL))
    chosen = read_side(run)

    assert na_half(chosen).headline == 1
    assert "kscore:looker@r1 is taken" in chosen.told[0]
    # Its own figures can be had all the same.
    assert na_half(read_side(run, Wanted(judges={"image": OTHER_MODEL}))).headline == 0


@pytest.mark.parametrize(
    ("name", "judge"),
    [
        ("computed", COMPUTED),
        ("kscore:looker@r1", KSCORE),
        ("kscore@e5f6", OTHER_RUBRIC),
        ("kscore:looker@e5f6", OTHER_RUBRIC),
        ("kscore:other:8b", OTHER_MODEL),
        ("kscore", OTHER_MODEL),
    ],
)
def test_judges_are_told_apart_by_name_model_and_rubric(run, name, judge):
    (asked,) = requests("a")
    keep(run, *(attempt(asked, GOOD, judge=one) for one in (COMPUTED, KSCORE, OTHER_RUBRIC, OTHER_MODEL)))

    assert read_side(run, Wanted(judge=name)).side.judges == {"image": judge}


def test_a_name_that_judged_nothing_is_refused_with_those_that_did(run):
    (asked,) = requests("a")
    keep(run, attempt(asked, GOOD))

    with pytest.raises(UsageError, match="judged by 'kscore:none'; expected kscore:looker@r1"):
        read_side(run, Wanted(judge="kscore:none"))


def test_a_benchmark_keeps_its_figures_only_by_a_judge_of_all_their_axes(run):
    (asked,) = requests("1")
    keep(run, attempt(asked, GOOD, judge=COMPUTED))

    # Both have an axis of the name aesthetics; the others are not WISE's.
    assert open_suite("wise", edition="legacy").lacks_of("computed") == ("consistency", "realism")
    assert read_side(run, asked=Asked(suite="wise", edition="legacy")).side.suite.name == "run"
    assert read_side(run, asked=Asked(suite="knowgen")).side.suite.name == "knowgen"


def test_a_run_without_attempts_has_no_figures(run):
    with pytest.raises(UsageError, match="has no attempts yet"):
        read_side(run)
