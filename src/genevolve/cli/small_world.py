"""A run that stands in the small world: which settings it has there, and which flags mean nothing."""

from importlib import import_module
from typing import Any

from ..config import RunConfig, with_changes
from ..errors import UsageError
from ..model.extra import require
from ..pipeline import Agent, AgentSettings, DrawSettings, open_agent
from ..records import Request, Sampling, Size
from ..store import RunDir
from ..store.budget import Budget
from ..world import open_world
from ..world.agent import DEMONSTRATOR, in_world, open_world_policy, world_agent
from ..world.settings import WorldSettings
from .groups import AgentFlags, AnswerFlags, DrawFlags

PROVIDER = "small-world"
"""What stands for the provider in the settings of such a run."""


def agent_settings_of(
    base: RunConfig, flags: AgentFlags, world: WorldSettings | None, *, seed: int | None
) -> AgentSettings:
    """The agent's settings, in the small world or outside of it.

    Raises:
        UsageError: a flag replaces what the small world brings along.
    """
    if world is None:
        return flags.settings(base, seed=seed)
    _refuse(
        {
            "--search": flags.search,
            "--index": flags.index,
            "--skills": flags.skills,
            "--system-prompt": flags.system_prompt,
            "--without-tool": flags.without_tool,
            "--dialect": None if flags.dialect == "tagged" else flags.dialect,
        }
    )
    agent = base.agent or AgentSettings()
    return with_changes(
        agent.but(sampling=sampling_in(world, base), search=PROVIDER, text_only=True),
        {
            "policy": flags.policy or (agent.policy if base.agent else DEMONSTRATOR),
            "served.base_url": flags.base_url,
            "served.model": flags.model,
            "attempts": flags.attempts,
            "sampling.seed": seed,
        },
    )


def sampling_in(world: WorldSettings, base: RunConfig) -> Sampling:
    """The sampling of the base, with the world's limits unless the base sets its own."""
    sampling = base.agent.sampling if base.agent else Sampling()
    return sampling if "limits" in sampling.model_fields_set else sampling.but(limits=world.limits)


def draw_settings_of(
    base: RunConfig, flags: DrawFlags, world: WorldSettings | None, *, seed: int | None
) -> DrawSettings:
    """The renderer's settings, in the small world or outside of it.

    Raises:
        UsageError: a flag replaces what the small world brings along.
    """
    if world is None:
        return flags.settings(base, seed=seed)
    _refuse(
        {
            "--renderer": flags.renderer,
            "--renderer-url": flags.renderer_url,
            "--renderer-model": flags.renderer_model,
            "--renderer-setting": flags.renderer_setting,
            "--size": flags.size,
        }
    )
    return drawn_in(world)


def drawn_in(world: WorldSettings) -> DrawSettings:
    """How the small world draws, for `genevolve render` too."""
    return DrawSettings(renderer="sketch", size=Size(width=world.canvas_px, height=world.canvas_px))


def open_agent_in(
    run: RunDir,
    how: AgentSettings,
    drawn_by: DrawSettings | None,
    *,
    world: WorldSettings | None,
    answers: AnswerFlags,
    budget: Budget,
) -> Agent:
    """The agent of these settings, in the small world or outside of it.

    Raises:
        UsageError: a name is not known, or a file that the settings name is missing.
    """
    if world is None:
        return open_agent(
            run.root, how, drawn_by, budget=budget, replay=answers.recorded(), use_cache=not answers.no_cache
        )
    _refuse({"--replay": answers.replay})
    opened = open_world(world)
    if how.policy.startswith("local:"):
        _use_one_thread()
    policy = open_world_policy(how.policy, images=run.images, served=how.served)
    return world_agent(opened, run, policy, sampling=how.sampling)


def requests_in(run: RunDir, requests: list[Request], world: WorldSettings | None) -> list[Request]:
    """The requests with what the small world wants to see, whose pictures are put where judges look for them.

    Raises:
        UsageError: one is not of this world.
    """
    if world is None:
        return requests
    opened = open_world(world)
    wanted = [in_world(opened, request) for request in requests]
    for request in wanted:
        opened.stock(run.images, request)
    return wanted


def _use_one_thread() -> None:
    """The world's models are small: handing their work to a second thread costs more than it does."""
    require("torch")
    torch: Any = import_module("torch")
    torch.set_num_threads(1)


def _refuse(flags: dict[str, object]) -> None:
    given = [name for name, value in flags.items() if value]
    if given:
        raise UsageError(
            f"the small world brings its own search, skills, words and canvas, so {given[0]} has no meaning in it; "
            "leave it out, or leave --world (and [world] of the config) out"
        )
