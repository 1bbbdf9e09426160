"""The small world as a search provider: one document for a topic of an entity, three pictures for its name.

A query must spell the entity's name; a name that was copied wrongly finds
nothing. The three pictures are the entity's emblem, its seal and its map, in an
order that tells nothing of which is which.
"""

import random
from collections.abc import Iterator

from ..errors import SearchError
from ..search.base import ImageHit, TextHit
from .entities import HISTORY, PICTURE_KINDS, Entity, Topic, entity_of, picture_of
from .names import split_of


class WorldProvider:
    """Searches the small world; no network, no clock."""

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed

    @property
    def name(self) -> str:
        """Worlds of two seeds tell different things."""
        return f"small-world:{self._seed}"

    async def search(self, query: str, *, top_k: int) -> list[TextHit]:
        """The document of each topic that the query names of each entity that it names."""
        words = query.split()
        documents = [
            TextHit(title=entity.name, url=f"world:{entity.name}/{topic}", snippet=self._snippet(entity, topic))
            for entity in self._named(words)
            for topic in (*Topic, HISTORY)
            if topic in words
        ]
        return documents[:top_k]

    async def image_search(self, query: str, *, top_k: int) -> list[ImageHit]:
        """The pictures that the name in the query brings up."""
        hits: list[ImageHit] = []
        for entity in self._named(query.split()):
            pictures = [(entity.name, kind) for kind in PICTURE_KINDS]
            random.Random(f"order {self._seed} {entity.name}").shuffle(pictures)
            hits += [ImageHit(title=f"{name} {kind}", image_url=f"world:{name}/{kind}") for name, kind in pictures]
        return hits[:top_k]

    async def fetch(self, hit: ImageHit) -> bytes:
        """The picture of a hit.

        Raises:
            SearchError: this world has no such picture.
        """
        name, _, kind = hit.image_url.removeprefix("world:").partition("/")
        if split_of(name, seed=self._seed) is None or kind not in PICTURE_KINDS:
            raise SearchError(f"the small world has no picture {hit.image_url!r}; search for it first")
        return picture_of(name, kind, seed=self._seed)

    def _named(self, words: list[str]) -> Iterator[Entity]:
        for word in dict.fromkeys(words):
            if split_of(word, seed=self._seed):
                yield entity_of(word, seed=self._seed)

    def _snippet(self, entity: Entity, topic: str) -> str:
        """What holds now and what held once, in an order that tells nothing."""
        if topic == HISTORY:
            return "old and new"
        told = entity.told[Topic(topic)]
        both = [f"now {_shown(told.now, topic)}", f"once {_shown(told.once, topic)}"]
        random.Random(f"told {self._seed} {entity.name} {topic}").shuffle(both)
        return ", ".join(both)


def _shown(value: str, topic: str) -> str:
    return f"“{value}”" if topic == Topic.CAPTION else value
