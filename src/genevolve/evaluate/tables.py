"""Figures as tables: cells first, then as aligned text, Markdown or CSV.

Every number stands with its name and what it rests on; one that cannot be had is a dash.
"""

import csv
import io
import re
from collections.abc import Sequence
from typing import get_args

from ..language.text import one_line
from .compare import Comparison, Difference
from .published import PublishedRow, not_comparable, published_rows
from .suites.base import Edition
from .suites.genevolve_bench import REQUESTS_BY_TRACK
from .suites.wise import PROMPTS
from .summary import PUBLISHED, WHOLE, FigureValue, GroupSummary, Summary

Cells = list[list[str]]
"""Rows of a table, the header first."""

NONE = "-"
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*%?|-")
_REQUESTS: dict[str, dict[tuple[str, str], int]] = {
    "genevolve-bench": {
        (WHOLE, WHOLE): sum(REQUESTS_BY_TRACK.values()),
        **{("track", track.value): number for track, number in REQUESTS_BY_TRACK.items()},
    },
    "wise": {(WHOLE, WHOLE): PROMPTS},
}
"""How many requests published figures rest on, by grouping and group."""


def as_text(cells: Cells) -> str:
    """An aligned table for a terminal; numbers stand to the right."""
    if not cells:
        return ""
    shown = [[one_line(cell, max_chars=400) for cell in row] for row in cells]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    right = _numeric(shown)
    lines = [
        "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, right, strict=True)
        )
        for row in shown
    ]
    return "\n".join(line.rstrip() for line in lines)


def as_markdown(cells: Cells) -> str:
    """A Markdown table."""
    if not cells:
        return ""
    shown = [[one_line(cell, max_chars=400).replace("|", "\\|") for cell in row] for row in cells]
    rule = ["---:" if is_right else "---" for is_right in _numeric(shown)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (shown[0], rule, *shown[1:]))


def as_csv(cells: Cells) -> str:
    """The cells as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(cells)
    return out.getvalue()


def headline(summary: Summary) -> str:
    """The figure that stands for the benchmark, in one sentence."""
    group, figure = summary.stands_for_it
    name = figure.name if group.grouping != PUBLISHED else f"{group.group} {figure.name}"
    if figure.headline is None:
        return f"{name} of {summary.title} cannot be had: {figure.absent}"
    existing = (
        f"{_number(figure.mean)} over the {figure.count:,} that have a score" if figure.count else "none has a score"
    )
    return (
        f"{name} {_number(figure.headline)} {_interval(figure.low, figure.high)} over {figure.denominator:,} requests "
        f"of {summary.title}, missing and failed as zero; {existing}"
    )


def figures_table(summary: Summary, grouping: str = WHOLE, group: str = WHOLE) -> Cells:
    """Every figure of one group: the headline with its interval and denominator, and the mean over what exists."""
    header = ["figure", "headline", "95% interval", "over", "mean", "of scored", "what it is"]
    found = next((one for one in summary.groups if (one.grouping, one.group) == (grouping, group)), None)
    return [header, *(_figure_cells(figure, summary.says) for figure in (found.figures if found else ()))]


def groups_table(summary: Summary, figures: Sequence[str] | None = None) -> Cells:
    """One row a group: its headlines.

    Args:
        figures: names; None takes all that some group has.
    """
    names = figures or [f.name for f in summary.groups[0].figures if _somewhere(summary, f.name)]
    header = ["group", "requests", "scored", *names, f"95% interval of {summary.headline}"]
    return [header, *(_group_cells(group, names, summary.headline) for group in summary.groups)]


def counts_table(summary: Summary) -> Cells:
    """How far the attempts came, and where they failed."""
    counts = summary.groups[0].counts
    rows = [
        [name, f"{getattr(counts, name):,}"] for name in ("cases", "asked", "attempts", "answered", "drawn", "judged")
    ]
    failed = [[f"failed: {f.stage}, {f.where} ({f.whose})", f"{f.count:,}"] for f in counts.failures]
    return [["of the benchmark", "number"], *rows, *failed]


def all_figures(summary: Summary) -> Cells:
    """Every number of a summary, one line each, for a CSV file."""
    header = ["grouping", "group", "figure", "headline", "low", "high", "denominator", "mean", "count", "absent"]
    return [
        header,
        *(
            [
                group.grouping,
                group.group,
                figure.name,
                *("" if value is None else str(value) for value in (figure.headline, figure.low, figure.high)),
                str(figure.denominator),
                "" if figure.mean is None else str(figure.mean),
                str(figure.count),
                figure.absent,
            ]
            for group in summary.groups
            for figure in group.figures
        ),
    ]


def beside_published(summary: Summary) -> Cells:
    """This run's figures and those that were published for the benchmark; no rows where none were.

    The last column says of each published row why it may not be compared with this run, where it may not.
    """
    editions: tuple[Edition | None, ...] = (None, *get_args(Edition))
    rows = [row for edition in editions for row in published_rows(summary.suite, edition=edition)]
    if not rows:
        return []
    places = list(dict.fromkeys(place for row in rows for place in row.figures))
    ours = [_ours(summary, place.group, place.figure) for place in places]
    return [
        ["", *map(str, places), "beside this run"],
        [_this_run(summary), *ours, ""],
        *([row.name, *(str(row.figures.get(place, NONE)) for place in places), _verdict(row, summary)] for row in rows),
    ]


def differences_table(comparison: Comparison, grouping: str = WHOLE, group: str = WHOLE) -> Cells:
    """Every figure of one group of a comparison."""
    header = ["figure", "first", "second", "difference", "95% interval", "wins", "ties", "losses"]
    found = next((one for one in comparison.groups if (one.grouping, one.group) == (grouping, group)), None)
    return [header, *([d.name, *_difference_cells(d)] for d in (found.figures if found else ()))]


def compared_groups_table(comparison: Comparison) -> Cells:
    """One row a group: the difference in the headline figure."""
    header = ["group", "requests", "first", "second", "difference", "95% interval", "wins", "ties", "losses"]
    rows: Cells = [header]
    for group in comparison.groups:
        difference = next((d for d in group.figures if d.name == comparison.headline), None)
        cells = _difference_cells(difference) if difference else [NONE] * 7
        rows.append([_name(group.grouping, group.group), f"{group.pairs:,}", *cells])
    return rows


def changed_table(comparison: Comparison) -> Cells:
    """The requests that changed most."""
    header = ["id", "first", "second", "difference", "request"]
    return [
        header,
        *(
            [c.id, _number(c.one), _number(c.other), _signed(c.other - c.one), one_line(c.text, max_chars=60)]
            for c in comparison.changed
        ),
    ]


def _figure_cells(figure: FigureValue, says: dict[str, str]) -> list[str]:
    if figure.headline is None and figure.mean is None:
        return [figure.name, *[NONE] * 5, f"cannot be had: {figure.absent}"]
    return [
        figure.name,
        _number(figure.headline),
        _interval(figure.low, figure.high),
        f"{figure.denominator:,}",
        _number(figure.mean),
        f"{figure.count:,}",
        says.get(figure.name, ""),
    ]


def _group_cells(group: GroupSummary, names: Sequence[str], main: str) -> list[str]:
    headlines = [found.headline if (found := group.figure(name)) else None for name in names]
    figure = group.figure(main)
    return [
        _name(group.grouping, group.group),
        f"{group.counts.cases:,}",
        f"{figure.count:,}" if figure else NONE,
        *map(_number, headlines),
        _interval(figure.low, figure.high) if figure else NONE,
    ]


def _difference_cells(difference: Difference) -> list[str]:
    return [
        _number(difference.one),
        _number(difference.other),
        _signed(difference.difference),
        f"[{_signed(difference.low)}, {_signed(difference.high)}]",
        f"{difference.wins:,}",
        f"{difference.ties:,}",
        f"{difference.losses:,}",
    ]


def _ours(summary: Summary, group: str, figure: str) -> str:
    """A figure of this run, where a published table has one."""
    grouping, _, name = group.partition(":")
    for one in summary.groups:
        if one.grouping == grouping and name in ("", one.group) and (found := one.figure(figure)):
            return _number(found.headline)
    return NONE


def _this_run(summary: Summary) -> str:
    makers = summary.makers
    policy = makers.policy and (makers.policy.model or makers.policy.name)
    renderer = makers.renderer and (makers.renderer.model or makers.renderer.name)
    return f"this run ({' + '.join(part for part in (policy, renderer) if part) or 'nothing'})"


def _verdict(row: PublishedRow, summary: Summary) -> str:
    why = not_comparable(
        row,
        benchmark=summary.suite,
        edition=summary.edition,
        judge=summary.makers.judges.get("image"),
        aggregate=summary.headline,
    )
    why = why or _other_requests(summary)
    return "comparable, but for our own wording of the rubric" if why is None else f"not comparable: {why}"


def _other_requests(summary: Summary) -> str | None:
    """How the requests that were asked are other in number than those of the published figures."""
    asked = {(group.grouping, group.group): group.counts.asked for group in summary.groups}
    for place, wanted in _REQUESTS.get(summary.suite, {}).items():
        if (number := asked.get(place, 0)) != wanted:
            where = "" if place[0] == WHOLE else f" of {place[1]}"
            return f"published over {wanted:,} requests{where}, this run was asked {number:,}"
    return None


def _somewhere(summary: Summary, name: str) -> bool:
    return any(figure.headline is not None for group in summary.groups if (figure := group.figure(name)))


def _numeric(cells: Cells) -> list[bool]:
    """By column, whether all cells below the header are numbers."""
    columns = list(zip(*cells[1:], strict=True)) or [() for _ in cells[0]]
    return [bool(column) and all(_NUMBER.fullmatch(cell) for cell in column) for column in columns]


def _name(grouping: str, group: str) -> str:
    return group if grouping in (WHOLE, PUBLISHED) else f"{grouping}: {group}"


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.4f}"


def _signed(value: float) -> str:
    return f"{value:+.4f}"


def _interval(low: float | None, high: float | None) -> str:
    return NONE if low is None or high is None else f"[{low:.4f}, {high:.4f}]"
