"""WISE: 1,000 prompts whose answer must be known; two editions that are never mixed.

What a prompt belongs to follows from its id, never from the labels in its
row, which contradict one another. A row keeps its `Explanation` in
`Request.extra`, where the judge of WISE finds it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ...curate.benchmark_rows import Columns, Labels, rows_as_requests
from ...errors import RequestError
from ...judge.base import JudgeName
from ...records import Attempt, Request
from ...store import ImageStore
from .base import Case, Edition, Overall, Reading, Suite, in_ranges, no_data
from .figures import Figure, axis_figure, mean_figure, scores_of

PROMPTS = 1000
WISCORE_WEIGHTS = {"consistency": 0.7, "realism": 0.2, "aesthetics": 0.1}
"""Published weights of a picture's axes in the legacy edition."""
_DOMAINS = {
    "cultur": frozenset({"culture"}),
    "spatio": frozenset({"time", "space"}),
    "science": frozenset({"biology", "physics", "chemistry"}),
}
"""By a part of the name of a published file, the categories that it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What sets an edition apart."""

    last_ids: Mapping[str, int]
    """By category its last id; each begins behind the one before it."""
    weights: Mapping[str, float]
    """Of the categories in the overall."""
    judge: JudgeName

    def category_of(self, number: int) -> str:
        """The category of an id from 1 to 1000."""
        return next(category for category, last in self.last_ids.items() if number <= last)


SHAPES: dict[Edition, Shape] = {
    "legacy": Shape(
        last_ids={"culture": 400, "time": 567, "space": 700, "biology": 800, "physics": 900, "chemistry": 1000},
        weights={"culture": 0.4, "time": 0.167, "space": 0.133, "biology": 0.1, "physics": 0.1, "chemistry": 0.1},
        judge="wise-legacy",
    ),
    "verified": Shape(
        last_ids={"culture": 400, "time": 520, "space": 640, "biology": 760, "physics": 880, "chemistry": 1000},
        weights={"culture": 0.4, "time": 0.12, "space": 0.12, "biology": 0.12, "physics": 0.12, "chemistry": 0.12},
        judge="wise-verified",
    ),
}


def wiscore(attempt: Attempt) -> float | None:
    """The score of one picture by the legacy edition, in [0, 1]; None where it was not judged."""
    scores = scores_of(attempt.image_verdict)
    if scores is None or WISCORE_WEIGHTS.keys() - scores.keys():
        return None
    return sum(weight * scores[axis] for axis, weight in WISCORE_WEIGHTS.items())


_FIGURES: dict[Edition, tuple[Figure, ...]] = {
    "legacy": (
        axis_figure("consistency", "does it show what the prompt means"),
        axis_figure("realism", "could it be real"),
        axis_figure("aesthetics", "is it well made"),
        mean_figure(
            "wiscore",
            "0.7 consistency, 0.2 realism, 0.1 aesthetics",
            wiscore,
            needs={"image": frozenset(WISCORE_WEIGHTS)},
        ),
    ),
    "verified": (axis_figure("correct", "does it show what the prompt means"),),
}


def wise(edition: Edition) -> Suite:
    """One edition of WISE."""
    shape = SHAPES[edition]
    return Suite(
        name="wise",
        edition=edition,
        title=f"WISE, {edition} edition",
        judges=(shape.judge,),
        read=partial(_read, edition),
        cases=partial(_cases, shape),
        groupings=("category",),
        figures=_FIGURES[edition],
        headline=_FIGURES[edition][-1].name,
        overall=Overall(name="overall", grouping="category", weights=shape.weights),
    )


def _read(edition: Edition, data: Path | None, images: ImageStore) -> Reading:
    if data is None:
        raise no_data("wise")
    columns = Columns(text=("Prompt", "prompt"), id="prompt_id", check_id=_problem_of_number, labels=_no_labels)
    rows = rows_as_requests(data, images, columns=columns)
    strays = _refuse_other_edition(edition, rows.files)
    shape = SHAPES[edition]
    requests = [r.but(category=shape.category_of(int(r.id))) for r in sorted(rows.requests, key=lambda r: int(r.id))]
    return Reading(requests=requests, bad=rows.bad, told=(*_tell_missing(requests), *_tell_strays(strays), *rows.told))


def _no_labels(_: Mapping[str, object]) -> Labels:
    return Labels()


def _problem_of_number(row_id: str) -> str | None:
    if row_id.isascii() and row_id.isdecimal() and 1 <= int(row_id) <= PROMPTS and row_id == str(int(row_id)):
        return None
    return f"prompt_id is {row_id!r}; expected a number from 1 to {PROMPTS}"


def _refuse_other_edition(edition: Edition, files: Mapping[str, Path]) -> list[int]:
    """Ids in a file that, by its name, holds other categories; the other edition is recognised by them.

    Raises:
        RequestError: the other edition explains every row and this one does not.
    """
    other: Edition = "verified" if edition == "legacy" else "legacy"
    strays = _strays(files, SHAPES[edition].category_of)
    if strays and not _strays(files, SHAPES[other].category_of):
        file = files[str(strays[0])]
        raise RequestError(
            f"these are rows of the {other} edition of WISE: {str(file)!r} has the ids {in_ranges(strays)}, which the "
            f"{edition} edition has in other categories. Run with --edition {other}, or name the {edition} data."
        )
    return strays


def _strays(files: Mapping[str, Path], category_of: Callable[[int], str]) -> list[int]:
    """Ids in a file that holds other categories."""
    return [
        int(row_id)
        for row_id, file in files.items()
        for part, categories in _DOMAINS.items()
        if part in file.name.lower() and category_of(int(row_id)) not in categories
    ]


def _tell_strays(strays: Sequence[int]) -> list[str]:
    if not strays:
        return []
    return [f"ids in a file of other categories: {in_ranges(strays)}; an id decides, not the file that it stands in"]


def _missing(requests: Sequence[Request]) -> list[int]:
    return sorted(set(range(1, PROMPTS + 1)) - {int(request.id) for request in requests})


def _tell_missing(requests: Sequence[Request]) -> list[str]:
    missing = _missing(requests)
    if not missing:
        return []
    return [
        f"{len(missing)} of the {PROMPTS} prompts are not in the data, and count as zero in a headline over all "
        f"of them: {in_ranges(missing)}"
    ]


def _cases(shape: Shape, requests: Sequence[Request]) -> list[Case]:
    """All of the 1,000 prompts; first those that were asked."""
    asked = [int(request.id) for request in requests]
    return [
        Case(id=str(number), groups={"category": shape.category_of(number)}, asked=is_asked)
        for numbers, is_asked in ((asked, True), (_missing(requests), False))
        for number in numbers
    ]
