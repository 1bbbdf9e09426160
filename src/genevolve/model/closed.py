"""A closed vocabulary: every text of a small world as ids and back to the letter, behind the face of a tokenizer.

A token is a word, the beginning or the end of a made-up name, or *glue*:
punctuation and the fixed parts of JSON, tags and observations, each one token.
Spaces between words are not spelled: two tokens stand apart where the first
allows it on its right and the second on its left. A text that holds anything
else still encodes, with `UNKNOWN` in its place, because a policy that explores
can have an observation echo anything; what the world itself says never needs it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from ..errors import UsageError
from ..records import Record, digest_of

SPECIAL = ("<|pad|>", "<|unknown|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>")
"""Padding; what is not in the vocabulary; who speaks; where a message ends."""
PAD, UNKNOWN, _SYSTEM, _USER, ASSISTANT, END = range(len(SPECIAL))
FILE_NAME = "vocabulary.json"
_SPEAKERS = {"system": _SYSTEM, "user": _USER, "assistant": ASSISTANT, "tool": _USER}
_WORD = re.compile(r"[A-Za-z]+(?:_[A-Za-z0-9]+)*")
_MARKED = re.compile("(" + "|".join(map(re.escape, SPECIAL)) + ")")
_MISSING = "�"


class Token(Record):
    """One entry."""

    text: str
    kind: Literal["special", "word", "begin", "end", "glue"] = "glue"
    """A word stands apart on both sides; the beginning and the end of a name make one word together."""
    left: bool = False
    """Of glue: a space stands before it, after a token that has one behind it."""
    right: bool = False

    @property
    def apart(self) -> tuple[bool, bool]:
        """Whether it stands apart on its left, and on its right."""
        return self.left or self.kind in {"word", "begin"}, self.right or self.kind in {"word", "end"}


_ENTRIES = TypeAdapter(list[Token])


class Vocabulary:
    """Texts to ids and back."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        """A vocabulary of these tokens; ids follow their order, after `SPECIAL`."""
        self.tokens: tuple[Token, ...] = (*(Token(text=text, kind="special") for text in SPECIAL), *tokens)
        self._apart = [token.apart for token in self.tokens]
        self._by_kind: dict[str, dict[str, int]] = {"special": {}, "word": {}, "begin": {}, "end": {}, "glue": {}}
        for id, token in enumerate(self.tokens):
            self._by_kind[token.kind][token.text] = id
        self._glue = sorted(self._by_kind["glue"].values(), key=lambda id: -len(self.tokens[id].text))

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

    def decode(self, ids: Sequence[int], *, specials: bool = False) -> str:
        """The text of ids; a special token is nothing unless it is asked for, save `UNKNOWN`, which is shown."""
        pieces: list[str] = []
        is_apart = False
        for id in ids:
            if id < len(SPECIAL):
                pieces.append(SPECIAL[id] if specials else _MISSING if id == UNKNOWN else "")
                is_apart = False
                continue
            left, right = self._apart[id]
            if is_apart and left:
                pieces.append(" ")
            pieces.append(self.tokens[id].text)
            is_apart = right
        return "".join(pieces)

    def _next(self, text: str, at: int, before: int | None) -> tuple[list[int], int]:
        """The ids of what stands at a place of a text, and the place behind it."""
        apart = before is not None and self._apart[before][1]
        start = at + 1 if apart and text[at] == " " else at
        # Where the last token has a space on its right, a token that has one on its left comes only after a space.
        joined = apart and start == at
        for id in self._glue:
            left = self._apart[id][0]
            begin = start if left and apart else at
            if not (joined and left) and text.startswith(self.tokens[id].text, begin):
                return [id], begin + len(self.tokens[id].text)
        word = _WORD.match(text, start)
        if word and not joined:
            return self._spelled(word[0]), word.end()
        return [UNKNOWN], (word.end() if word else start + 1 if start < len(text) else len(text))

    def _spelled(self, word: str) -> list[int]:
        if word in self._by_kind["word"]:
            return [self._by_kind["word"][word]]
        for cut in range(1, len(word)):
            first, second = self._by_kind["begin"].get(word[:cut]), self._by_kind["end"].get(word[cut:])
            if first is not None and second is not None:
                return [first, second]
        return [UNKNOWN]


class ClosedTokenizer:
    """A vocabulary with what is asked of a tokenizer of transformers; its chat template is one token a speaker."""

    eos_token = SPECIAL[END]
    eos_token_id = END
    chat_template = "speaker, text, end"

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._ids = {token.text: id for id, token in enumerate(vocabulary.tokens)}

    def __len__(self) -> int:
        return len(self.vocabulary)

    def encode(self, text: str, **_: object) -> list[int]:
        """The ids of a text, in which special tokens may be spelled out."""
        return [id for piece in _MARKED.split(text) for id in self._piece(piece)]

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool = False, **_: object) -> str:
        """The text of ids."""
        return self.vocabulary.decode(ids, specials=not skip_special_tokens)

    def convert_ids_to_tokens(self, number: int) -> str:
        """The text of one id."""
        return self.vocabulary.tokens[number].text

    def convert_tokens_to_ids(self, token: str) -> int | None:
        """The id of one token; None where there is none."""
        return self._ids.get(token)

    def apply_chat_template(
        self,
        conversation: Sequence[Mapping[str, object]],
        *,
        tools: object = None,
        add_generation_prompt: bool = False,
        **_: object,
    ) -> str:
        """The messages in words: who speaks, the text, the end.

        Raises:
            UsageError: there are tools to be listed, or a message shows a picture.
        """
        return "".join([*self._written(conversation, tools), SPECIAL[ASSISTANT] if add_generation_prompt else ""])

    def save(self, folder: Path) -> None:
        """Write the vocabulary beside a model's weights."""
        entries = [token.model_dump(exclude_defaults=True) for token in self.vocabulary.tokens[len(SPECIAL) :]]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(json.dumps(entries, ensure_ascii=False, indent=0), encoding="utf-8")

    def _written(self, conversation: Sequence[Mapping[str, object]], tools: object) -> Iterator[str]:
        for message in conversation:
            content = message["content"]
            if tools or not isinstance(content, str):
                raise UsageError("a model of a closed vocabulary reads words only, in the tagged dialect; give text")
            yield f"{SPECIAL[_SPEAKERS[str(message['role'])]]}{content}{self.eos_token}"

    def _piece(self, text: str) -> Sequence[int]:
        special = self._ids.get(text) if text in SPECIAL else None
        return [special] if special is not None else _encoded(self.vocabulary, text)


def read_tokenizer(folder: Path) -> ClosedTokenizer:
    """The tokenizer beside a model's weights.

    Raises:
        UsageError: its file cannot be read.
    """
    path = folder / FILE_NAME
    try:
        return ClosedTokenizer(Vocabulary(_ENTRIES.validate_json(path.read_bytes())))
    except (OSError, ValidationError) as error:
        problem = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise UsageError(
            f"{str(path)!r} is no vocabulary: {problem}. Copy it again from beside the weights that were trained."
        ) from error


@lru_cache(maxsize=65_536)
def _encoded(vocabulary: Vocabulary, text: str) -> tuple[int, ...]:
    return tuple(vocabulary.encode(text))
