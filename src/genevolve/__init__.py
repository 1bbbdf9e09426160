"""GenEvolve: grounded image generation by a tool-using agent that learns from its own attempts.

    from genevolve import open_agent

    agent = open_agent("runs/quickstart")
    attempt = agent.answer("A poster of the flag of Chad")      # or: await agent.attempt(…)
    print(agent.picture(attempt))

Names are loaded when they are first used, so that importing the package is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import GenEvolveError
    from .pipeline import Agent, AgentSettings, DrawSettings, open_agent
    from .records import Attempt, Program, Render, Request, Sampling, Size, Trajectory
    from .store import RunDir

__all__ = [
    "Agent",
    "AgentSettings",
    "Attempt",
    "DrawSettings",
    "GenEvolveError",
    "Program",
    "Render",
    "Request",
    "RunDir",
    "Sampling",
    "Size",
    "Trajectory",
    "open_agent",
]

_HOMES = {
    "errors": ("GenEvolveError",),
    "pipeline": ("Agent", "AgentSettings", "DrawSettings", "open_agent"),
    "records": ("Attempt", "Program", "Render", "Request", "Sampling", "Size", "Trajectory"),
    "store": ("RunDir",),
}


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
