"""`genevolve experience`: what a run of evolution learned in words, and from which attempts."""

from pathlib import Path
from typing import Annotated

import typer


def experience(
    run: Annotated[Path, typer.Argument(help="A run folder of `genevolve evolve`.")],
    *,
    step: Annotated[int | None, typer.Option(help="Only those of this step.", min=0, show_default=False)] = None,
    request: Annotated[
        str | None, typer.Option(help="Only those of this request: its id, or the beginning of it.", show_default=False)
    ] = None,
    last: Annotated[int | None, typer.Option(help="Only the last N.", min=1, show_default=False)] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, with everything that is kept.")
    ] = False,
) -> None:
    """Show the lessons of a run so far: what was asked, the two attempts that were compared, how they differ, what
    the writer made of it, and how often the memory gave it to another request.

    Example: `genevolve experience runs/evolve-1 --last 3`
    """
    import json

    from ...config import load_config
    from ...errors import UsageError
    from ...store import RunDir
    from ..lessons import lesson_lines, lesson_row, read_lessons
    from ..work import counted

    folder = RunDir.open(run)
    evolved = load_config(folder.config).evolve if folder.config.exists() else None
    every = read_lessons(folder, evolved.learn.reward if evolved else None)
    chosen = [one for one in every if step is None or one.experience.step == step]
    chosen = [one for one in chosen if request is None or one.experience.request_id.startswith(request)]
    if not chosen:
        steps = sorted({one.experience.step for one in every})
        raise UsageError(
            f"no lesson fits; there are {counted('lesson', len(every))}, of steps {steps[0]} to {steps[-1]}"
        )
    chosen = chosen[-last:] if last else chosen
    if json_:
        for told in chosen:
            print(json.dumps(lesson_row(told), ensure_ascii=False))
        return
    print("\n\n".join("\n".join(lesson_lines(told)) for told in chosen))
    print(f"\n{len(chosen):,} of {counted('lesson', len(every))}")
    example = chosen[-1]
    print(f"next  genevolve show {folder.root} {example.experience.request_id} --attempt {example.best.attempt or 1}")
