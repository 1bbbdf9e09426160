"""Credit decision by decision: what an axis says of an attempt reaches the tokens that made the decisions it judges.

The axes that a decision can spoil are those that a lesson is written from (`lessons.spoiled_by`), so that learning
from verdicts and learning from lessons are compared on the same knowledge. A decision is made where a reply first
shows it: the topic in the query, the skill in the call, three of them in the thought, the picture's id with its
thought, the naming in the first words of the prompt. What shows no decision is judged by every axis.

T tokens of one sequence.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch")

from collections.abc import Iterator, Mapping

import torch

from ..learn.kinds import Kind
from ..learn.tokens import TokenSequence
from .decisions import Decision
from .demonstrator import THOUGHT_OF
from .lessons import AXES, spoiled_by
from .speech import read_request
from .vocabulary import open_vocabulary


def claims_of(sequence: TokenSequence) -> Mapping[str, torch.Tensor]:
    """By axis, the tokens of an attempt that it judges, [T]; nothing of a request that is not of this world."""
    asked = next((found for one in sequence.opening if (found := read_request(one.text))), None)
    if asked is None:
        return {}
    made = _made(sequence)
    nobody_T = torch.zeros_like(sequence.mask_T)
    claimed: dict[str, torch.Tensor] = {}
    for axis in AXES:
        by = [made[decision] for decision in spoiled_by(axis, asked) if decision in made]
        claimed[axis] = torch.stack([nobody_T, *by]).any(dim=0)
    return claimed


def _made(sequence: TokenSequence) -> dict[Decision, torch.Tensor]:
    """Where each decision was made, a mask over the sequence."""
    found: dict[Decision, torch.Tensor] = {}
    for turn in range(int(sequence.turn_T.max()) + 1):
        for decision, place in _in_reply(sequence, _places(sequence, turn)):
            mask_T = found.setdefault(decision, torch.zeros_like(sequence.mask_T))
            mask_T[place] = True
    return found


def _places(sequence: TokenSequence, turn: int) -> list[int]:
    """Where the tokens of a reply stand."""
    return [int(place) for place in (sequence.turn_T == turn).nonzero().flatten()]


def _in_reply(sequence: TokenSequence, places: list[int]) -> Iterator[tuple[Decision, int]]:
    """The decisions of one reply, with the places of the tokens that made them."""
    tokens = open_vocabulary().tokens
    texts = [tokens[int(sequence.ids_T[place])].text for place in places]
    kinds = [Kind(int(sequence.kind_T[place])) for place in places]
    thoughts, is_named = 0, False
    for place, text, kind in zip(places, texts, kinds, strict=True):
        match kind:
            case Kind.ARGUMENT if "search" in texts:
                yield Decision.TOPIC, place
            case Kind.SKILL_NAME:
                yield Decision.SKILL, place
            case Kind.THOUGHT if thoughts < len(THOUGHT_OF):
                yield THOUGHT_OF[thoughts], place
                thoughts += text == ";"
            case Kind.IMAGE_ID:
                yield Decision.PICK, place
            case Kind.PROMPT if not is_named:
                yield Decision.NAMING, place
                is_named = text == ","
            case _:
                pass
