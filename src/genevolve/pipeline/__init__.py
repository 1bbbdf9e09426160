"""One request from words to picture, and many: roll out, draw, judge, in one run folder."""

from .agent import Agent, draw_with, open_agent, request_name
from .judging import judge_all, judge_with, judged_thing, prepare_judges, read_attempts, with_verdicts
from .parts import do_each
from .settings import AgentSettings, DrawSettings
from .stages import draw, draw_all, keep_requests

__all__ = [
    "Agent",
    "AgentSettings",
    "DrawSettings",
    "do_each",
    "draw",
    "draw_all",
    "draw_with",
    "judge_all",
    "judge_with",
    "judged_thing",
    "keep_requests",
    "open_agent",
    "prepare_judges",
    "read_attempts",
    "request_name",
    "with_verdicts",
]
