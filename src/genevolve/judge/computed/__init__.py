"""Verdicts that need no model: scene, pixels and program against the recipe that the request was made from."""

from .judge import ComputedJudge, ComputedProgramJudge

__all__ = ["ComputedJudge", "ComputedProgramJudge"]
