"""What is written down of every step."""

import json

import pytest

from genevolve.errors import StoreError
from genevolve.learn.advantage import Earned, group_advantages
from genevolve.learn.diagnostics import (
    FILE_NAME,
    DiagnosticsWriter,
    StepDiagnostics,
    UpdateFigures,
    flat,
    quantiles,
    read_diagnostics,
    reward_figures,
)
from genevolve.records import Failure

DOWN = Failure(whose="world", where="renderer", what="down")
UNREAD = Failure(whose="policy", where="rollout", what="no program")


def earned(reward: float | None, *, failure: Failure | None = None, **axes: float) -> Earned:
    """What one attempt earned."""
    return Earned(reward=reward, axes=axes, failure=failure)


def update(step: int, **figures: object) -> UpdateFigures:
    """Figures of an update."""
    told = {"sequences": 2, "tokens": 9, "taught_sequences": 1, "updates": 1, "skipped": 0}
    return UpdateFigures.model_validate({"step": step, "learning_rate": 1e-6, "gradient_norm": 0.5, **told, **figures})


def test_rewards_are_told_over_attempts_that_count():
    groups = [
        [earned(0.2, colour=0.0), earned(0.6, colour=1.0), earned(None, failure=DOWN)],
        [earned(0.0, failure=UNREAD, colour=0.0), earned(0.0, failure=UNREAD, colour=0.0)],
        [earned(1.0, colour=1.0), earned(None, failure=DOWN)],
    ]
    _, counts = group_advantages(groups)
    found = reward_figures(groups, counts)
    # 0.2, 0.6, 0, 0 and 1: mean 0.36; squared deviations .0256 + .0576 + .1296 * 2 + .4096 = .752, over 4 is .188.
    assert found.mean == pytest.approx(0.36)
    assert found.std == pytest.approx(0.188**0.5)
    assert (found.best, found.worst) == (1.0, 0.0)
    # Groups of two that count: 0.6 - 0.2 and 0 - 0.
    assert found.mean_gap == pytest.approx(0.2)
    # Colour: 0, 1, 0, 0, 1 over the five that count.
    assert found.axes == {"colour": pytest.approx(0.4)}
    assert found.valid == pytest.approx(3 / 5)
    assert found.failures == {"policy:rollout": 2, "world:renderer": 2}
    assert (found.groups, found.attempts, found.world_failures, found.policy_failures) == (3, 7, 2, 2)
    assert (found.lone_groups, found.equal_groups, found.learning) == (1, 1, 2)


def test_of_nothing_there_is_no_mean():
    groups = [[earned(None, failure=DOWN)]]
    found = reward_figures(groups, group_advantages(groups)[1])
    assert (found.mean, found.std, found.best, found.valid, found.axes) == (None, None, None, None, {})


def test_quantiles_are_values_that_occurred():
    # Of 1 … 10 the fifth is the smallest that half of them do not exceed, the ninth that of 0.9, the tenth of 0.99.
    values = [7.0, 3.0, 10.0, 1.0, 9.0, 2.0, 8.0, 4.0, 6.0, 5.0]
    assert quantiles(values) == {"0.5": 5.0, "0.9": 9.0, "0.99": 10.0, "1.0": 10.0}
    assert quantiles([2.0]) == {"0.5": 2.0, "0.9": 2.0, "0.99": 2.0, "1.0": 2.0}
    assert quantiles([]) == {}


def test_every_step_is_one_line_and_of_one_done_again_the_last_counts(tmp_path):
    with DiagnosticsWriter(tmp_path) as writer:
        writer.write(StepDiagnostics(step=0, update=update(0)))
        writer.write(StepDiagnostics(step=1, update=update(1, gradient_norm=9.0)))
    with (tmp_path / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write('{"step": 2, "upd')  # a process was killed here
    with DiagnosticsWriter(tmp_path) as writer:
        writer.write(StepDiagnostics(step=1, update=update(1, gradient_norm=0.25)))

    lines = (tmp_path / FILE_NAME).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [0, 1, 1]
    assert [one.update.gradient_norm for one in read_diagnostics(tmp_path)] == [0.5, 0.25]


def test_a_line_that_is_no_step_is_named(tmp_path):
    (tmp_path / FILE_NAME).write_text('{"step": 0}\n', encoding="utf-8")
    with pytest.raises(StoreError, match=f"{FILE_NAME}:1 is not a StepDiagnostics"):
        read_diagnostics(tmp_path)


def test_numbers_are_found_under_the_names_that_lead_to_them():
    found = dict(flat({"a": 1, "b": {"c": 2.5, "d": None}, "e": {}}))
    assert found == {"a": 1.0, "b/c": 2.5}


def test_tensorboard_shows_every_number_and_nothing_of_what_was_not_measured(tmp_path):
    reader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason='pip install "genevolve[train]" runs it'
    )
    groups = [[earned(0.2), earned(0.6)]]
    rewards = reward_figures(groups, group_advantages(groups)[1])
    with DiagnosticsWriter(tmp_path, tensorboard=True) as writer:
        for step in range(3):
            told = update(step, entropy=1.0 / (step + 1), gap={"0.5": 0.1})
            writer.write(StepDiagnostics(step=step, update=told, rewards=rewards, seconds={"rollout": 2.0}))

    page = reader.EventAccumulator(str(tmp_path))
    page.Reload()
    names = page.Tags()["scalars"]
    assert {"update/entropy", "update/gap/0.5", "rewards/mean", "seconds/rollout"} <= set(names)
    assert "update/kl_step" not in names
    assert [(one.step, one.value) for one in page.Scalars("update/entropy")] == [
        (0, pytest.approx(1.0)),
        (1, pytest.approx(1 / 2)),
        (2, pytest.approx(1 / 3)),
    ]
