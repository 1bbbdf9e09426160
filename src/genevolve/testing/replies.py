"""Replies as a policy might write them on its worst day: sound ones, broken ones, and noise, from a seed.

`random_reply` starts from replies that are right and damages them in the ways
that language models and hostile texts do, or makes something up altogether.
"""

import json
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import JsonValue

_T = TypeVar("_T")

_PROMPTS = (
    "A poster of the first reference image above three red stars.",
    "The first reference image on the left, the second reference image on the right.",
    'A title "FASO" in bold serif above IMG_001, see https://example.org/a.png for colours.',
    "Take the flag from the third reference image. Keep both reference images whole.",
    "A calm sea, with no reference at all.",
    "Copy images/ab/abcd.png and the reference image's colours from reference image 2.",
    "",
    " \n\t",
    "Émile’s café “Zoë” 旗 \U0001f1e7\U0001f1eb — the second reference image’s border, and and and",
)
_IDS: tuple[JsonValue, ...] = (
    "IMG_001", "IMG_002", "IMG_003", "img_1", "IMG-2", 1, 2, 0, -1, 999999999, "IMG_000", "", None, True, "flag.png",
    "IMG_1000", "IMG_999", 1.5, ["IMG_001"], {"img_id": "IMG_001"}, "IMG_001" * 50, "\u0661",
)  # fmt: skip
_CALLS: tuple[JsonValue, ...] = (
    {"name": "search", "arguments": {"queries": ["capital Ouagadougou", "flag of Chad"], "top_k": 5}},
    {"name": "image_search", "arguments": {"query": "flag", "top_k": 3}},
    {"name": "image_search", "arguments": {"query": "mixed"}},
    {"name": "query_knowledge", "arguments": {"skill_name": "text_rendering"}},
    {"name": "query_knowledge", "arguments": {"skill_name": "no such skill"}},
    {"name": "search", "arguments": '{"queries": ["x"]}'},
    {"name": "search", "parameters": {"q": 5, "top_k": "7"}},
    {"name": "browse", "arguments": {"url": "file:///etc/passwd"}},
    {"function": {"name": "search", "arguments": {"queries": "x"}}},
    {"name": ["search"], "arguments": 7},
    [{"name": "search", "arguments": {"queries": ["x"]}}, {"name": "search", "arguments": {"queries": ["x"]}}],
)  # fmt: skip
_NOTES = ("the flag", "", "IMG_003", "its colours.")
_NOISE = (
    "<think>", "</think>", "<tool_call>", "</tool_call>", "<answer>", "</answer>", "<tool_response>", "```json\n",
    "```", "{", "}", "[", "]", '"', "'", "\\", ",", ":", "\n", "\x00", "\ud800", "\udc00", "\\ud83d", "\u2028", "NaN",
    "Infinity", "1e999", "-", "null", "<|im_end|>", "“", "”", "IMG_001", " the first reference image ", "0" * 400,
    '{"gen_prompt": "x"}', '{"name": "search", "arguments": {}}', "\\u12", "９", "ﬁ", "\u202e",
)  # fmt: skip


def random_reply(chance: random.Random) -> str:
    """One reply; equal states of `chance` give equal replies."""
    return chance.choices(_MAKERS, weights=_WEIGHTS)[0](chance)


def sound_reply(chance: random.Random) -> str:
    """A well-formed reply, though what it asks for may be nonsense."""
    thought = chance.choice(("", "<think>hm</think>\n", "<think>an <answer> or a <tool_call>?</think>"))
    if chance.random() < 0.5:
        return f"{thought}<tool_call>{json.dumps(_mostly_good(chance, _CALLS, good=4))}</tool_call>"
    references: list[JsonValue] = [
        {
            "img_id": _mostly_good(chance, _IDS, good=3),
            "note": chance.choice(("the flag", "", "IMG_003", "its colours.")),
        }
        for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 5)))
    ]
    answer: JsonValue = {"gen_prompt": _mostly_good(chance, _PROMPTS, good=5), "reference_images": references}
    return f"{thought}<answer>{json.dumps(answer, ensure_ascii=chance.random() < 0.5)}</answer>"


def _mostly_good(chance: random.Random, values: Sequence[_T], *, good: int) -> _T:
    """One of the first `good` values in seven cases of ten, else any."""
    return chance.choice(values[:good] if chance.random() < 0.7 else values)


def _mutated(chance: random.Random) -> str:
    text = sound_reply(chance)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        at = chance.randint(0, len(text))
        until = min(len(text), at + chance.choice((0, 1, 1, 5, 40)))
        text = text[:at] + chance.choice(("", "", chance.choice(_NOISE), text[at:until] * 2)) + text[until:]
    return text


def _cut_off(chance: random.Random) -> str:
    text = sound_reply(chance)
    return text[: chance.randint(0, len(text))]


def _joined(chance: random.Random) -> str:
    return chance.choice(("", "\n", " and ")).join(sound_reply(chance) for _ in range(chance.randint(2, 4)))


def _noise(chance: random.Random) -> str:
    return "".join(chance.choice(_NOISE) for _ in range(chance.randint(0, 40)))


def _characters(chance: random.Random) -> str:
    return "".join(chr(chance.choice((chance.randint(0, 127), chance.randint(0, 0x10FFFF)))) for _ in range(60))


def _nested(chance: random.Random) -> str:
    deep = chance.choice(("[", '{"a":', "<think>", "<tool_call>{", '<answer>{"gen_prompt":['))
    return chance.choice(("", "<answer>", "<tool_call>")) + deep * chance.choice((10, 100, 3000))


def _value(chance: random.Random, depth: int = 0) -> JsonValue:
    kind = chance.randint(0, 7 if depth < 3 else 5)
    if kind < 6:
        number, fraction = chance.randint(-9, 9), chance.random()
        plain: tuple[JsonValue, ...] = (None, True, number, fraction, "text", chance.choice(_IDS))
        return plain[kind]
    if kind == 6:
        return [_value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    names = ("name", "arguments", "gen_prompt", "reference_images", "img_id", "queries", "function", "note", "prompt")
    return {chance.choice(names): _value(chance, depth + 1) for _ in range(chance.randint(0, 4))}


def _shaped(chance: random.Random) -> str:
    tag = chance.choice(("tool_call", "answer"))
    return f"<{tag}>{json.dumps(_value(chance))}</{tag}>"


_MAKERS: tuple[Callable[[random.Random], str], ...] = (
    sound_reply, _mutated, _cut_off, _joined, _noise, _characters, _nested, _shaped,
)  # fmt: skip
_WEIGHTS = (40, 35, 8, 6, 8, 4, 1, 8)
