"""Settings of the outer loop; the defaults are the published ones where any were published.

"Paper" is arXiv:2605.21605. Requests a step, attempts a request, temperature and top-p of rollouts are those of
`learn.update`. Reading them needs no torch.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from ..experience.contrast import MIN_GAP, MOST_A_STEP
from ..experience.memory import MemorySettings
from ..learn.config import LearnSettings
from ..records import Record

Given = Literal["own", "shuffled", "none"]
"""Which experience the teacher reads about a request."""


class ParallelSettings(Record):
    """How many of each are under way at once. The numbers are ours."""

    rollouts: int = Field(default=48, ge=1)
    """All attempts of a published step."""
    drawings: int = Field(default=8, ge=1)
    judgements: int = Field(default=8, ge=1)


class LookSettings(Record):
    """How held-out requests are looked at while training goes on. The numbers are ours."""

    every: int = Field(default=10, ge=0)
    """Steps from one look to the next; there is always one before the first step and one after the last. 0: never."""
    attempts: int = Field(default=1, ge=1)
    """Sampled attempts at each request, at the temperature and top-p of training."""
    greedy: bool = True
    """Also answer each request once at temperature 0."""
    resamples: int = Field(default=2000, ge=100)
    """Of the interval."""


class EvolveSettings(Record):
    """The outer loop, with all that happens in a round of it."""

    learn: LearnSettings = LearnSettings()
    seed: int = 0
    """Of the order of requests, of the attempts' chances, and of what is shuffled."""
    steps: int | None = Field(default=None, ge=1)
    """Rounds; None: `learn.update.steps`, over which the learning rate falls. Fewer end early."""
    ahead: int = Field(default=0, ge=0, le=1)
    """1: a served policy makes the next round's attempts while this one's update runs. Paper: it is not said; the code
    base that the published one grew from waits. More than 1 would only make the attempts older."""
    experience: Given = "own"
    """"own": of a request that this step wrote one about, that one, else the most similar of the memory. "shuffled":
    that of another request of the step, a control. "none": nothing is compared, written or remembered."""
    min_gap: float = Field(default=MIN_GAP, ge=0)
    """Paper: a smaller difference of the best and the worst reward is not compared."""
    most_comparisons: int = Field(default=MOST_A_STEP, ge=1)
    """Paper: comparisons a step."""
    memory: MemorySettings = MemorySettings()
    look: LookSettings = LookSettings()
    checkpoint_every: int = Field(default=1, ge=1)
    """Steps from one checkpoint to the next; ours. What lies between is learned again from the attempts on disk."""
    policy_every: int = Field(default=1, ge=1)
    """Steps from one writing of the run's `policy/` to the next, besides the one at the end; ours. A large model, above
    all one with low-rank updates, which are merged into a copy, wants fewer."""
    leak_similarity: float = Field(default=0.9, gt=0, le=1)
    """Training requests whose words are at least this similar to those of a held-out one are left out; ours."""
    parallel: ParallelSettings = ParallelSettings()
    tensorboard: bool = False
    """Also write the diagnostics for TensorBoard's page."""

    @property
    def rounds(self) -> int:
        """How many there are in all."""
        return self.learn.update.steps if self.steps is None else self.steps

    @model_validator(mode="after")
    def _lessons_stay(self) -> Self:
        if self.memory.retire_after is not None:
            raise ValueError(
                "memory.retire_after is for loops that measure each lesson by attempts with and without it, "
                "and this one measures none; leave it out"
            )
        return self

    @model_validator(mode="after")
    def _learning_rate_is_not_over(self) -> Self:
        update = self.learn.update
        if self.steps is not None and self.steps > update.steps and update.schedule == "cosine":
            raise ValueError(
                f"steps is {self.steps}, and the learning rate is 0 from step {update.steps} on; "
                "raise learn.update.steps to at least as many, or leave steps out"
            )
        return self
