"""The lesson in the gap between the attempts of a group, and what a memory did with it."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from .base import Record, StoredRecord, digest_of
from .trajectory import Usage


class Lesson(Record):
    """The published five slots; each is advice in words, or empty."""

    search_strategy: str = ""
    knowledge_activation: str = ""
    reference_selection: str = ""
    prompt_construction: str = ""
    failure_avoidance: str = ""

    @property
    def said(self) -> dict[str, str]:
        """The slots that say something, in their order."""
        return {slot: words for slot, words in self if words}


class WriterInfo(Record):
    """Who wrote a lesson, and by which instructions."""

    name: str
    """"rule", "model", or a writer of one's own."""
    model: str | None = None
    rubric: str | None = None
    """Digest of its instructions; of one that goes by rules, their version."""

    def __str__(self) -> str:
        return ":".join(part for part in (self.name, self.model) if part)


class Experience(StoredRecord):
    """Structured visual experience: what the better attempt did that the worse did not."""

    current_version: ClassVar[int] = 2

    id: str
    """`experience_id` of who was compared and who wrote."""
    request_id: str
    request_text: str
    """What it is looked up by."""
    best: str
    """Trajectory ids of the two that were compared."""
    worst: str
    gap: float = Field(ge=0)
    """Difference of their rewards."""
    axes: dict[str, float] = {}
    """By axis that both were judged on: the score of the best less that of the worst."""
    lesson: Lesson
    dropped: tuple[str, ...] = ()
    """What the writer said that a lesson must not say, and was left out."""
    writer: WriterInfo
    usage: Usage | None = None
    """Tokens that writing it took."""
    step: int = Field(default=0, ge=0)
    """Of the loop, in which it was written: its age."""

    @classmethod
    def upgrade(cls, fields: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 - there is one before
        """Version 1 named the writer by one word."""
        return fields | {"writer": {"name": fields.get("writer")}}


def experience_id(*, best: str, worst: str, writer: WriterInfo) -> str:
    """The name of the lesson that a writer draws from two trajectories."""
    return digest_of(best, worst, writer)


class Remembered(Record):
    """An experience entered the memory."""

    kind: Literal["remembered"] = "remembered"
    experience: Experience
    embedder: str
    """Who made the vector; vectors of two embedders cannot be compared."""
    vector: str
    """Of its request's text: little-endian 32-bit floats in base64."""


class Recalled(Record):
    """An experience was found for a request."""

    kind: Literal["recalled"] = "recalled"
    experience: str
    """Its id."""
    similarity: float
    step: int | None = None
    """Of the loop, in which it was looked for; None outside of one."""
    request: str | None = None
    """Id of the request that it was found for."""


class Measured(Record):
    """Rewards of attempts at a request to which an experience belongs."""

    kind: Literal["measured"] = "measured"
    experience: str
    """Its id."""
    with_it: tuple[float, ...] = ()
    """Of attempts that had it."""
    without_it: tuple[float, ...] = ()
    """Of attempts that did not."""


class MemoryEvent(StoredRecord):
    """One line of a memory's journal: the state of the memory is these, in order."""

    current_version: ClassVar[int] = 2

    event: Annotated[Remembered | Recalled | Measured, Field(discriminator="kind")]

    @classmethod
    def upgrade(cls, fields: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 - there is one before
        """Version 2 added fields only."""
        return fields

    @property
    def step(self) -> int | None:
        """Of the loop, in which it happened; None where that is not known."""
        match self.event:
            case Remembered(experience=experience):
                return experience.step
            case Recalled(step=step):
                return step
            case Measured():
                return None
