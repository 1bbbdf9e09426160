"""The closed vocabulary of the small world: every text that is said in it, as ids and back to the letter.

A token is a word, a syllable of a name, an image id, or *glue*: punctuation and
the fixed parts of JSON, tags and observations, each one token. Spaces between
words are not spelled: two tokens stand apart where the first allows it on its
right and the second on its left. A text that holds anything else still encodes,
with `UNKNOWN` in its place, because a policy that explores can have an
observation echo anything; what the world itself says never needs it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ..experience.hint import NAMES
from ..language.nouns import plural
from ..records import Message, Role, digest_of
from ..tools.base import ASKED_BEFORE, END_OF_RESULTS
from ..tools.knowledge import END_OF_SKILL
from . import advice, speech
from .decisions import IDLE_SKILL, Task
from .entities import FIGURES, GROUNDS, HISTORY, PICTURE_KINDS, Topic
from .names import FIRST, SECOND
from .opened import NOTICES, SKILLS_FOLDER, SYSTEM

MOST_IMAGES = 6
"""Images of an attempt that have a token of their own: those of two names."""
SPECIAL = ("<|pad|>", "<|unknown|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>")
"""Padding; what is not in the vocabulary; who speaks; where a message ends."""
PAD, UNKNOWN, _SYSTEM, _USER, ASSISTANT, END = range(len(SPECIAL))
_ROLES: dict[Role, int] = {"system": _SYSTEM, "user": _USER, "assistant": ASSISTANT, "tool": _USER}
_WORD = re.compile(r"[A-Za-z]+(?:_[A-Za-z0-9]+)*")
_MISSING = "�"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One entry."""

    text: str
    left: bool = False
    """A space stands before it, after a token that has one behind it."""
    right: bool = False


class Vocabulary:
    """Texts to ids and back."""

    def __init__(self, words: Iterable[str], glue: Iterable[Token]) -> None:
        """A vocabulary of syllables, image ids, these words and this glue; ids follow that order, after `SPECIAL`."""
        tokens = [Token(text=text) for text in SPECIAL]
        tokens += [Token(text=syllable, left=True) for syllable in FIRST]
        tokens += [Token(text=syllable, right=True) for syllable in SECOND]
        refs = [f"IMG_{number:03d}" for number in range(1, MOST_IMAGES + 1)]
        tokens += [Token(text=word, left=True, right=True) for word in (*refs, *words)]
        self.tokens: tuple[Token, ...] = (*tokens, *glue)
        self._first = {syllable: len(SPECIAL) + at for at, syllable in enumerate(FIRST)}
        self._second = {syllable: len(SPECIAL) + len(FIRST) + at for at, syllable in enumerate(SECOND)}
        self._words = {token.text: id for id, token in enumerate(self.tokens) if token.left and token.right}
        begin = len(SPECIAL) + len(FIRST) + len(SECOND)
        others = [id for id in range(begin, len(self.tokens)) if id not in set(self._words.values())]
        self._glue = sorted(others, key=lambda id: -len(self.tokens[id].text))

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def digest(self) -> str:
        """Names the entries in their order: weights belong to one vocabulary."""
        return digest_of([token.text for token in self.tokens])

    def encode(self, text: str) -> list[int]:
        """The ids of a text; `UNKNOWN` for each character or word that the vocabulary lacks."""
        ids: list[int] = []
        at = 0
        while at < len(text):
            found, at = self._next(text, at, ids[-1] if ids else None)
            ids += found
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids; a special token is nothing, save `UNKNOWN`, which is shown."""
        pieces: list[str] = []
        before: Token | None = None
        for id in ids:
            if id < len(SPECIAL):
                pieces += [_MISSING] if id == UNKNOWN else []
                before = None
                continue
            token = self.tokens[id]
            if before is not None and before.right and token.left:
                pieces.append(" ")
            pieces.append(token.text)
            before = token
        return "".join(pieces)

    def encode_messages(self, messages: Iterable[Message]) -> list[int]:
        """The ids of messages: of each its speaker, its text and `END`."""
        return [id for message in messages for id in _message_ids(self, message.role, message.text)]

    def _next(self, text: str, at: int, before: int | None) -> tuple[list[int], int]:
        """The ids of what stands at a place of a text, and the place behind it."""
        apart = before is not None and before >= len(SPECIAL) and self.tokens[before].right
        start = at + 1 if apart and text[at] == " " else at
        # Where the last token has a space on its right, a token that has one on its left comes only after a space.
        joined = apart and start == at
        for id in self._glue:
            token = self.tokens[id]
            begin = start if token.left and apart else at
            if not (joined and token.left) and text.startswith(token.text, begin):
                return [id], begin + len(token.text)
        word = _WORD.match(text, start)
        if word and not joined:
            return self._spelled(word[0]), word.end()
        return [UNKNOWN], (word.end() if word else start + 1 if start < len(text) else len(text))

    def _spelled(self, word: str) -> list[int]:
        if word in self._words:
            return [self._words[word]]
        first, second = self._first.get(word[:2]), self._second.get(word[2:])
        return [UNKNOWN] if first is None or second is None else [first, second]


@lru_cache(maxsize=65_536)
def _message_ids(vocabulary: Vocabulary, role: Role, text: str) -> tuple[int, ...]:
    return (_ROLES[role], *vocabulary.encode(text), END)


@lru_cache(maxsize=1)
def open_vocabulary() -> Vocabulary:
    """The vocabulary of every small world, whatever its seed."""
    return Vocabulary(_words(), _glue())


def _words() -> list[str]:
    """Every word that requests, replies, documents, skills and advice are made of."""
    sentences = [
        *advice.all_words(),
        advice.NEVER,
        *(path.read_text(encoding="utf-8").rpartition("---")[2] for path in sorted(SKILLS_FOLDER.glob("*.md"))),
        "search image_search query_knowledge",
        *(*Topic, HISTORY, *Task, IDLE_SKILL, *PICTURE_KINDS),
        *(*FIGURES, *(plural(figure) for figure in FIGURES), *GROUNDS, *speech.NUMBERS, *speech.COLOURS),
        "draw with its the serif title words in number a colour background",
        f"the first reference image an emblem like {speech.UNKNOWN} now once old and new",
    ]
    return sorted({word for sentence in sentences for word in _WORD.findall(sentence)})


def _glue() -> list[Token]:
    fixed = (
        '<tool_call>{"name": "',
        '", "arguments": {"queries": ["',
        '"]}}</tool_call>',
        '", "arguments": {"query": "',
        '", "arguments": {"skill_name": "',
        '"}}</tool_call>',
        '<answer>{"gen_prompt": "',
        '", "reference_images": [{"img_id": "',
        '"}]}</answer>',
        '", "reference_images": []}</answer>',
        "<tool_response>\n[search: ",
        "<tool_response>\n[image_search: ",
        "<tool_response>\n[query_knowledge: ",
        "]\n",
        "]\n1. title: ",
        "\n   snippet: ",
        "]\ntitle: ",
        " (",
        ")\ntitle: ",
        f")\n{END_OF_RESULTS}\n</tool_response>",
        f"\n{END_OF_RESULTS}\n</tool_response>",
        f"\n{END_OF_SKILL}\n</tool_response>",
        f"{ASKED_BEFORE}\n{END_OF_RESULTS}\n</tool_response>",
        f"{ASKED_BEFORE}\n{END_OF_SKILL}\n</tool_response>",
        f"no results\n{END_OF_RESULTS}\n</tool_response>",
        SYSTEM,
        *NOTICES.values(),
        f"\n\n{advice.PREAMBLE}",
        *(f"\n- {name}: " for name in NAMES.values()),
        "\n",
    )
    return [
        *(Token(text=text) for text in fixed),
        Token(text=",", right=True),
        Token(text=advice.JOINT.strip(), right=True),
        Token(text="“", left=True),
        Token(text="”", right=True),
    ]
