"""What is known so far, and what an answer to a riddle can be: known, to be searched for, or open."""

from collections.abc import Callable
from dataclasses import dataclass

from .facts import Fact

MAX_QUERIES = 5
"""Queries of one call, as the toolbox takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a node turned out to be."""

    names: tuple[str, ...]
    because: tuple[str, ...] = ()
    """Sentences of evidence, in the order in which they were used."""
    doubt: str = ""
    """What could not be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What to search for next, and why."""

    queries: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What could not be found out, and why."""

    why: str


Answered = Known | Need | Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Facts so far, and which queries were asked already."""

    facts: tuple[Fact, ...]
    asked: Callable[[str], bool]
    can_search: bool = True
    choice: int = 0
    """Which of several equal candidates to take."""
