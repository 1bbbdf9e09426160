"""Supervised examples: what the demonstrator did in the real rollout, some of it under advice by chance.

Advice is good and bad alike and is obeyed as often as the demonstrator obeys, so
an example teaches that advice is followed and never which advice is worth it.
"""

import random
from collections.abc import AsyncIterator, Iterable
from typing import Self

from pydantic import Field, model_validator

from ..errors import UsageError
from ..records import Record, Request, Trajectory
from ..store.images import ImageStore
from .advice import random_advice
from .decisions import Habits
from .demonstrator import OBEDIENCE, Demonstrator
from .opened import World
from .speech import read_request

HABITS = Habits()


class ExampleSettings(Record):
    """How supervised examples are made."""

    seed: int = 0
    """Of the demonstrator's choices and of the advice."""
    advised: float = Field(default=0.4, ge=0, le=1)
    """The share that carries advice."""
    obedience: float = Field(default=OBEDIENCE, ge=0, le=1)
    """How often advice on a decision is followed."""
    best: float = Field(default=HABITS.best, ge=0, le=1)
    """Share of the best option of each decision, where nothing is advised."""
    common: float = Field(default=HABITS.common, ge=0, le=1)
    """Share of the common mistake."""

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if self.best + self.common > 1:
            raise ValueError(
                f"best {self.best:g} and common {self.common:g} are more than 1 together; "
                "expected room for the other mistakes. Lower one of them."
            )
        return self


async def make_examples(
    world: World, requests: Iterable[Request], *, images: ImageStore, settings: ExampleSettings | None = None
) -> AsyncIterator[Trajectory]:
    """One attempt of the demonstrator at each request, in their order.

    Raises:
        UsageError: a request is not of the small world.
    """
    settings = settings or ExampleSettings()
    habits = Habits(best=settings.best, common=settings.common)
    demonstrator = Demonstrator(habits=habits, seed=settings.seed, obedience=settings.obedience)
    for number, request in enumerate(requests):
        asked = read_request(request.text)
        if asked is None:
            raise UsageError(f"{request.text!r} is no request of the small world; take them from `World.requests`")
        chance = random.Random(f"example {settings.seed} {number}")
        is_advised = chance.random() < settings.advised
        prompt = world.advised(random_advice(asked, chance)) if is_advised else None
        yield await world.roll_out(request, demonstrator, images=images, seed=number, prompt=prompt)
