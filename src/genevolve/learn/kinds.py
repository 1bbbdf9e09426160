"""What a token of a reply is part of: the numbers that stand in `kind_BT`."""

from enum import IntEnum


class Kind(IntEnum):
    """Part of a reply that a token belongs to; a token that was not sampled is OTHER."""

    OTHER = 0
    THOUGHT = 1
    TAG = 2
    TOOL_NAME = 3
    ARGUMENT = 4
    """A query, or another argument of a call that is not named below."""
    SKILL_NAME = 5
    IMAGE_ID = 6
    PROMPT = 7
    """The answer's instruction to the renderer."""
    NOTE = 8
    """What to copy from a reference."""


DECISIONS = frozenset({Kind.TAG, Kind.TOOL_NAME, Kind.SKILL_NAME, Kind.IMAGE_ID})
"""Decision tokens of the published selection: tags, tool names, skill names, image ids."""
