"""Supervised examples: what the demonstrator did in the real rollout, some of it under advice by chance.

Advice is good and bad alike and is obeyed as often as the demonstrator obeys, so
an example teaches that advice is followed and never which advice is worth it.
"""

import random
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from ..errors import UsageError
from ..records import Message, Record, Request, Trajectory
from ..store.images import ImageStore
from .advice import random_advice
from .demonstrator import OBEDIENCE, Demonstrator
from .opened import World
from .speech import read_request
from .vocabulary import ASSISTANT, END, Vocabulary


class ExampleSettings(Record):
    """How supervised examples are made."""

    seed: int = 0
    """Of the demonstrator's choices and of the advice."""
    advised: float = 0.4
    """The share that carries advice."""
    obedience: float = OBEDIENCE
    """How often advice on a decision is followed."""


async def make_examples(
    world: World, requests: Iterable[Request], *, images: ImageStore, settings: ExampleSettings | None = None
) -> AsyncIterator[Trajectory]:
    """One attempt of the demonstrator at each request, in their order.

    Raises:
        UsageError: a request is not of the small world.
    """
    settings = settings or ExampleSettings()
    demonstrator = Demonstrator(seed=settings.seed, obedience=settings.obedience)
    for number, request in enumerate(requests):
        asked = read_request(request.text)
        if asked is None:
            raise UsageError(f"{request.text!r} is no request of the small world; take them from `World.requests`")
        chance = random.Random(f"example {settings.seed} {number}")
        is_advised = chance.random() < settings.advised
        prompt = world.advised(random_advice(asked, chance)) if is_advised else None
        yield await world.roll_out(request, demonstrator, images=images, seed=number, prompt=prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A trajectory as one row of ids."""

    ids: tuple[int, ...]
    is_said: tuple[bool, ...]
    """By id, whether the policy said it: the words of its replies and the end of each."""


def row_of(trajectory: Trajectory, vocabulary: Vocabulary) -> TokenRow:
    """The ids of a whole conversation, and which of them are to be learned."""
    ids: list[int] = []
    is_said: list[bool] = []
    for turn in trajectory.turns:
        heard = [*vocabulary.encode_messages(turn.heard), ASSISTANT]
        said = [*vocabulary.encode(turn.reply), END]
        ids += [*heard, *said]
        is_said += [False] * len(heard) + [True] * len(said)
    return TokenRow(ids=tuple(ids), is_said=tuple(is_said))


def conversation_ids(messages: Iterable[Message], vocabulary: Vocabulary) -> tuple[int, ...]:
    """The ids that stand before a policy's next reply: those of `row_of`, as far as they were said."""
    return (*vocabulary.encode_messages(messages), ASSISTANT)
