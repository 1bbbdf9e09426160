"""The bundled fonts: which file has which characters, and how a text is shared out among them.

A text is set in the typeface that was asked for; characters that it lacks come
from the fonts listed after it, and those that no font has are reported, never
set as empty boxes by chance.
"""

import json
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import chain

from PIL import ImageFont, features

from .reading import TypeStyle

FAMILIES = (
    "sans", "serif", "slab", "monospace", "script", "handwritten", "condensed", "display", "blackletter", "rounded",
)  # fmt: skip
"""Kinds of type that a prompt can ask for."""
_SCRIPTS = ("arabic", "hebrew", "devanagari", "tamil", "thai", "georgian", "armenian", "kana", "han")
_NEEDS_SHAPING = frozenset({"arabic", "hebrew", "devanagari", "tamil"})
_FOLDER = files("genevolve.render.sketch") / "fonts"
_JOINERS = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One font file."""

    typeface: str
    file: str
    bold: bool
    italic: bool
    starts: tuple[int, ...]
    """Ranges of covered code points: the first of each, ascending, and the last of each."""
    ends: tuple[int, ...]

    def covers(self, character: str) -> bool:
        """Whether the font has the character."""
        index = bisect_right(self.starts, ord(character)) - 1
        return index >= 0 and ord(character) <= self.ends[index]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Consecutive characters in one face; none where no font has them."""

    text: str
    face: Face | None


@cache
def faces() -> tuple[Face, ...]:
    """Every bundled face."""
    listed = json.loads((_FOLDER / "faces.json").read_text(encoding="utf-8"))
    return tuple(_face(entry) for entry in listed)


def _face(entry: dict[str, object]) -> Face:
    ranges = [part.partition("-") for part in str(entry["covers"]).split()]
    return Face(
        typeface=str(entry["typeface"]),
        file=str(entry["file"]),
        bold=bool(entry["bold"]),
        italic=bool(entry["italic"]),
        starts=tuple(int(first, 16) for first, _, _ in ranges),
        ends=tuple(int(last or first, 16) for first, _, last in ranges),
    )


@cache
def faces_for(style: TypeStyle) -> tuple[Face, ...]:
    """The faces to look a character up in, the asked one first."""
    wanted = [_closest(style.family, style)]
    base = "serif" if style.family in {"serif", "slab", "blackletter", "script"} else "sans"
    if style.family in {"display", "rounded", "condensed"}:
        style = replace(style, bold=True)
    wanted += [_closest(base, style), _closest("serif" if base == "sans" else "sans", style)]
    shaped = features.check("raqm") and features.check("fribidi")
    wanted += [_closest(name, style) for name in _SCRIPTS if shaped or name not in _NEEDS_SHAPING]
    return tuple(dict.fromkeys(wanted))


def _closest(typeface: str, style: TypeStyle) -> Face:
    cuts = [face for face in faces() if face.typeface == typeface]
    return min(cuts, key=lambda face: (face.italic != style.italic, face.bold != style.bold))


@lru_cache(maxsize=256)
def font(file: str, size_px: int) -> ImageFont.FreeTypeFont:
    """A face at a size."""
    return ImageFont.truetype(BytesIO(_data(file)), size_px)


@cache
def _data(file: str) -> bytes:
    return (_FOLDER / file).read_bytes()


def presentable(text: str) -> str:
    """The text composed (NFC) and without characters that are not for the eye, such as direction marks."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        c for c in composed if c in _JOINERS or c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"}
    )


def runs_of(line: str, style: TypeStyle) -> list[Run]:
    """The line in runs of one face each."""
    listed = faces_for(style)
    shared: list[tuple[Face | None, list[str]]] = []
    for character in line:
        last = shared[-1][0] if shared else None
        # Spaces and marks stay with what they follow, so that words are shaped whole.
        follows = (
            character.isspace() or unicodedata.combining(character) or character in _JOINERS or character == "\ufe0f"
        )
        if shared and (
            follows and (last is None or last.covers(character) or character in _JOINERS or character == "\ufe0f")
        ):
            shared[-1][1].append(character)
            continue
        face = next((face for face in listed if face.covers(character)), None)
        if shared and face is last:
            shared[-1][1].append(character)
        else:
            shared.append((face, [character]))
    return [Run(text="".join(characters), face=face) for face, characters in shared]


def missing_from(text: str, style: TypeStyle) -> str:
    """The characters, each once and in order, that no bundled font has."""
    lost = chain.from_iterable(run.text for run in runs_of(text.replace("\n", " "), style) if run.face is None)
    return "".join(dict.fromkeys(c for c in lost if not c.isspace() and c not in _JOINERS and c != "\ufe0f"))
