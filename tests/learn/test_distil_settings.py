"""What goes with a form of distillation, where nothing else is set."""

import pytest
from pydantic import ValidationError

from genevolve.learn.config import DistilSettings


def with_form(settings: DistilSettings) -> tuple[float, str, str]:
    """The settings that a form has its own defaults of."""
    return settings.weight, settings.selection, settings.teacher


def test_a_form_brings_its_own_weight_selection_and_teacher():
    assert with_form(DistilSettings()) == (2.0, "published", "following")
    assert with_form(DistilSettings(form="bounded_gap")) == (1.0, "all", "following")
    assert with_form(DistilSettings(form="jensen_shannon")) == (1.0, "all", "averaged")


def test_what_is_set_stays_whatever_the_form():
    settings = DistilSettings(form="bounded_gap", weight=2.0, selection="published", teacher="frozen")
    assert with_form(settings) == (2.0, "published", "frozen")
    assert with_form(settings.but(form="jensen_shannon")) == (2.0, "published", "frozen")


def test_what_was_left_to_the_form_follows_a_new_form():
    assert with_form(DistilSettings(teacher="frozen").but(form="bounded_gap")) == (1.0, "all", "frozen")


def test_settings_that_were_written_down_read_the_same():
    settings = DistilSettings(form="jensen_shannon")
    assert DistilSettings.model_validate_json(settings.model_dump_json()) == settings


def test_an_unknown_form_is_refused_by_name():
    with pytest.raises(ValidationError, match="form\n"):
        DistilSettings.model_validate({"form": "wished"})


@pytest.mark.parametrize("setting", [{"weight": 0.0}, {"weight": 2.0}, {"anneal": "linear"}])
def test_a_weight_that_shaping_would_not_read_is_refused(setting):
    with pytest.raises(ValidationError, match="nothing to weigh"):
        DistilSettings.model_validate({"form": "shaped", **setting})
