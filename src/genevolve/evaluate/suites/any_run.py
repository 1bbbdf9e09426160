"""A run that answers no benchmark, summed up like one: its requests are the cases."""

from dataclasses import replace

from .base import Edition, Suite
from .figures import PROGRAM_FIGURES
from .kscore import kscore_suite
from .wise import wise

_WISE: dict[str, Edition] = {"wise-legacy": "legacy", "wise-verified": "verified"}


def any_run(image_judge: str | None) -> Suite:
    """The figures that this judge's scores make, over whatever was asked; it has no data to read.

    Args:
        image_judge: who judged the pictures; None where only programs were judged.
    """
    run = kscore_suite(name="run", title="this run", judges=())
    if image_judge is None:
        return replace(run, figures=PROGRAM_FIGURES, headline=PROGRAM_FIGURES[0].name)
    if image_judge in _WISE:
        of = wise(_WISE[image_judge])
        return replace(run, figures=of.figures, headline=of.headline)
    return run
