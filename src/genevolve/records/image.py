"""An image as the policy knows it: a short id, a title, and where it came from."""

from .base import Record


class FoundImage(Record):
    """One candidate, numbered in the order in which it was found."""

    ref: str
    """The id within its trajectory: "IMG_001"."""
    digest: str
    """Names the file in the run's image store."""
    title: str
    image_url: str
    page_url: str | None = None
    licence: str | None = None
    author: str | None = None
    found_by: str
    """The query that found it, or "brought"."""
