"""Requests of the small world: who is asked for, what is left open, and the recipe that judges check.

Train, validation and evaluation requests are about different entities, so what
one set teaches about its names is worth nothing in another.
"""

import random
from itertools import product

from ..records import Request, Track, digest_bytes
from ..records.recipe import Fact, Recipe, WantedObject, WantedReference, WantedText
from .decisions import Task
from .entities import FIGURES, GROUNDS, Entity, Topic, entity_of, picture_of
from .names import FIRST, SECOND, Split, names_of
from .speech import COLOURS, EMBLEM, NUMBERS, Asked, Posed


def make_requests(split: Split, count: int, *, seed: int = 0) -> list[Request]:
    """The first requests of a split.

    Names come in an order by chance, each once before any comes again; topics and tasks take turns.
    """
    names = names_of(split, seed=seed)
    kinds = list(product(Topic, Task))
    chance = random.Random(f"requests {seed} {split}")
    requests: list[Request] = []
    order: list[str] = []
    for number in range(count):
        order = order or chance.sample(names, len(names))
        name = order.pop()
        topic, task = kinds[number % len(kinds)]
        entity = entity_of(name, seed=seed)
        asked = Asked(
            name=name,
            topic=topic,
            posed=_pose(task, entity, chance),
            ground="" if topic is Topic.BACKGROUND else chance.choice(GROUNDS),
        )
        requests.append(
            Request(
                id=f"{split}-{number}-{name}-{topic}-{task}",
                text=asked.text,
                track=Track.KNOWLEDGE_ANCHORED,
                category=topic,
                recipe=recipe_of(asked, entity, seed=seed),
            )
        )
    return requests


def recipe_of(asked: Asked, entity: Entity, *, seed: int) -> Recipe:
    """What must be seen: the emblem and its title, the open thing as it is now, the posed thing, and the background."""
    value, posed = entity.told[asked.topic].now, asked.posed
    texts, objects, ground = [WantedText(text=asked.name, typeface="serif")], list[WantedObject](), asked.ground
    match asked.topic:
        case Topic.CAPTION:
            texts.append(WantedText(text=value))
        case Topic.FIGURE:
            objects.append(WantedObject(noun=value))
        case Topic.BACKGROUND:
            ground = value
    match posed.task:
        case Task.COUNTING:
            objects.append(WantedObject(noun=posed.figure, count=NUMBERS[posed.number]))
        case Task.LETTERING:
            texts.append(WantedText(text=posed.words))
        case Task.MARKING:
            objects.append(WantedObject(noun=posed.figure, colour=posed.colour))
    emblem = digest_bytes(picture_of(asked.name, EMBLEM, seed=seed))
    return Recipe(
        facts=(
            Fact(subject=asked.name, relation=asked.topic, value=value),
            Fact(subject=asked.name, relation=EMBLEM, value=f"{asked.name} {EMBLEM}"),
        ),
        references=(WantedReference(entity=asked.name, digest=emblem, what=EMBLEM),),
        objects=tuple(objects),
        texts=tuple(texts),
        background=ground,
    )


def _pose(task: Task, entity: Entity, chance: random.Random) -> Posed:
    """A thing of a task, unlike anything that is told of the entity."""
    told = {value for one in entity.told.values() for value in (one.now, one.once, entity.name)}
    figure = chance.choice([one for one in FIGURES if one not in told])
    match task:
        case Task.COUNTING:
            return Posed(task=task, figure=figure, number=chance.choice(list(NUMBERS)))
        case Task.LETTERING:
            words = [first + second for first in FIRST for second in SECOND]
            return Posed(task=task, words=chance.choice([one for one in words if one not in told]))
        case Task.MARKING:
            return Posed(task=task, figure=figure, colour=chance.choice(COLOURS))
