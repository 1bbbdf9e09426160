"""Which token is drawn, and what is reported of it."""

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')

from genevolve.model.sampling import draw, log_probabilities  # noqa: E402

CHANCES = (0.5, 0.3, 0.2)


def drawn(chance: float, *, top_p: float = 1.0, temperature: float = 1.0, banned: tuple[int, ...] = ()) -> int:
    logp = torch.log(torch.tensor([CHANCES]))
    banned_V = torch.zeros(3, dtype=torch.bool)
    banned_V[list(banned)] = True
    token = draw(
        logp,
        temperature_B=torch.tensor([temperature]),
        top_p_B=torch.tensor([top_p]),
        chance_B=torch.tensor([chance], dtype=torch.float64),
        banned_V=banned_V,
    )
    return int(token[0])


@pytest.mark.parametrize(
    ("chance", "token"),
    [(0.0, 0), (0.49, 0), (0.51, 1), (0.79, 1), (0.81, 2), (0.999999, 2)],  # the running sums are .5, .8 and 1
)
def test_a_token_is_drawn_as_often_as_it_is_likely(chance, token):
    assert drawn(chance) == token


@pytest.mark.parametrize(
    ("top_p", "chance", "token"),
    [
        (0.6, 0.62, 0),  # the nucleus is .5 and .3; .62 of its .8 is .496
        (0.6, 0.63, 1),  # .63 of .8 is .504
        (0.6, 0.999999, 1),
        (0.5, 0.999999, 0),  # the likeliest token alone reaches .5
        (0.01, 0.999999, 0),
        (0.81, 0.999999, 2),
    ],
)
def test_only_the_nucleus_is_drawn_from(top_p, chance, token):
    assert drawn(chance, top_p=top_p) == token


def test_without_temperature_the_likeliest_token_is_said_whatever_the_chance():
    assert {drawn(chance, temperature=0.0) for chance in (0.0, 0.5, 0.999)} == {0}
    assert drawn(0.999, temperature=0.0, banned=(0,)) == 1


def test_a_banned_token_leaves_its_share_to_the_others():
    # without the first, .3 and .2 are .6 and .4
    assert [drawn(chance, banned=(0,)) for chance in (0.0, 0.59, 0.61)] == [1, 1, 2]


def test_a_log_probability_is_that_of_the_logits_over_the_temperature():
    logits = torch.tensor([[0.0, 2.0], [0.0, 2.0]])

    logp = log_probabilities(logits, torch.tensor([0.5, 0.0]))

    # at 0.5 the gap is 4: log(1 / (1 + e^4)) = -4.018150; without a temperature that of 1 is told: -2.126928
    assert logp[:, 0].tolist() == pytest.approx([-4.018150, -2.126928], abs=1e-5)


def test_rows_are_drawn_each_by_its_own_manner():
    logp = torch.log(torch.tensor([CHANCES] * 3))

    tokens = draw(
        logp,
        temperature_B=torch.tensor([1.0, 0.0, 1.0]),
        top_p_B=torch.tensor([1.0, 1.0, 0.6]),
        chance_B=torch.tensor([0.9, 0.9, 0.9], dtype=torch.float64),
        banned_V=torch.zeros(3, dtype=torch.bool),
    )

    assert tokens.tolist() == [2, 0, 1]
