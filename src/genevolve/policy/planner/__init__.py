"""A policy without a model: the baseline, and what makes a picture where there is no GPU, key or network."""

from .planner import Planner

__all__ = ["Planner"]
