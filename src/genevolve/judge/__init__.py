"""Image or program to verdict: the protocol of a judge, and `open_judge` by name."""

from .base import Judge, JudgeName, JudgeSettings, open_judge

__all__ = ["Judge", "JudgeName", "JudgeSettings", "open_judge"]
