"""Messages that say the same of different things: equal but for quoted names and paths."""

import re
from collections import Counter

_NAME = re.compile(
    # A quotation mark opens behind a space or bracket, so that apostrophes are left alone.
    r"""((?<!\w)'(?:[^'\\\n]|\\.)*'(?!\w)|"(?:[^"\\\n]|\\.)*"|(?:(?<=\s)|^)[~.]{0,2}/[^\s'",;:)]+)"""
)
BLANK = "…"
"""Stands for what differs."""


def alike(messages: Counter[str]) -> list[Counter[str]]:
    """The messages with their numbers, those together that are equal but for names; in the order of the first."""
    kinds: dict[tuple[str, ...], Counter[str]] = {}
    for message, times in messages.items():
        kinds.setdefault(tuple(_NAME.split(message)[::2]), Counter())[message] += times
    return list(kinds.values())


def in_common(messages: list[str]) -> str:
    """What messages that are alike all say, with a blank for each name that differs."""
    first, *others = [_NAME.split(message) for message in messages]
    blanked = [
        part if all(other[place] == part for other in others) else _blank(part) for place, part in enumerate(first)
    ]
    return "".join(blanked)


def _blank(name: str) -> str:
    mark = name[0] if name[0] in "'\"" else ""
    return f"{mark}{BLANK}{mark}"
