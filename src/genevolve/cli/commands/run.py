"""`genevolve run`: one request, from words to picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import options
from ..groups import AgentFlags, AnswerFlags, DrawFlags, WorkFlags, WorldFlags, grouped

if TYPE_CHECKING:
    from ...config import RunConfig
    from ...pipeline import AgentSettings, DrawSettings
    from ...world.settings import WorldSettings


@grouped
def run(
    request: Annotated[str, typer.Argument(help="What to draw, in your words.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Copy the picture here (.png, .jpg, .webp).", show_default=False),
    ] = None,
    reference: Annotated[
        list[Path] | None,
        typer.Option(help="A picture of your own as a reference; may be given twice.", show_default=False),
    ] = None,
    seed: options.Seed = None,
    world: WorldFlags,
    agent: AgentFlags,
    draw: DrawFlags,
    answers: AnswerFlags,
    spend: WorkFlags,
    out: options.Out = None,
) -> None:
    """Answer one request: look up what it needs, write the program, draw it.

    Prints the pictures' paths. Asking the same again with the same settings
    draws nothing twice.

    Example: `genevolve run "A poster of the flag of the country whose capital is Ouagadougou, title \\"FASO\\" in
    bold serif, three red stars above" -o faso.png --size 768x1024 --seed 7`
    """
    from ..pictures import check_output
    from ..settings import config_of
    from ..small_world import agent_settings_of, draw_settings_of

    check_output(output)
    base = config_of(spend.config, replay=answers.replay)
    small = world.settings(base)
    once = Once(
        base=base,
        world=small,
        how=agent_settings_of(base, agent, small, seed=seed),
        drawn_by=draw_settings_of(base, draw, small, seed=seed),
        answers=answers,
        spend=spend,
    )
    if not _answer(request, reference or [], once, out=out, output=output):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """How one request is answered."""

    base: "RunConfig"
    world: "WorldSettings | None"
    how: "AgentSettings"
    drawn_by: "DrawSettings"
    answers: AnswerFlags
    spend: WorkFlags


def _answer(request: str, references: list[Path], once: Once, *, out: Path | None, output: Path | None) -> bool:
    """Roll out, draw and tell; returns whether every picture is there."""
    from ...errors import UsageError
    from ...language.text import well_formed
    from ...pipeline import request_name
    from ...records import Request
    from ...store import bring_pictures
    from ..pictures import save_pictures
    from ..plan import plan
    from ..settings import budget_of, default_out, remember
    from ..small_world import open_agent_in, requests_in
    from ..work import draw_trajectories, roll_out_requests, run_folder, tell_failures, tell_spent, trajectories_of

    text = well_formed(request).strip()
    if not text:
        raise UsageError("the request is empty; say what to draw, in quotes")
    if len(references) > (most := once.how.sampling.limits.max_references):
        raise UsageError(f"{len(references)} pictures were given with --reference; a program has at most {most}")
    budget = budget_of(once.spend.budget, once.base)
    retry = once.spend.retry_failed
    with run_folder(out or default_out(request_name(text))) as folder:
        brought = bring_pictures(references, folder.images)
        request_id = _request_id(text, brought)
        (asked,) = requests_in(folder, [Request(id=request_id, text=text, brought=brought)], once.world)
        agent = open_agent_in(folder, once.how, once.drawn_by, world=once.world, answers=once.answers, budget=budget)
        if once.spend.dry_run:
            print("\n".join(plan(agent, [asked], once.how, once.drawn_by, budget=budget)))
            return True
        roll_out_requests(
            agent,
            [asked],
            attempts=once.how.attempts,
            parallel=16,
            retry_failed=retry,
            when_ready=lambda: remember(folder, once.base, world=once.world, agent=once.how, draw=once.drawn_by),
        )
        trajectories = trajectories_of(agent, [asked], attempts=once.how.attempts)
        renders = draw_trajectories(folder, agent.renderer, trajectories, parallel=4, retry_failed=retry)
        tell_failures([*trajectories, *renders])
        tell_spent(budget)
        return save_pictures(folder, trajectories, renders, output=output) == once.how.attempts


def _request_id(text: str, brought: tuple[str, ...]) -> str:
    from ...pipeline import request_name
    from ...records import digest_of

    return request_name(text) + (f"-{digest_of(brought)[:4]}" if brought else "")
