"""The sketch benchmark: requests made from recipes, judged by computing, so that everyone can have a number offline.

It is read from no file. What agents are compared on is the test split with seed
0; other splits and seeds are for choosing and training.
"""

from pathlib import Path

from ...curate.recipes import Split, make_requests
from ...errors import RequestError
from ...score import Aggregate
from ...store import ImageStore
from .base import Reading, Suite, labelled_cases
from .figures import KSCORE_FIGURES, PROGRAM_FIGURES


def sketch(*, split: Split = "test", count: int = 400, seed: int = 0) -> Suite:
    """The benchmark over a split of its requests."""

    def read(data: Path | None, images: ImageStore) -> Reading:
        if data is not None:
            raise RequestError(
                f"the sketch benchmark makes its own requests and reads none from {str(data)!r}; leave --data out"
            )
        return Reading(requests=make_requests(split, count=count, seed=seed, images=images), bad=[])

    return Suite(
        name="sketch",
        edition=split,
        title=f"Sketch, {split}, {count} requests, seed {seed}",
        judges=("computed", "computed-program"),
        read=read,
        cases=labelled_cases,
        groupings=("track", "category", "difficulty"),
        figures=(*KSCORE_FIGURES, *PROGRAM_FIGURES),
        headline=Aggregate.NA_HALF,
    )
