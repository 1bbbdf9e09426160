"""Where a loop stands: what follows from a seed and the number of a step, and what a folder may go on with."""

from collections import Counter

import pytest

from genevolve.errors import StoreError, UsageError
from genevolve.evolve.settings import EvolveSettings, LookSettings
from genevolve.evolve.state import Begun, begin, choose, refuse_other, seed_of, step_of, version_of
from genevolve.learn.config import ComputeSettings, LearnSettings, UpdateSettings
from genevolve.records import Request
from genevolve.store import RunDir

REQUESTS = [Request(id=f"r{n}", text=f"request {n}") for n in range(11)]


def chosen(step: int, seed: int = 0) -> list[str]:
    return [request.id for request in choose(REQUESTS, 3, seed=seed, step=step)]


def test_a_step_chooses_the_same_requests_however_often_it_is_asked_and_in_whatever_order():
    first = [chosen(step) for step in range(9)]

    assert [chosen(step) for step in reversed(range(9))] == first[::-1]
    assert first != [chosen(step, seed=1) for step in range(9)]


def test_no_request_comes_again_before_the_order_is_through_and_none_twice_in_a_step():
    # 11 requests are 3 steps of 3; the two left over are passed over, other ones in each order.
    for order in range(4):
        times = Counter(name for step in range(3 * order, 3 * order + 3) for name in chosen(step))
        assert set(times.values()) == {1}
        assert len(times) == 9
    assert len({name for step in range(30) for name in chosen(step)}) == 11


def test_no_two_attempts_of_a_run_have_the_same_seed():
    seeds = [seed_of(seed, step) + attempt for seed in (0, 1) for step in range(3) for attempt in (0, 5, 999)]
    assert len(set(seeds)) == len(seeds)


def test_a_version_names_its_step():
    assert [step_of(version_of(step)) for step in (0, 12, 999_999, 1_000_000)] == [0, 12, 999_999, 1_000_000]
    assert [step_of(other) for other in (None, "", "step-12", "an8f3")] == [None] * 4


def begun(**changes: object) -> Begun:
    given = {"settings": EvolveSettings(), "parts": {"judge": {"name": "computed"}}, "left_out": {}, **changes}
    return Begun.model_validate(given)


def go_on(run: RunDir, with_these: Begun) -> None:
    refuse_other(run, with_these)
    begin(run, with_these)


def test_a_folder_goes_on_with_what_it_was_begun_with_and_with_changes_that_change_no_step(tmp_path):
    run = RunDir(tmp_path)
    go_on(run, begun())
    go_on(run, begun())
    update = UpdateSettings(measure_every=3)
    learn = LearnSettings(update=update, compute=ComputeSettings(micro_batch_tokens=77))
    longer = EvolveSettings(learn=learn, steps=9, look=LookSettings(every=0), checkpoint_every=5, tensorboard=True)
    go_on(run, begun(settings=longer))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": EvolveSettings(seed=4)}, "seed was 0 and is 4"),
        (
            {"settings": EvolveSettings(learn=LearnSettings(update=UpdateSettings(learning_rate=1e-3)))},
            "learn.update.learning_rate was 1e-06 and is 0.001",
        ),
        ({"parts": {"judge": {"name": "kscore"}}}, "judge.name was 'computed' and is 'kscore'"),
        ({"parts": {}}, r"judge was \{'name': 'computed'\} and is None"),
    ],
)
def test_a_folder_that_was_begun_with_something_else_is_refused_in_words(tmp_path, changes, words):
    run = RunDir(tmp_path)
    begin(run, begun())
    written = (tmp_path / "evolve.json").read_bytes()

    with pytest.raises(UsageError, match=words):
        refuse_other(run, begun(**changes))
    assert (tmp_path / "evolve.json").read_bytes() == written
    go_on(run, begun())


def test_what_a_folder_was_begun_with_must_be_readable(tmp_path):
    run = RunDir(tmp_path)
    begin(run, begun())
    (tmp_path / "evolve.json").write_text("{}")

    with pytest.raises(StoreError, match=r"evolve\.json"):
        refuse_other(run, begun())
