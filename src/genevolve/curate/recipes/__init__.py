"""Requests made from recipes: riddles about countries, and pictures to be laid out, in many ways of asking.

`make_requests` gives the requests of a split, each with its recipe for the
judges; `Countries` tells which country is in which split and whether a text
names one.
"""

from .countries import Countries, Split
from .making import Difficulty, difficulty_of, make_requests

__all__ = ["Countries", "Difficulty", "Split", "difficulty_of", "make_requests"]
