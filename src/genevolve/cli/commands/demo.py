"""`genevolve demo`: a few requests answered with nothing but what is installed."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[
        Path | None, typer.Option(help="The run folder. Default: runs/DATE-demo.", show_default=False)
    ] = None,
) -> None:
    """Answer a few requests with the planner, the bundled atlas and the sketch renderer.

    No key, no GPU, no model and no network are used.
    """
    from ...config import RunConfig
    from ...pipeline import AgentSettings, DrawSettings, open_agent
    from ...records import Sampling
    from ...store import RunDir, read_request_file
    from ..pictures import save_pictures
    from ..settings import default_out, note, remember
    from ..work import draw_trajectories, roll_out_requests, tell_failures, trajectories_of

    how = AgentSettings(policy="planner", search="atlas", sampling=Sampling(seed=0))
    drawn_by = DrawSettings(renderer="sketch")
    folder = RunDir.create(out or default_out("demo"))
    requests, _ = read_request_file(Path(__file__).parent.parent / "demo.jsonl", folder.images)
    for request in requests:
        note(f"request    {request.text}")
    agent = open_agent(folder.root, how, drawn_by)
    remember(folder, RunConfig(), agent=how, draw=drawn_by)
    roll_out_requests(agent, requests, attempts=1, parallel=8)
    trajectories = trajectories_of(agent, requests, attempts=1)
    renders = draw_trajectories(folder, agent.renderer, trajectories, parallel=4)
    tell_failures([*trajectories, *renders])
    if save_pictures(folder, trajectories, renders) < len(requests):
        raise typer.Exit(1)
