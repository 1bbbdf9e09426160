"""Settings of the small world."""

from pydantic import Field

from ..records import Limits, Record


class WorldSettings(Record):
    """Which world it is, and how an attempt in it goes."""

    seed: int = 0
    """Of names, facts and pictures; worlds of two seeds have nothing in common but their words."""
    canvas_px: int = Field(default=256, ge=128)
    """Width and height of drawings."""
    max_calls: int = Field(default=5, ge=2)
    """Replies of an attempt: three calls and an answer, and one to put a reply right."""
    reads_pixels: bool = False
    """Text accuracy is judged by what a recogniser reads in the picture, instead of by the scene."""

    @property
    def limits(self) -> Limits:
        """The limits of an attempt; a reply of this world has two dozen tokens."""
        return Limits(
            max_calls=self.max_calls,
            max_tool_calls=3,
            max_reply_tokens=128,
            max_response_tokens=2048,
            max_context_tokens=4096,
            max_prompt_tokens=2048,
            max_references=1,
        )
