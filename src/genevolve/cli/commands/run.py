"""`genevolve run`: one request, from words to picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import options

if TYPE_CHECKING:
    from ...pipeline import AgentSettings, DrawSettings


def run(
    request: Annotated[str, typer.Argument(help="What to draw, in your words.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Copy the picture here (.png, .jpg, .webp).", show_default=False),
    ] = None,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="A picture of your own as a reference; may be given twice.", show_default=False),
    ] = None,
    size: options.Size = None,
    seed: options.Seed = None,
    attempts: options.Attempts = None,
    policy: options.Policy = None,
    search: options.Search = None,
    index: options.Index = None,
    skills: options.Skills = None,
    system_prompt: options.SystemPrompt = None,
    without_tool: options.WithoutTool = None,
    renderer: options.Renderer = None,
    out: options.Out = None,
    config: options.Config = None,
    retry_failed: options.RetryFailed = False,
) -> None:
    """Answer one request: look up what it needs, write the program, draw it.

    Prints the pictures' paths. Asking the same again with the same settings
    draws nothing twice.

    Example: `genevolve run "A poster of the flag of the country whose capital is Ouagadougou, title \\"FASO\\" in
    bold serif, three red stars above" -o faso.png --size 768x1024 --seed 7`
    """
    from ..pictures import check_output
    from ..settings import agent_settings, config_of, draw_settings

    check_output(output)
    base = config_of(config)
    how = agent_settings(
        base,
        policy=policy,
        search=search,
        index=index,
        skills=skills,
        system_prompt=system_prompt,
        without_tool=without_tool or (),
        attempts=attempts,
        seed=seed,
    )
    drawn_by = draw_settings(base, renderer=renderer, size=size, seed=seed)
    drawn = _answer(request, reference or [], how, drawn_by, out=out, output=output, retry_failed=retry_failed)
    if drawn < how.attempts:
        raise typer.Exit(1)


def _answer(
    request: str,
    references: list[Path],
    how: "AgentSettings",
    drawn_by: "DrawSettings",
    *,
    out: Path | None,
    output: Path | None,
    retry_failed: bool,
) -> int:
    """Roll out, draw and tell; returns how many pictures there are."""
    from ...errors import UsageError
    from ...language.text import well_formed
    from ...pipeline import open_agent, request_name
    from ...records import Request
    from ...store import RunDir, bring_pictures
    from ..pictures import save_pictures
    from ..settings import default_out, remember
    from ..work import draw_trajectories, roll_out_requests, tell_failures

    text = well_formed(request).strip()
    if not text:
        raise UsageError("the request is empty; say what to draw, in quotes")
    folder = RunDir.create(out or default_out(request_name(text)))
    brought = bring_pictures(references, folder.images)
    agent = open_agent(folder.root, how, drawn_by)
    remember(folder, agent=how, draw=drawn_by)
    asked = Request(id=_request_id(text, brought), text=text, brought=brought)
    trajectories = roll_out_requests(agent, [asked], attempts=how.attempts, parallel=16, retry_failed=retry_failed)
    renders = draw_trajectories(folder, agent.renderer, trajectories, parallel=4, retry_failed=retry_failed)
    tell_failures([*trajectories, *renders])
    return save_pictures(folder, trajectories, renders, output=output)


def _request_id(text: str, brought: tuple[str, ...]) -> str:
    from ...pipeline import request_name
    from ...records import digest_of

    return request_name(text) + (f"-{digest_of(brought)[:4]}" if brought else "")
