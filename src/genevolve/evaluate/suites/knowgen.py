"""KnowGen, the predecessor's benchmark: the overall is the plain mean of two groups of categories."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...curate.benchmark_rows import Columns, Labels, label_of, rows_as_requests
from ...records import Request
from ...store import ImageStore
from .base import Case, Overall, Reading, labelled_cases, no_data
from .kscore import kscore_suite

GROUPS = {
    "science_and_knowledge": (
        "astronomy biology chemistry physics engineering medicine industry architecture history geography religion "
        "politics culture art sports"
    ).split(),
    "pop_culture_and_news": (
        "anime game film celebrities posters multi-subject-anime multi-subject-celebrities multi-subject-game news"
    ).split(),
}
"""Published categories by group."""
_GROUP_OF = {category: group for group, categories in GROUPS.items() for category in categories}


def _labels(fields: Mapping[str, Any]) -> Labels:
    category = label_of(fields, "category")
    return Labels(category=_category(category) if category else None, difficulty=label_of(fields, "difficulty"))


def _category(label: str) -> str:
    """A category as the groups spell it."""
    return "-".join(label.lower().replace("_", " ").replace("-", " ").split())


def group_of(label: str) -> str | None:
    """The group of a category, however it is spelled; None for one that has none."""
    return _GROUP_OF.get(_category(label))


_COLUMNS = Columns(text=("prompt", "question"), target="gt_image", labels=_labels)


def _read(data: Path | None, images: ImageStore) -> Reading:
    if data is None:
        raise no_data("knowgen")
    rows = rows_as_requests(data, images, columns=_COLUMNS)
    return Reading(requests=rows.requests, bad=rows.bad, told=(*_tell_strays(rows.requests), *rows.told))


def _tell_strays(requests: Sequence[Request]) -> list[str]:
    strays = Counter(request.category or "no category" for request in requests if request.category not in _GROUP_OF)
    if not strays:
        return []
    named = ", ".join(f"{category} ({number})" for category, number in sorted(strays.items()))
    total = sum(strays.values())
    return [
        f"{total} request{'s belong' if total > 1 else ' belongs'} to neither group of categories: {named}. "
        "The overall leaves them out; the plain mean has them."
    ]


def _cases(requests: Sequence[Request]) -> list[Case]:
    return [
        Case(id=case.id, groups={**_group(case.groups.get("category")), **case.groups})
        for case in labelled_cases(requests)
    ]


def _group(category: str | None) -> dict[str, str]:
    group = _GROUP_OF.get(category or "")
    return {"group": group} if group else {}


KNOWGEN = kscore_suite(
    name="knowgen",
    title="KnowGen",
    read=_read,
    cases=_cases,
    groupings=("group", "category", "difficulty"),
    overall=Overall(name="overall", grouping="group", weights=dict.fromkeys(GROUPS, 0.5)),
)
