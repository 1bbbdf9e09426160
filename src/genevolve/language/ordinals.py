"""How a prompt names its references: "the first reference image", "reference image 2", "both references"."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

_WORD = "|".join(ORDINALS)
_THING = r"(?:reference(?:\s+(?:image|picture|photo(?:graph)?)s?|s)?)"
_MENTION = re.compile(
    rf"\b(?:(?P<word>{_WORD})|(?P<nth>\d{{1,3}})(?:st|nd|rd|th))\s+(?P<thing>{_THING}|input\s+image)\b"
    rf"|\b{_THING}\s+(?:number\s+|no\.?\s*|#\s*)?(?P<digit>\d{{1,3}})\b"
    rf"|\b{_THING}\s+(?P<spelled>one|two|three|four)\b(?!\s+\w+s\b)",
    re.IGNORECASE,
)
_LONE = re.compile(
    rf"\b(?:the|this|that|your|given|provided|supplied)\s+{_THING}\b(?!\s+(?:number\s+)?#?\d)", re.IGNORECASE
)
_ALL = re.compile(rf"\b(?:both|all|each|the\s+two|every)\s+(?:of\s+)?(?:the\s+)?(?:\w+\s+)?{_THING}\b", re.IGNORECASE)
_SPELLED = {"one": 1, "two": 2, "three": 3, "four": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place where the prompt names a reference by its number, from 1."""

    number: int
    start: int
    end: int


def ordinal(number: int) -> str:
    """The word for a place in order: 1 gives "first"; digits past ten ("11th")."""
    if 1 <= number <= len(ORDINALS):
        return ORDINALS[number - 1]
    suffix = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def find_mentions(prompt: str) -> Iterator[Mention]:
    """Every reference that the prompt names by number, in the order of the text."""
    for match in _MENTION.finditer(prompt):
        if match["word"]:
            number = ORDINALS.index(match["word"].lower()) + 1
        elif match["spelled"]:
            number = _SPELLED[match["spelled"].lower()]
        else:
            number = int(match["nth"] or match["digit"])
        yield Mention(number=number, start=match.start(), end=match.end())


def find_all_mentions(prompt: str) -> Iterator[tuple[int, int]]:
    """Where the prompt names all references at once: "both reference images"."""
    for match in _ALL.finditer(prompt):
        yield match.start(), match.end()


def find_lone_mentions(prompt: str) -> Iterator[tuple[int, int]]:
    """Where the prompt says "the reference image" without a number, which is clear if there is only one."""
    for match in _LONE.finditer(prompt):
        yield match.start(), match.end()


def numbers_named(prompt: str, *, count: int) -> set[int]:
    """The references that the prompt names, of `count` that there are.

    "Both reference images" names all of them; "the reference image" names the
    only one, and nothing where there are several.
    """
    named = {mention.number for mention in find_mentions(prompt)}
    if _ALL.search(prompt):
        named |= set(range(1, count + 1))
    if count == 1 and not named and _LONE.search(prompt):
        named = {1}
    return named


def renumber(prompt: str, new_number: Callable[[int], int]) -> str:
    """The prompt with every named number replaced; all else is left as it stands."""
    pieces: list[str] = []
    done = 0
    for match in _MENTION.finditer(prompt):
        mention = next(find_mentions(match[0]))
        number = new_number(mention.number)
        pieces += [prompt[done : match.start()], _renumbered(match, number)]
        done = match.end()
    return "".join(pieces) + prompt[done:]


def _renumbered(match: re.Match[str], number: int) -> str:
    group = next(name for name in ("word", "nth", "digit", "spelled") if match[name])
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    if group == "nth":
        end += 2
    new = ordinal(number) if group in {"word", "nth"} else str(number)
    if match[0][start:end][:1].isupper():
        new = new.capitalize()
    return match[0][:start] + new + match[0][end:]
