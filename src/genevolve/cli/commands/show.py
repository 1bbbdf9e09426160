"""`genevolve show`: how a picture came about, in the terminal."""

from pathlib import Path
from typing import Annotated

import typer


def show(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    request: Annotated[
        str | None,
        typer.Argument(
            help="Id of a request, or its beginning. Without one: all, or the only one.", show_default=False
        ),
    ] = None,
    attempt: Annotated[
        int | None, typer.Option(help="Which attempt, from 1. Default: all.", min=1, show_default=False)
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Whole observations, not their beginnings.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="The records as they are stored, one a line.")] = False,
) -> None:
    """Show how a request was answered: each thought, call and finding, the program, and the picture.

    Without an id it lists the attempts of the run.
    """
    from ...store import RunDir
    from ..choose import choose_trajectories
    from ..show import overview, print_page, trajectory_page

    folder = RunDir.open(run)
    places = {request_id: place for place, request_id in enumerate(folder.read_requests())}
    trajectories = sorted(folder.read_trajectories().values(), key=lambda t: (places[t.request.id], t.attempt))
    renders = folder.read_renders()
    chosen = choose_trajectories(folder, trajectories, renders, request=request, attempt=attempt, failed=failed)
    if json_:
        for trajectory in chosen:
            print(trajectory.model_dump_json())
        return
    if request is None and (len(chosen) != 1 or failed):
        print_page(overview(chosen, renders))
        return
    verdicts = list(folder.read_verdicts().values())
    for trajectory in chosen:
        own = [render for render in renders.values() if render.trajectory == trajectory.id]
        print_page(trajectory_page(folder, trajectory, own, verdicts, everything=all_))
