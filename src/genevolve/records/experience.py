"""The lesson in the gap between the attempts of a group."""

from pydantic import Field

from .base import Record, StoredRecord


class Lesson(Record):
    """The published five slots; each is advice in words, or empty."""

    search_strategy: str = ""
    knowledge_activation: str = ""
    reference_selection: str = ""
    prompt_construction: str = ""
    failure_avoidance: str = ""


class Experience(StoredRecord):
    """Structured visual experience: what the better attempt did that the worse did not."""

    id: str
    request_id: str
    request_text: str
    """What it is looked up by."""
    best: str
    """Trajectory ids of the two that were compared."""
    worst: str
    gap: float = Field(ge=0)
    """Difference of their rewards."""
    lesson: Lesson
    writer: str
