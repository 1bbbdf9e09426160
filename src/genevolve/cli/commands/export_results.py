"""`genevolve export-results`: a run folder to the files of the released tools."""

from pathlib import Path
from typing import Annotated

import typer

from .. import options


def export_results(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    out: Annotated[
        Path | None, typer.Option(help="The folder to write into. Default: RUN/released.", show_default=False)
    ] = None,
    attempt: Annotated[
        int | None,
        typer.Option(help="The attempt that is meant, from 1, where there are several.", min=1, show_default=False),
    ] = None,
    renderer: options.WhichRenderer = None,
    judge: options.WhichJudge = None,
) -> None:
    """Write results.json, and where it was judged by KScore results_eval.json, summary.json and summary.csv.

    Example: `genevolve export-results runs/try --out outputs`
    """
    from ...errors import UsageError
    from ...evaluate.released import export_results
    from ...evaluate.sides import Wanted, read_side
    from ...store import RunDir
    from ..settings import asked_of, note

    folder = RunDir.open(run)
    chosen = read_side(folder, Wanted(renderer=renderer, judge=judge), asked=asked_of(folder))
    side = chosen.side
    if attempt is None and side.attempts_each > 1:
        raise UsageError(
            f"each request of {str(run)!r} has up to {side.attempts_each} attempts, and the released files have one "
            "row a request; name one with --attempt, such as --attempt 1"
        )
    meant = [one for one in side.attempts if attempt in (None, one.trajectory.attempt + 1)]
    if not meant:
        raise UsageError(f"there is no attempt {attempt}; this run has up to {side.attempts_each} a request")
    exported = export_results(folder, out or folder.root / "released", requests=side.requests, attempts=meant)
    for words in (*chosen.told, *exported.told):
        note(f"note  {words}")
    print(f"{exported.rows:,} rows")
    for file in exported.files:
        print(f"wrote {file}")
