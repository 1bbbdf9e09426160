"""Requests of the small world: who is asked for, what is left open, and the recipe that judges check.

Train, validation and evaluation requests are about different entities, so what
one set teaches about its names is worth nothing in another.
"""

import random
from collections.abc import Sequence

from ..records import Request, Track, digest_bytes, digest_of
from ..records.recipe import Fact, Recipe, WantedObject, WantedReference, WantedText
from .entities import GROUNDS, NUMBERS, Entity, Topic, entity_of, picture_of
from .names import Split, names_of
from .speech import Asked


def make_requests(split: Split, count: int, *, seed: int = 0) -> list[Request]:
    """The first requests of a split: each name once with each topic in an order by chance, before any comes again.

    The open topics take turns. A split that has fewer requests of a topic than
    are asked for is gone through again with other backgrounds.
    """
    names = names_of(split, seed=seed)
    topics = list(Topic)
    chance = random.Random(f"requests {seed} {split}")
    rounds: list[Asked] = []
    while len(rounds) < count:
        order = chance.sample(names, len(names))
        for shift in range(len(topics)):
            for place, name in enumerate(order):
                entity = entity_of(name, seed=seed)
                topic = topics[(place + shift) % len(topics)]
                rounds.append(Asked(name=name, topic=topic, ground=chance.choice(GROUNDS), figure=entity.figure))
    return [_request(asked, f"{split}-{number}", seed=seed) for number, asked in enumerate(rounds[:count])]


def digest_of_requests(requests: Sequence[Request]) -> str:
    """Names a set of requests with what is wanted of each: printed beside every figure measured on them."""
    return digest_of(*[(request.id, request.text, request.recipe) for request in requests])


def _request(asked: Asked, number: str, *, seed: int) -> Request:
    return Request(
        id=f"{number}-{asked.name}-{asked.topic}",
        text=asked.text,
        track=Track.KNOWLEDGE_ANCHORED,
        category=asked.topic,
        recipe=recipe_of(asked, entity_of(asked.name, seed=seed), seed=seed),
    )


def recipe_of(asked: Asked, entity: Entity, *, seed: int) -> Recipe:
    """What must be seen: the entity's emblem, its title, the open thing as it is now, and the background."""
    value = entity.told[asked.topic].now
    title, objects = asked.name, tuple[WantedObject, ...]()
    match asked.topic:
        case Topic.NUMBER:
            objects = (WantedObject(noun=asked.figure, count=NUMBERS[value]),)
        case Topic.MARK:
            colour, _, figure = value.partition(" ")
            objects = (WantedObject(noun=figure, colour=colour),)
        case Topic.MOTTO:
            title = value
    emblem = digest_bytes(picture_of(asked.name, "emblem", seed=seed))
    return Recipe(
        facts=(Fact(subject=asked.name, relation=asked.topic, value=value),),
        references=(WantedReference(entity=asked.name, digest=emblem, what="emblem"),),
        objects=objects,
        texts=(WantedText(text=title),),
        background=asked.ground,
    )
