"""What each token of a reply is part of, read off the words that the tokens spell.

Replies are whatever a policy sampled, so the reading is forgiving: strings and
keys are found where they are, whether or not the JSON around them is whole.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from .kinds import DECISIONS, Kind

_TAG = re.compile(r"<(/?)(think|tool_call|answer)>")
_STRING_OR_NUMBER = re.compile(r'"((?:[^"\\]|\\.)*)("\s*:|"|$)|(-?\d+(?:\.\d+)?)', re.DOTALL)
_MOST_TOKENS_A_LETTER = 4
"""A letter has at most four bytes; what is broken after so many stays broken."""
_IN_CALL = {"name": Kind.TOOL_NAME, "skill_name": Kind.SKILL_NAME}
_IN_ANSWER = {"gen_prompt": Kind.PROMPT, "img_id": Kind.IMAGE_ID, "note": Kind.NOTE}


def token_kinds(decode: Callable[[Sequence[int]], str], ids: Sequence[int]) -> list[Kind]:
    """The kind of each token of one reply, its end token left out.

    A token that spells any part of a decision counts as that decision; any other as the first thing that it spells.
    """
    pieces = list(_pieces(decode, ids))
    kinds = _letter_kinds("".join(pieces))
    marked: list[Kind] = []
    position = 0
    for piece in pieces:
        # The first pieces of a letter of several tokens spell nothing; they belong where the letter does.
        spelled = kinds[position : position + max(1, len(piece))]
        position += len(piece)
        said = [kind for kind in spelled if kind is not Kind.OTHER]
        marked.append(next((kind for kind in said if kind in DECISIONS), said[0] if said else Kind.OTHER))
    return marked


def _pieces(decode: Callable[[Sequence[int]], str], ids: Sequence[int]) -> Iterator[str]:
    """What each token adds to the text: a letter that takes several tokens is added by the last of them."""
    # Some decoders treat the first token of a text differently, so each token is read after the one before it.
    start = read = 0
    for end in range(1, len(ids) + 1):
        known, spelled = decode(ids[start:read]), decode(ids[start:end])
        may_be_whole_later = end < len(ids) and end - read < _MOST_TOKENS_A_LETTER
        if may_be_whole_later and (len(spelled) <= len(known) or spelled.endswith("\ufffd")):
            yield ""
            continue
        yield spelled[len(known) :]
        start, read = read, end


def _letter_kinds(text: str) -> list[Kind]:
    """The kind of each letter of a reply."""
    kinds = [Kind.OTHER] * len(text)
    inside, begun = "", 0
    for tag in [*_TAG.finditer(text), None]:
        end = tag.start() if tag else len(text)
        _mark_stretch(kinds, text, begun, end, inside)
        if tag:
            _mark(kinds, tag.start(), tag.end(), Kind.TAG)
            inside, begun = ("" if tag[1] else tag[2]), tag.end()
    return kinds


def _mark_stretch(kinds: list[Kind], text: str, begin: int, end: int, inside: str) -> None:
    """Marks what stands between two tags."""
    if inside not in {"tool_call", "answer"}:
        if not text[begin:end].isspace():
            _mark(kinds, begin, end, Kind.THOUGHT)
        return
    named, rest = (_IN_CALL, Kind.ARGUMENT) if inside == "tool_call" else (_IN_ANSWER, Kind.OTHER)
    key = ""
    has_name = False
    for found in _STRING_OR_NUMBER.finditer(text, begin, end):
        if found[2] and found[2].endswith(":"):
            key = found[1]
            continue
        if key == "name" and has_name:  # a call has one; a further one is an argument
            kind = rest
        else:
            kind = named.get(key, rest if key else Kind.OTHER)
            has_name = has_name or key == "name"
        group = 3 if found[3] else 1
        _mark(kinds, found.start(group), found.end(group), kind)


def _mark(kinds: list[Kind], begin: int, end: int, kind: Kind) -> None:
    kinds[begin:end] = [kind] * (end - begin)
