"""`genevolve compare`: two runs over the same requests, with intervals."""

from pathlib import Path
from typing import Annotated

import typer

from .. import options

_NAMED_AT_MOST = 20
_EXAMPLES = 3
"""Named of more than that."""


def compare(
    one: Annotated[Path, typer.Argument(help="A run folder.")],
    other: Annotated[Path, typer.Argument(help="The run folder that is compared with it.")],
    renderer: options.WhichRenderer = None,
    judge: options.WhichJudge = None,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Compare although judges, rubrics or editions differ; the table says so.")
    ] = False,
    html: Annotated[
        bool, typer.Option("--html", help="Also write a page with both answers to every request, side by side.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The file of --html. Default: OTHER/comparison.html.", show_default=False)
    ] = None,
) -> None:
    """How much the second run scores above the first, request by request, with paired 95% intervals.

    Only requests that both were asked count; a missing or failed one is a zero.

    Example: `genevolve compare runs/direct runs/planner --html`
    """
    from ...evaluate.compare import compare
    from ...evaluate.sides import Wanted, read_side
    from ...evaluate.tables import as_text, changed_table, compared_groups_table, differences_table
    from ...store import RunDir
    from ..settings import asked_of, note

    runs, wanted = [RunDir.open(path) for path in (one, other)], Wanted(renderer=renderer, judge=judge)
    sides = [read_side(run, wanted, asked=asked_of(run)) for run in runs]
    for path, chosen in zip((one, other), sides, strict=True):
        for words in chosen.told:
            note(f"note  {path}: {words}")
    found = compare(sides[0].side, sides[1].side, mixed=mixed)
    for words in found.mixed:
        print(f"mixed  {words}")
    print(f"first   {one}\nsecond  {other}\n{found.pairs:,} requests of both, {found.headline} in the headline\n")
    print(as_text(differences_table(found)))
    if len(found.groups) > 1:
        print(f"\n{as_text(compared_groups_table(found))}")
    if found.changed:
        print(f"\nmost changed\n{as_text(changed_table(found))}")
    for name, ids in ((one, found.only_in_one), (other, found.only_in_other)):
        if ids:
            print(f"only in {name}: {_named(ids)}")
    for figure, why in found.absent.items():
        print(f"not compared  {figure}: {why}")
    if html or out:
        from ...report.comparison import PAGE, Shown, write_comparison

        shown = [Shown(run=run, side=one.side, told=one.told) for run, one in zip(runs, sides, strict=True)]
        path = out or other / PAGE
        size = write_comparison(found, (shown[0], shown[1]), path)
        print(f"page    {path} ({size / 1e6:.1f} MB)")


def _named(ids: tuple[str, ...]) -> str:
    """How many requests, and which; of many only the first."""
    from ...evaluate.summary import id_ranges
    from ..work import counted

    few = len(ids) <= _NAMED_AT_MOST
    which = ", ".join(id_ranges(ids) if few else ids[:_EXAMPLES]) + ("" if few else " …")
    return f"{counted('request', len(ids))} ({which})"
