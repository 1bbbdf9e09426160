"""What the answers of a server tell of its weights, where it rounds as engines do."""

import random

import pytest

from genevolve.evolve.publish_probe import Probed, is_alike, kept_the_older
from genevolve.records import TokenSpan

NOISE, BIAS = 0.01, 0.02
"""Nats a token: of rounding, another at each call; and of an engine's own arithmetic, the same at each."""


def said(logprobs, reply=None) -> TokenSpan:
    return TokenSpan(context=(1, 2), reply=tuple(reply or range(len(logprobs))), logprobs=tuple(logprobs))


def alarms(step: float, *, takes_it: bool, rounds: int = 2000) -> float:
    """How often a server is held to have kept its weights, over steps of this size."""
    chance = random.Random(0)
    count = 0
    for _ in range(rounds):
        old = [chance.uniform(-5, -1) for _ in range(64)]
        bias = [chance.gauss(0, BIAS) for _ in old]
        new = [logp + chance.gauss(0, step) for logp in old]

        def served(logps: list[float], bias: list[float] = bias) -> TokenSpan:
            return said([logp + off + chance.gauss(0, NOISE) for logp, off in zip(logps, bias, strict=True)])

        before = Probed(tokens=served(old), own=tuple(old))
        count += kept_the_older(before, Probed(tokens=served(new if takes_it else old), own=tuple(new)))
    return count / rounds


@pytest.mark.parametrize("step", [0.0, 0.001, 0.01, 0.02, 0.1])
def test_a_server_that_took_the_weights_is_not_suspected(step):
    # The odds of an alarm are below 1 to 22,000 by their definition: none in 2,000.
    assert alarms(step, takes_it=True) == 0


def test_a_server_that_kept_them_is_found_out_where_a_step_is_larger_than_its_rounding():
    # With a step of 2 noises the ratio of the sums is about 1 + 4 NOISE^2 / (2 NOISE^2) = 3, and 32 log 3 = 35 > 10;
    # with one of a tenth it is 1.005, and 32 log 1.005 = 0.2.
    assert alarms(2 * NOISE, takes_it=False) > 0.99
    assert alarms(0.1 * NOISE, takes_it=False) == 0


def test_a_server_that_goes_on_in_other_words_is_not_suspected():
    before = Probed(tokens=said([-1.0] * 8), own=(-1.0,) * 8)
    elsewhere = said([-1.0] * 8, reply=[0, 1, 9, 9, 9, 9, 9, 9])
    assert not kept_the_older(before, Probed(tokens=elsewhere, own=(-2.0,) * 8))
    assert kept_the_older(before, Probed(tokens=said([-1.0] * 8), own=(-2.0,) * 8))


def test_answers_are_alike_as_far_as_they_have_the_same_words():
    before = said([-1.0, -2.0, -3.0])
    assert is_alike(before, said([-1.01, -2.0, -9.0], reply=[0, 1, 7]), tolerance=0.1)
    assert not is_alike(before, said([-1.5, -2.5, -3.0]), tolerance=0.1)
    assert not is_alike(before, said([-1.0, -2.0, -3.0], reply=[7, 1, 2]), tolerance=0.1)
    other = TokenSpan(context=(3,), reply=(0,), logprobs=(-1.0,))
    assert not is_alike(before, other, tolerance=0.1)
