"""What the benchmarks that are scored by KScore share: its figures, its headline, and grouping by labels."""

from collections.abc import Callable, Sequence

from ...judge.base import JudgeName
from ...records import Request
from ...score import Aggregate
from .base import Case, Overall, Read, Suite, labelled_cases
from .figures import KSCORE_FIGURES, PROGRAM_FIGURES


def kscore_suite(
    *,
    name: str,
    title: str,
    read: Read | None = None,
    edition: str | None = None,
    judges: tuple[JudgeName, ...] = ("kscore", "program"),
    cases: Callable[[Sequence[Request]], list[Case]] = labelled_cases,
    groupings: tuple[str, ...] = ("track", "category", "difficulty"),
    overall: Overall | None = None,
) -> Suite:
    """A benchmark whose headline is KScore as the published tables count it."""
    return Suite(
        name=name,
        edition=edition,
        title=title,
        judges=judges,
        read=read,
        cases=cases,
        groupings=groupings,
        figures=(*KSCORE_FIGURES, *PROGRAM_FIGURES),
        headline=Aggregate.NA_HALF,
        overall=overall,
    )
