"""Two runs on one page: how far the second is above the first, and what each made of every request.

The figures are those of `evaluate.compare`; this module adds the pictures, and orders requests by how much changed.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import JsonValue

from ..evaluate.compare import Comparison, Difference, GroupComparison, Side, each_request
from ..evaluate.suites.any_run import any_run
from ..evaluate.summary import WHOLE
from ..experience.contrast import axis_scores
from ..records import Attempt, Request
from ..store import RunDir
from .pictures import Pictures
from .write import json_block, page_parts, write_page

PAGE = "comparison.html"
REPORT = "report.html"
"""The page of a run, which an attempt leads to where it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One of the two runs."""

    run: RunDir
    side: Side
    told: Sequence[str] = ()
    """One sentence for each choice between several policies, renderers or judges of the run."""


def write_comparison(found: Comparison, shown: tuple[Shown, Shown], path: Path) -> int:
    """Write the page of a comparison; returns its size in bytes.

    Raises:
        StoreError: it cannot be written.
    """
    pictures = Pictures(page=path)
    block = comparison_block(found, shown, pictures, page=path)
    title = f"{_name(shown[0], shown[1])} and {_name(shown[1], shown[0])}"
    pictures.make()
    first = [json_block(name, value) for name, value in (("comparison", block), ("pictures", pictures.index()))]
    return write_page(path, page_parts(title, views=["comparison"], blocks=first, later=pictures.blocks()))


def comparison_block(
    found: Comparison, shown: tuple[Shown, Shown], pictures: Pictures, *, page: Path
) -> dict[str, JsonValue]:
    """What the comparison view shows; the pictures that it names are taken up."""
    suite = shown[0].side.suite
    whole = next(group for group in found.groups if group.grouping == WHOLE)
    figures = {figure.name: figure.says for figure in suite.figures}
    return {
        "sides": [_side(shown[0], shown[1], page), _side(shown[1], shown[0], page)],
        "benchmark": None if suite.name == any_run(None).name else suite.title,
        "headline": found.headline,
        "pairs": found.pairs,
        "told": [f"{_name(one, other)}: {words}" for one, other in (shown, shown[::-1]) for words in one.told],
        "mixed": [*found.mixed],
        "only": [[*found.only_in_one], [*found.only_in_other]],
        "figures": [{**_figure(figure), "says": figures.get(figure.name, "")} for figure in whole.figures],
        "groups": [*_groups(found)],
        "absent": {**found.absent},
        "requests": [*_requests(shown, pictures)],
    }


def _side(one: Shown, other: Shown, page: Path) -> JsonValue:
    report = one.run.root / REPORT
    return {
        "name": _name(one, other),
        "folder": one.side.name,
        "report": _way(report, page) if report.is_file() else None,
    }


def _name(one: Shown, other: Shown) -> str:
    """The last part of a run's folder; the folder where both end alike."""
    names = one.run.root.resolve().name, other.run.root.resolve().name
    return one.side.name if names[0] == names[1] else names[0]


def _way(path: Path, page: Path) -> str | None:
    """The way from the page to a file; None where none leads there."""
    try:
        return quote(Path(os.path.relpath(path, page.parent)).as_posix())
    except ValueError:  # on another drive
        return None


def _figure(figure: Difference) -> dict[str, JsonValue]:
    return {**figure.model_dump(mode="json"), "sure": figure.is_sure}


def _groups(found: Comparison) -> Iterable[JsonValue]:
    """The headline of every group but the whole."""
    for group in found.groups:
        headline = _headline(group, found.headline)
        if group.grouping != WHOLE and headline:
            yield {"grouping": group.grouping, "group": group.group, "pairs": group.pairs, **_figure(headline)}


def _headline(group: GroupComparison, name: str) -> Difference | None:
    return next((figure for figure in group.figures if figure.name == name), None)


def _requests(shown: tuple[Shown, Shown], pictures: Pictures) -> Iterable[JsonValue]:
    """Every request of both, most changed first; one without the headline figure stands last."""
    both = [{request.id: request for request in one.side.requests} for one in shown]
    attempts = [_by_request(one.side.attempts) for one in shown]
    values = {changed.id: changed for changed in each_request(shown[0].side, shown[1].side)}
    left = [name for name in both[0] if name in both[1] and name not in values]
    for name in (*values, *left):
        request, value = both[0][name], values.get(name)
        target = request.target or both[1][name].target
        if target:
            _take_up(pictures, shown, target)
        yield {
            **_asked(request),
            "target": target,
            "values": [value.one, value.other] if value else None,
            "attempts": [
                [_attempt(attempt, shown, pictures) for attempt in several.get(name, ())] for several in attempts
            ],
        }


def _asked(request: Request) -> dict[str, JsonValue]:
    return {
        "id": request.id,
        "text": request.text,
        "labels": [label for label in (request.track, request.category, request.difficulty) if label],
    }


def _by_request(attempts: Iterable[Attempt]) -> Mapping[str, Sequence[Attempt]]:
    by_request: dict[str, list[Attempt]] = {}
    for attempt in sorted(attempts, key=lambda one: one.trajectory.attempt):
        by_request.setdefault(attempt.trajectory.request.id, []).append(attempt)
    return by_request


def _attempt(attempt: Attempt, shown: tuple[Shown, Shown], pictures: Pictures) -> JsonValue:
    trajectory, render = attempt.trajectory, attempt.render
    picture = render.image if render else None
    if picture:
        _take_up(pictures, shown, picture)
    return {
        "id": trajectory.id,
        "number": trajectory.attempt,
        "picture": picture,
        "failed": None if picture else _why(attempt),
        "scores": [[axis, score] for axis, score in axis_scores(attempt).items()],
        "unjudged": _why_unjudged(attempt) if picture else None,
        "prompt": trajectory.program.prompt if trajectory.program else None,
        "references": len(trajectory.program.references) if trajectory.program else 0,
        "calls": len(trajectory.turns),
        "rationale": attempt.image_verdict.rationale if attempt.image_verdict else "",
    }


def _take_up(pictures: Pictures, shown: tuple[Shown, Shown], digest: str) -> None:
    """From the store of whichever run has it."""
    stores = [one.run.images for one in shown]
    pictures.show(next((store for store in stores if digest in store), stores[0]), digest, preview=True)


def _why(attempt: Attempt) -> str:
    """Why there is no picture."""
    failure = (attempt.render.failure if attempt.render else None) or attempt.trajectory.failure
    if failure:
        return f"{failure.where}: {failure.what}"
    return "not drawn yet" if attempt.trajectory.program else attempt.trajectory.stop.value.replace("_", " ")


def _why_unjudged(attempt: Attempt) -> str | None:
    failures = [
        verdict.failure for verdict in (attempt.image_verdict, attempt.program_verdict) if verdict and verdict.failure
    ]
    return f"{failures[0].where}: {failures[0].what}" if failures else None
