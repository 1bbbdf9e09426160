"""`genevolve report`: a run as one page for a browser."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .. import options


class Embedded(StrEnum):
    """What the page carries of the pictures."""

    PREVIEWS = "previews"
    FULL = "full"


def report(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    out: Annotated[Path | None, typer.Option(help="The file. Default: RUN/report.html.", show_default=False)] = None,
    embed: Annotated[
        Embedded,
        typer.Option(
            help="previews: the page carries drawn pictures in small and links the rest, which stay beside it. "
            "full: it carries every picture whole and needs nothing beside it."
        ),
    ] = Embedded.PREVIEWS,
    renderer: options.WhichRenderer = None,
    judge: options.WhichJudge = None,
) -> None:
    """Write a run as one page: its pictures, how each came about, groups, training and credits.

    The page opens from the disk and asks nothing of any server.

    Example: `genevolve report runs/bench`
    """
    from ...config import load_config
    from ...evaluate.sides import Wanted
    from ...report.run_page import write_report
    from ...store import RunDir
    from ..settings import asked_of, note
    from ..work import counted

    folder = RunDir.open(run)
    written = write_report(
        folder,
        out=out,
        embed=embed.value,
        asked=asked_of(folder),
        wanted=Wanted(renderer=renderer, judge=judge),
        prices=load_config(folder.config).prices if folder.config.exists() else None,
    )
    for words in written.told:
        note(f"note  {words}")
    if written.lost:
        note(f"note  {counted('picture', written.lost)} of the records cannot be read in the run's folder")
    print(f"{counted('attempt', written.attempts)}, {written.size / 1e6:.1f} MB")
    print(f"page      {written.path}")
