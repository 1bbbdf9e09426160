"""Settings of the loop: what is published stands where nothing is said, and contradictions are refused."""

import pytest
from pydantic import ValidationError

from genevolve.evolve.settings import EvolveSettings
from genevolve.learn.config import LearnSettings, UpdateSettings


def test_the_defaults_are_the_published_ones():
    settings = EvolveSettings()

    assert (settings.min_gap, settings.most_comparisons) == (0.2, 8)
    assert (settings.learn.update.requests, settings.learn.update.attempts) == (8, 6)
    assert settings.memory.capacity == 500
    # 2,446 requests, 8 a step.
    assert settings.rounds == 305


def test_the_rounds_are_those_that_the_learning_rate_falls_over_unless_fewer_are_asked_for():
    learn = LearnSettings(update=UpdateSettings(steps=24))

    assert EvolveSettings(learn=learn).rounds == 24
    assert EvolveSettings(learn=learn, steps=3).rounds == 3
    with pytest.raises(ValidationError, match="the learning rate is 0 from step 24 on"):
        EvolveSettings(learn=learn, steps=25)
    assert EvolveSettings(learn=learn.but(update=UpdateSettings(steps=24, schedule="constant")), steps=25).rounds == 25


def test_no_more_than_one_round_is_made_ahead():
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        EvolveSettings(ahead=2)


def test_a_setting_that_would_do_nothing_is_refused():
    with pytest.raises(ValidationError, match="this one measures none"):
        EvolveSettings.model_validate({"memory": {"retire_after": 8}})
