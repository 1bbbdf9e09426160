"""`genevolve import-results`: files of the released tools to a run folder."""

from pathlib import Path
from typing import Annotated

import typer

from .. import options


def import_results(
    file: Annotated[Path, typer.Argument(help="A results.json or results_eval.json of the released tools.")],
    out: options.Out = None,
    policy_model: Annotated[
        str | None, typer.Option(help="Who answered: the served model's name.", show_default=False)
    ] = None,
    renderer_model: Annotated[str | None, typer.Option(help="What drew.", show_default=False)] = None,
    judge_model: Annotated[str | None, typer.Option(help="Who judged.", show_default=False)] = None,
    root: Annotated[
        list[Path] | None,
        typer.Option(help="A further folder in which paths of pictures are tried.", show_default=False),
    ] = None,
) -> None:
    """Make a run of a released results file, to show, judge and compare it. Importing again adds nothing.

    Example: `genevolve import-results outputs/results_eval.json --judge-model gemini-3.1-pro-preview --out runs/theirs`
    """
    from ...errors import RequestError
    from ...evaluate.released_import import Models, import_results
    from ..settings import default_out, note
    from ..work import run_folder, tell_bad_rows

    if not file.is_file():
        raise RequestError(f"there is no file {str(file)!r}; expected a results.json or results_eval.json")
    models = Models(policy=policy_model, renderer=renderer_model, judge=judge_model)
    with run_folder(out or default_out(f"import-{file.stem}")) as folder:
        imported = import_results(file, folder, models=models, roots=tuple(root or ()))
        tell_bad_rows(imported.bad)
        for words in imported.told:
            note(f"note  {words}")
        new = ", ".join(f"{count:,} {kind}" for kind, count in imported.new.items() if count) or "nothing"
        print(f"{imported.rows:,} rows read, {len(imported.bad):,} of them bad; new: {new}")
        print(f"run   {folder.root}")
        print(f"next  genevolve judge {folder.root} --judge kscore, or genevolve show {folder.root}")
    if imported.bad:
        raise typer.Exit(1)
