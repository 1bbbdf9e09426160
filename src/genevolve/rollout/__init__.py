"""The agent: a policy and its tools turn a request into a trajectory, and an answer into a program."""

from .grammar import Reading, read_reply
from .loop import plan_trajectory_id, rollout
from .mending import Mended, mend
from .program import build, faults
from .prompt import SystemPrompt
from .window import windowed

__all__ = [
    "Mended",
    "Reading",
    "SystemPrompt",
    "build",
    "faults",
    "mend",
    "plan_trajectory_id",
    "read_reply",
    "rollout",
    "windowed",
]
