"""`genevolve run`: one request, from words to picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import options

if TYPE_CHECKING:
    from ...config import RunConfig
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
    base_url: options.BaseUrl = None,
    model: options.Model = None,
    dialect: options.Dialect = None,
    text_only: options.TextOnly = False,
    search: options.Search = None,
    index: options.Index = None,
    skills: options.Skills = None,
    system_prompt: options.SystemPrompt = None,
    without_tool: options.WithoutTool = None,
    renderer: options.Renderer = None,
    renderer_url: options.RendererUrl = None,
    renderer_model: options.RendererModel = None,
    renderer_setting: options.RendererSetting = None,
    budget: options.Budget = None,
    dry_run: options.DryRun = False,
    replay: options.Replay = None,
    no_cache: options.NoCache = False,
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
    base = config_of(config, replay=replay)
    how = agent_settings(
        base,
        policy=policy,
        served__base_url=base_url,
        served__model=model,
        served__dialect=dialect,
        text_only=text_only or None,
        search=search,
        index=index,
        skills=skills,
        system_prompt=system_prompt,
        without_tool=without_tool or (),
        attempts=attempts,
        sampling__seed=seed,
    )
    drawn_by = draw_settings(
        base,
        renderer=renderer,
        urls=renderer_url or (),
        model=renderer_model,
        settings=renderer_setting or (),
        size=size,
        seed=seed,
    )
    once = Once(base=base, how=how, drawn_by=drawn_by, budget=budget, replay=replay, use_cache=not no_cache)
    answered = _answer(request, reference or [], once, out=out, output=output, retry=retry_failed, dry_run=dry_run)
    if not answered:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """How one request is answered."""

    base: "RunConfig"
    how: "AgentSettings"
    drawn_by: "DrawSettings"
    budget: str | None
    replay: Path | None
    use_cache: bool


def _answer(
    request: str,
    references: list[Path],
    once: Once,
    *,
    out: Path | None,
    output: Path | None,
    retry: bool,
    dry_run: bool,
) -> bool:
    """Roll out, draw and tell; returns whether every picture is there."""
    from ...errors import UsageError
    from ...language.text import well_formed
    from ...pipeline import open_agent, request_name
    from ...records import Request
    from ...store import RunDir, bring_pictures
    from ..pictures import save_pictures
    from ..plan import plan
    from ..settings import budget_of, default_out, remember
    from ..work import draw_trajectories, roll_out_requests, run_folder, tell_failures, tell_spent, trajectories_of

    text = well_formed(request).strip()
    if not text:
        raise UsageError("the request is empty; say what to draw, in quotes")
    if len(references) > (most := once.how.sampling.limits.max_references):
        raise UsageError(f"{len(references)} pictures were given with --reference; a program has at most {most}")
    budget = budget_of(once.budget, once.base)
    replay = RunDir.open(once.replay) if once.replay else None
    with run_folder(out or default_out(request_name(text))) as folder:
        brought = bring_pictures(references, folder.images)
        agent = open_agent(folder.root, once.how, once.drawn_by, budget=budget, replay=replay, use_cache=once.use_cache)
        asked = Request(id=_request_id(text, brought), text=text, brought=brought)
        if dry_run:
            print("\n".join(plan(agent, [asked], once.how, once.drawn_by, budget=budget)))
            return True
        remember(folder, once.base, agent=once.how, draw=once.drawn_by)
        roll_out_requests(agent, [asked], attempts=once.how.attempts, parallel=16, retry_failed=retry)
        trajectories = trajectories_of(agent, [asked], attempts=once.how.attempts)
        renders = draw_trajectories(folder, agent.renderer, trajectories, parallel=4, retry_failed=retry)
        tell_failures([*trajectories, *renders])
        tell_spent(budget)
        return save_pictures(folder, trajectories, renders, output=output) == once.how.attempts


def _request_id(text: str, brought: tuple[str, ...]) -> str:
    from ...pipeline import request_name
    from ...records import digest_of

    return request_name(text) + (f"-{digest_of(brought)[:4]}" if brought else "")
