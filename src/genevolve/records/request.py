"""What the user asked for."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field, JsonValue

from .base import StoredRecord, digest_of
from .recipe import Recipe


class Track(StrEnum):
    """The two halves of GenEvolve-Bench."""

    KNOWLEDGE_ANCHORED = "knowledge_anchored"
    QUALITY_ANCHORED = "quality_anchored"


class Request(StoredRecord):
    """One request, with its target image and split labels when it is a benchmark row."""

    current_version: ClassVar[int] = 2

    id: str = Field(min_length=1)
    """Unique in its set."""
    text: str = Field(min_length=1)
    """The user's words, unchanged."""
    brought: tuple[str, ...] = ()
    """Digests of pictures that the user brought as references."""
    target: str | None = None
    """Digest of the benchmark's own image."""
    track: Track | None = None
    category: str | None = None
    difficulty: str | None = None
    recipe: Recipe | None = None
    extra: dict[str, JsonValue] = {}
    """Other fields of the row it came from, kept for export."""

    @classmethod
    def upgrade(cls, fields: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 - there is one before
        """Until version 2 a recipe had at most one reference, as two fields of its own."""
        recipe = fields.get("recipe")
        if not recipe:
            return fields
        kept = {key: value for key, value in recipe.items() if key not in {"entity", "reference"}}
        if recipe.get("reference"):
            kept["references"] = [{"entity": recipe.get("entity") or "", "digest": recipe["reference"]}]
        return fields | {"recipe": kept}


def digest_of_requests(requests: Sequence[Request]) -> str:
    """Names a set of requests in their order, with what is wanted of each: printed beside figures measured on them.

    The files of wanted references are left out: the bytes of one that was drawn depend on who drew it.
    """
    wanted = [request.recipe and request.recipe.but(references=()) for request in requests]
    return digest_of(*[(request.id, request.text, recipe) for request, recipe in zip(requests, wanted, strict=True)])
