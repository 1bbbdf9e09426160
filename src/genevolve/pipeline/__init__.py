"""One request from words to picture, and many: roll out, draw, in one run folder."""

from .agent import Agent, draw_with, open_agent, request_name
from .settings import AgentSettings, DrawSettings
from .stages import draw, draw_all, keep_requests

__all__ = [
    "Agent",
    "AgentSettings",
    "DrawSettings",
    "draw",
    "draw_all",
    "draw_with",
    "keep_requests",
    "open_agent",
    "request_name",
]
