"""What can be heard of a running loop: which phase of which step, and how far it is.

Who listens is called in the loop's own process, right after what it is told of is on disk. Progress on a screen is one
use; another is to stop a run at a certain moment and see that it goes on as if it had not been stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

Phase = Literal[
    "choose", "roll_out", "draw", "judge", "write", "remember", "encode", "update", "save", "publish", "look"
]
PHASES: tuple[Phase, ...] = get_args(Phase)
"""In the order of a round; a look comes before a round and after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How far a phase is."""

    step: int
    phase: Phase
    done: int
    """Of `total`; 0 when it begins. What was done before a restart counts as done."""
    total: int
    detail: str = ""
    """Which of several: the judge, or how a look decodes."""

    @property
    def is_over(self) -> bool:
        """Whether the phase is done."""
        return self.done == self.total


Watch = Callable[[Moment], None]


def unwatched(moment: Moment) -> None:
    """Hears, and does nothing."""
