"""The note at the foot of a sketch: what was not understood or could not be set, in a line or two."""

from .reading import Reading, TypeStyle
from .typeset import LEADING, measure

SMALLEST_CANVAS_PX = 128
"""Below this a caption could not be read; the scene still says what it would."""
_STYLE = TypeStyle(family="sans")


def caption_of(reading: Reading, missing: str, size: tuple[int, int]) -> list[str]:
    """The lines of the caption; none where there is nothing to say or no room to say it."""
    if min(size) < SMALLEST_CANVAS_PX:
        return []
    width = size[0] * 0.86 / type_size(size)
    notes = list(reading.notes)
    if missing:
        shown = " ".join(dict.fromkeys(missing))
        notes.append(f"no bundled font for {_codes(missing) if len(missing) <= 6 else shown[:60]}")
    lines: list[str] = []
    if notes:
        first = "; ".join(notes)
        lines.append(_cut(first[:1].upper() + first[1:] + ".", width))
    if reading.not_understood:
        lines.append(_listed("Not drawn: ", reading.not_understood, width))
    return lines


def caption_room(lines: list[str], size: tuple[int, int]) -> float:
    """The height that a caption takes at the foot of the canvas."""
    return type_size(size) * (len(lines) * LEADING + 1.9) if lines else 0.0


def type_size(size: tuple[int, int]) -> int:
    """The size of the caption's type, in pixels."""
    return max(9, round(min(size) * 0.019))


def _listed(lead: str, words: list[str], width: float) -> str:
    """As many words as fit on one line, and how many more there are."""
    line = lead + words[0]
    for number, word in enumerate(words[1:], start=1):
        longer = f"{line}, {word}"
        rest = len(words) - number - 1
        if measure(longer + (f" and {rest} more" if rest else ""), _STYLE) > width:
            return _cut(f"{line} and {len(words) - number} more", width)
        line = longer
    return _cut(line, width)


def _cut(line: str, width: float) -> str:
    while measure(line, _STYLE) > width and len(line) > 2:
        line = line[: max(len(line) * 9 // 10 - 1, 1)].rstrip(" ,") + "…"
    return line


def _codes(characters: str) -> str:
    return ", ".join(f"U+{ord(character):04X}" for character in dict.fromkeys(characters))
