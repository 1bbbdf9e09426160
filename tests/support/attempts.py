"""What tests ask of a trajectory: its references, its calls, the skills it read."""

from collections.abc import Awaitable, Callable

from genevolve.records import Trajectory

Attempt = Callable[..., Awaitable[Trajectory]]
"""Runs one attempt at a request by the planner."""


def titles(trajectory: Trajectory) -> list[str]:
    """The titles of the program's references."""
    assert trajectory.program is not None
    by_ref = {image.ref: image.title for image in trajectory.images}
    return [by_ref[reference.ref] for reference in trajectory.program.references]


def calls(trajectory: Trajectory, tool: str) -> list[dict[str, object]]:
    """The arguments of every call of a tool."""
    return [
        dict(turn.action.arguments)
        for turn in trajectory.turns
        if turn.action.kind == "tool_call" and turn.action.name == tool
    ]


def skills_read(trajectory: Trajectory) -> set[object]:
    """The skills that were asked for."""
    return {arguments["skill_name"] for arguments in calls(trajectory, "query_knowledge")}
