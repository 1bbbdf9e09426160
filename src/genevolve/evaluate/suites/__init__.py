"""The benchmarks; `open_suite` by name."""

from typing import Literal, cast, get_args

from ...curate.recipes.countries import Split
from ...errors import UsageError
from .base import Case, Counted, Edition, Overall, Reading, Suite, count, in_ranges, of_the_asked
from .figures import KSCORE_FIGURES, PROGRAM_FIGURES, Figure, Quantities, scores_of

__all__ = [
    "KSCORE_FIGURES",
    "PROGRAM_FIGURES",
    "Case",
    "Counted",
    "Edition",
    "Figure",
    "Overall",
    "Quantities",
    "Reading",
    "Suite",
    "SuiteName",
    "count",
    "in_ranges",
    "of_the_asked",
    "open_suite",
    "scores_of",
]

SuiteName = Literal["genevolve-bench", "wise", "knowgen", "sketch"]


def open_suite(name: str, *, edition: str | None = None) -> Suite:
    """The benchmark of this name; its module is imported only now.

    Args:
        edition: of WISE, which has no default; of the sketch benchmark its split, by default test.

    Raises:
        UsageError: there is none of that name, it needs an edition, or it has none of that name.
    """
    if name not in {"wise", "sketch"} and edition is not None:
        raise UsageError(f"{name} has no editions; leave --edition {edition} out")
    match name:
        case "genevolve-bench":
            from .genevolve_bench import GENEVOLVE_BENCH

            return GENEVOLVE_BENCH
        case "knowgen":
            from .knowgen import KNOWGEN

            return KNOWGEN
        case "wise":
            from .wise import wise

            if edition not in get_args(Edition):
                raise UsageError(
                    f"wise has the editions {' and '.join(get_args(Edition))}, which must not be mixed; "
                    f"{'none was named' if edition is None else f'{edition!r} is neither'}. Name one with --edition."
                )
            return wise(cast(Edition, edition))
        case "sketch":
            from .sketch import sketch

            split = edition or "test"
            if split not in get_args(Split):
                raise UsageError(
                    f"the sketch benchmark has no edition {split!r}; expected {', '.join(get_args(Split))}"
                )
            return sketch(split=cast(Split, split))
        case _:
            raise UsageError(f"there is no benchmark {name!r}; expected one of {', '.join(get_args(SuiteName))}")
