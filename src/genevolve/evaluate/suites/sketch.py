"""The sketch benchmark: requests made from recipes, judged by computing, so that everyone can have a number offline.

It is read from no file. What agents are compared on is the test split with seed
0; other splits and seeds are for choosing and training.
"""

from pathlib import Path

from ...curate.recipes import Split, make_requests
from ...errors import RequestError
from ...store import ImageStore
from .base import Reading, Suite
from .kscore import kscore_suite


def sketch(*, split: Split = "test", count: int = 400, seed: int = 0) -> Suite:
    """The benchmark over a split of its requests."""

    def read(data: Path | None, images: ImageStore) -> Reading:
        if data is not None:
            raise RequestError(
                f"the sketch benchmark makes its own requests and reads none from {str(data)!r}; leave --data out"
            )
        return Reading(requests=make_requests(split, count=count, seed=seed, images=images), bad=[])

    return kscore_suite(
        name="sketch",
        edition=split,
        title=f"Sketch, {split}, {count} requests, seed {seed}",
        judges=("computed", "computed-program"),
        read=read,
    )
