"""`genevolve index`: a person's own documents and pictures, made searchable."""

from pathlib import Path
from typing import Annotated

import typer


def index(
    folder: Annotated[Path, typer.Argument(help="A folder of text, Markdown, HTML, PDF and pictures.")],
    into: Annotated[
        Path | None,
        typer.Option(help="The index file. Default: .genevolve-index.sqlite in the folder.", show_default=False),
    ] = None,
) -> None:
    """Index a folder of your own, so that `genevolve run … --index FOLDER` searches it.

    Titles come from file names, captions and licences from files beside the
    pictures. Indexing again reads only what changed.
    """
    from ...search.indexing import index_folder
    from ..settings import note

    report = index_folder(folder, into=into)
    for skipped in report.skipped[:20]:
        note(f"left out  {skipped}")
    if len(report.skipped) > 20:
        note(f"left out  {len(report.skipped) - 20:,} more files")
    print(report)
