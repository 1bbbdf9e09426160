"""What is told of an update, against numbers worked out by hand."""

from math import exp, log

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')

from genevolve.learn.batch import Batch  # noqa: E402
from genevolve.learn.config import LearnSettings  # noqa: E402
from genevolve.learn.figures import Sums, add_figures, means  # noqa: E402
from genevolve.learn.logprob import TokenScores  # noqa: E402
from genevolve.learn.teacher import Taught  # noqa: E402
from genevolve.learn.update import Known, selection  # noqa: E402

SETTINGS = LearnSettings.model_validate({"update": {"served_weight_cap": 1.5}})
MASK = [[0, 0, 1, 1, 1, 1], [0, 1, 1, 0, 0, 0]]
RATIOS = [0.7, 1.0, 1.2, 4.0, 0.9, 1.5]
"""New over old probability of the six tokens said: four of a bad attempt, two of a good one."""


def known() -> tuple[Known, TokenScores]:
    """Two sequences; the first was bad and has an experience, and its teacher is surer of some tokens."""
    mask_BT = torch.tensor(MASK, dtype=torch.bool)
    shape = mask_BT.shape
    logp_N = torch.tensor([-1.0, -2.0, -3.0, -4.0, -1.0, -2.0], dtype=torch.float64)

    def placed(values_N: torch.Tensor) -> torch.Tensor:
        return torch.zeros(shape, dtype=torch.float64).masked_scatter(mask_BT, values_N)

    old_N = logp_N - torch.tensor(RATIOS, dtype=torch.float64).log()
    # l = student less teacher: 1, -0.5, 0, -4 nats at the bad attempt's four tokens.
    teacher_N = logp_N - torch.tensor([1.0, -0.5, 0.0, -4.0, 0.0, 0.0], dtype=torch.float64)
    advantage_BT = torch.tensor([[-1.0], [1.0]], dtype=torch.float64) * mask_BT
    kind_BT = torch.zeros(shape, dtype=torch.int8)
    kind_BT[0, 3] = 2  # a tag
    batch = Batch(
        trajectories=("bad", "good"),
        ids_BT=torch.zeros(shape, dtype=torch.long),
        real_BT=torch.ones(shape, dtype=torch.bool),
        mask_BT=mask_BT,
        kind_BT=kind_BT,
        turn_BT=torch.zeros(shape, dtype=torch.int32),
        image_BT=torch.zeros(shape, dtype=torch.bool),
        lengths_B=torch.tensor([6, 6]),
        advantage_B=torch.tensor([-1.0, 1.0]),
        advantage_BT=advantage_BT,
        # old / served is 2 at the first token, and 1 elsewhere.
        served_logp_BT=placed(old_N - torch.tensor([log(2.0), 0, 0, 0, 0, 0], dtype=torch.float64)),
        pixels_PC=None,
        grid_I3=None,
        image_row_I=torch.tensor([], dtype=torch.long),
        teacher_row_E=torch.tensor([0]),
        old_logp_BT=placed(old_N),
    )
    found = Known.of(batch)
    taught = Taught(logp_BT=placed(teacher_N))
    one = Known(batch=batch, old_logp_BT=found.old_logp_BT, selected_BT=found.selected_BT, taught=taught)
    entropy_N = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], dtype=torch.float64)
    return one, TokenScores(logp_N=logp_N, entropy_N=entropy_N)


def test_the_published_selection_is_made_from_the_old_policy():
    """By the old policy l is 1 - log .7, -.5, -log 1.2, -4 - log 4: the last is largest, and a tenth of four is one."""
    one, _ = known()
    assert selection(one, SETTINGS.distil).int().tolist() == [[0, 0, 0, 1, 0, 1], [0] * 6]


def test_shares_of_clipped_distilled_and_clamped_tokens_are_counted_where_they_stand():
    one, scores = known()
    selected_BT = selection(one, SETTINGS.distil)
    one = Known(batch=one.batch, old_logp_BT=one.old_logp_BT, selected_BT=selected_BT, taught=one.taught)
    sums = Sums()
    add_figures(sums, scores, one, SETTINGS)
    found = means(sums.sums)

    assert found["entropy"] == pytest.approx(21 / 6)
    # Clips stop gradients: below .8 of the bad attempt, above 1.28 of the good one, above 3 of the bad one.
    assert found["clip_low"] == pytest.approx(1 / 6)
    assert found["clip_high"] == pytest.approx(1 / 6)
    assert found["clip_dual"] == pytest.approx(1 / 6)
    # From old to new: r - 1 - log r.
    assert found["kl_old"] == pytest.approx(sum(r - 1 - log(r) for r in RATIOS) / 6)
    # At one token old / served = 2: 2 - 1 - log 2; weighed by at most 1.5.
    assert found["kl_served"] == pytest.approx((1 - log(2)) / 6)
    assert found["served_capped"] == pytest.approx(1 / 6)
    assert found["selected"] == pytest.approx(2 / 6)
    assert found["selected_of_taught"] == pytest.approx(2 / 4)
    # k3(-4) = e^4 - 1 - 4 = 49.6 is cut to 10 and k3(-.5) = .15 is not; of their ratios, 4 and 1, one is over 2.
    assert exp(4.0) - 5 > 10
    assert found["clamped"] == pytest.approx(1 / 2)
    assert found["rho_capped"] == pytest.approx(1 / 2)
    assert sorted(sums.gaps) == pytest.approx([0.0, 0.5, 1.0, 4.0])
    assert found["outside"] is None
    assert found["kl_reference"] is None


def test_sums_of_two_parts_are_those_of_the_whole():
    one, scores = known()
    sums = Sums()
    add_figures(sums, scores, one, SETTINGS)
    once = means(sums.sums)
    add_figures(sums, scores, one, SETTINGS)
    assert means(sums.sums) == {name: None if value is None else pytest.approx(value) for name, value in once.items()}
