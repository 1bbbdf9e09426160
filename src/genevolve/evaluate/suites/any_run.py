"""A run that answers no benchmark, summed up like one: its requests are the cases."""

from pathlib import Path

from ...errors import UsageError
from ...score import Aggregate
from ...store import ImageStore
from .base import Edition, Reading, Suite, labelled_cases
from .figures import KSCORE_FIGURES, PROGRAM_FIGURES
from .wise import wise

_WISE: dict[str, Edition] = {"wise-legacy": "legacy", "wise-verified": "verified"}


def any_run(image_judge: str | None) -> Suite:
    """The figures that this judge's scores make, over whatever was asked.

    Args:
        image_judge: who judged the pictures; None where only programs were judged.
    """
    if image_judge in _WISE:
        of = wise(_WISE[image_judge])
        figures, headline = of.figures, of.headline
    elif image_judge is None:
        figures, headline = PROGRAM_FIGURES, PROGRAM_FIGURES[0].name
    else:
        figures, headline = (*KSCORE_FIGURES, *PROGRAM_FIGURES), Aggregate.NA_HALF.value
    return Suite(
        name="run",
        title="this run",
        judges=(),
        read=_read,
        cases=labelled_cases,
        groupings=("track", "category", "difficulty"),
        figures=figures,
        headline=headline,
    )


def _read(data: Path | None, images: ImageStore) -> Reading:
    raise UsageError(f"a run's requests are its own; there is nothing to read ({data}, {images.folder})")
