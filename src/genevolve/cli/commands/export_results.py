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
    renderer: options.WhichRenderer = None,
    judge: options.WhichJudge = None,
) -> None:
    """Write results.json, and where it was judged by KScore results_eval.json, summary.json and summary.csv.

    Example: `genevolve export-results runs/try --out outputs`
    """
    from ...evaluate.released import export_results
    from ...evaluate.sides import read_side
    from ...store import RunDir
    from ..settings import note

    folder = RunDir.open(run)
    chosen = read_side(folder, renderer=renderer, judge=judge)
    exported = export_results(
        folder, out or folder.root / "released", requests=chosen.side.requests, attempts=chosen.side.attempts
    )
    for words in (*chosen.told, *exported.told):
        note(f"note  {words}")
    print(f"{exported.rows:,} rows")
    for file in exported.files:
        print(f"wrote {file}")
