"""Text set in lines: broken at words, as large as its room allows, true to the pixel.

Sizes are tried on a coarse scale and measured with the fonts themselves; a word
wider than its room is broken rather than let run off the canvas.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from ...language.colours import Rgb
from .fonts import Run, font, presentable, runs_of
from .reading import TypeStyle

LEADING = 1.18
"""Distance of lines, in sizes."""
_HOLE = 0.62
_SPACE = 0.3
"""Width of the box that stands for a character no font has, in sizes."""
_MEASURED_AT = 100
MAX_LINES = 40
MAX_CHARS = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Text with its size and line breaks decided."""

    lines: tuple[str, ...]
    style: TypeStyle
    size_px: int
    width: int
    height: int
    cut: bool = False
    """Not all of the text has room."""


_TALL_FAMILIES = {"script": 1.42, "handwritten": 1.34, "blackletter": 1.3}
"""Height of a line of type whose loops and tails reach further than others', in sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """Set text as a picture: `mask` covers exactly the inked pixels."""

    mask: Image.Image
    left: int
    top: int
    """Where the mask lies, seen from the left-top of the setting's room."""


def fit(text: str, style: TypeStyle, *, width: int, height: int, largest: int, smallest: int = 9) -> Setting:
    """The text as large as fits, from `largest` down to `smallest`, in as few lines as that size needs."""
    paragraphs = [" ".join(line.split()) for line in presentable(text)[:MAX_CHARS].splitlines()] or [""]
    words = [word for paragraph in paragraphs for word in paragraph.split(" ")]
    longest = max((measure(word, style) for word in words), default=0.0)
    high = min(largest, max(int(height / LEADING * 1.1), smallest))
    # A long word makes the type smaller before it is cut in two, but not without end.
    cut_from = max(smallest, 0.4 * high)

    def fits(size: int) -> list[str] | None:
        if longest * size > width and size > cut_from:
            return None
        lines = _lines(paragraphs, style, width / size)
        return lines if _height(len(lines), size, style) <= height and len(lines) <= MAX_LINES else None

    size, lines = _largest(fits, low=min(smallest, high), high=high)
    if lines is None:
        lines = _lines(paragraphs, style, width / size)
    room = max(int((height - size) / (size * LEADING)) + 1, 1)
    shown = lines[: min(room, MAX_LINES)]
    cut = len(shown) < len(lines) or len(text) > MAX_CHARS
    if cut and shown:
        shown = [*shown[:-1], shown[-1][: max(len(shown[-1]) - 1, 0)].rstrip() + "…"]
    widest = max((measure(line, style) for line in shown), default=0.0)
    return Setting(
        lines=tuple(shown),
        style=style,
        size_px=size,
        width=int(widest * size + 0.999),
        height=_height(len(shown), size, style),
        cut=cut,
    )


def _largest(fits: Callable[[int], list[str] | None], *, low: int, high: int) -> tuple[int, list[str] | None]:
    """The largest size that fits and its lines, by halving; the smallest and none where not even that fits."""
    best, found = low, fits(high)
    if found is not None:
        return high, found
    while low < high:
        middle = (low + high) // 2
        lines = fits(middle)
        if lines is None:
            high = middle
        else:
            best, found, low = middle, lines, middle + 1
    return best, found


def _lines(paragraphs: list[str], style: TypeStyle, width: float) -> list[str]:
    return [line for paragraph in paragraphs for line in _broken(paragraph, style, width)]


@lru_cache(maxsize=8192)
def measure(line: str, style: TypeStyle) -> float:
    """Width of a line at size 1, with what its first and last letters reach beyond their own width."""
    runs = runs_of(line, style)
    beyond = sum(_beyond(run.text, run.face.file) for run in (*runs[:1], *runs[-1:]) if run.face) if runs else 0.0
    return sum(_advance(run.text, run.face.file if run.face else None) for run in runs) + beyond


@lru_cache(maxsize=4096)
def _beyond(text: str, file: str) -> float:
    """Half of what the ink of a run reaches out on both sides; a line's first and last run stand for it."""
    left, _, right, _ = font(file, _MEASURED_AT).getbbox(text, anchor="ls")
    reach = max(-left, 0.0, right - _advance(text, file) * _MEASURED_AT)
    return reach / _MEASURED_AT


@lru_cache(maxsize=4096)
def _advance(text: str, file: str | None) -> float:
    if file is None:
        return sum(map(_hole, text))
    return font(file, _MEASURED_AT).getlength(text) / _MEASURED_AT


def _height(lines: int, size: int, style: TypeStyle) -> int:
    tall = _TALL_FAMILIES.get(style.family, 1.22)
    return int(size * tall + (lines - 1) * size * LEADING + 0.999) if lines else 0


def _broken(paragraph: str, style: TypeStyle, width: float) -> list[str]:
    """The paragraph in lines no wider than `width` sizes."""
    if measure(paragraph, style) <= width:
        return [paragraph]
    lines: list[str] = []
    line = ""
    space = measure(" ", style)
    used = 0.0
    for word in paragraph.split(" "):
        extent = measure(word, style)
        if line and used + space + extent <= width:
            line, used = f"{line} {word}", used + space + extent
            continue
        if line:
            lines.append(line)
        pieces = [word] if extent <= width else _hacked(word, style, width)
        lines += pieces[:-1]
        line = pieces[-1]
        used = measure(line, style)
        if len(lines) > 4 * MAX_LINES:
            break
    return _balanced([*lines, line], paragraph, style, width)


def _balanced(lines: list[str], paragraph: str, style: TypeStyle, width: float) -> list[str]:
    """Two or three lines made about equally long, so that no word is left alone."""
    words = paragraph.split(" ")
    if not 2 <= len(lines) <= 3 or len(words) < len(lines):
        return lines
    extents = [measure(word, style) for word in words]
    if max(extents) > width:
        return lines
    space = measure(" ", style)
    goal = (sum(extents) + space * (len(words) - len(lines))) / len(lines) * 1.06
    built: list[list[str]] = [[]]
    used = 0.0
    for word, extent in zip(words, extents, strict=True):
        over = used + space + extent > (goal if len(built) < len(lines) else width)
        if built[-1] and over and (used + space + extent / 2 > goal or used + space + extent > width):
            built.append([])
            used = 0.0
        used += extent + (space if built[-1] else 0.0)
        built[-1].append(word)
    made = [" ".join(line) for line in built]
    return made if len(made) == len(lines) and all(measure(line, style) <= width for line in made) else lines


def _hacked(word: str, style: TypeStyle, width: float) -> list[str]:
    """A word cut into pieces that fit; base characters keep their marks."""
    pieces: list[str] = [""]
    used = 0.0
    for character in word[:MAX_CHARS]:
        extent = measure(character, style)
        if pieces[-1] and used + extent > width and not unicodedata.combining(character):
            pieces.append("")
            used = 0.0
        pieces[-1] += character
        used += extent
    return pieces


def ink(setting: Setting, *, room: tuple[int, int], align: str) -> Ink:
    """The setting drawn in a room of that width and height, lines aligned "left", "centre" or "right"."""
    pad = setting.size_px
    canvas = Image.new("L", (room[0] + 2 * pad, room[1] + 2 * pad), 0)
    pen = ImageDraw.Draw(canvas)
    first = pad + (room[1] - setting.height) / 2
    for number, line in enumerate(setting.lines):
        extent = measure(line, setting.style) * setting.size_px
        free = room[0] - extent
        start = pad + (0 if align == "left" else free if align == "right" else free / 2)
        baseline = first + setting.size_px * (0.96 + number * LEADING)
        _draw_line(pen, line, setting, left=start, baseline=baseline)
    box = canvas.getbbox()
    if box is None:
        return Ink(mask=Image.new("L", (1, 1), 0), left=0, top=0)
    # Swashes are moved into the room, for nothing may lie off the canvas; what is larger than the room is cut.
    width, height = min(box[2] - box[0], room[0]), min(box[3] - box[1], room[1])
    left = min(max(box[0] - pad, 0), room[0] - width)
    top = min(max(box[1] - pad, 0), room[1] - height)
    return Ink(mask=canvas.crop((box[0], box[1], box[0] + width, box[1] + height)), left=left, top=top)


def _draw_line(pen: ImageDraw.ImageDraw, line: str, setting: Setting, *, left: float, baseline: float) -> None:
    runs = runs_of(line, setting.style)
    if _is_right_to_left(line):
        runs = runs[::-1]
    for run in runs:
        extent = _advance(run.text, run.face.file if run.face else None) * setting.size_px
        if run.face is None:
            _draw_holes(pen, run, size=setting.size_px, left=left, baseline=baseline)
        else:
            pen.text(
                (round(left), round(baseline)),
                run.text,
                fill=255,
                font=font(run.face.file, setting.size_px),
                anchor="ls",
            )
        left += extent


def _draw_holes(pen: ImageDraw.ImageDraw, run: Run, *, size: int, left: float, baseline: float) -> None:
    """An outlined box for each character that no font has: something belongs here, and the caption says what."""
    thickness = max(1, size // 22)
    for character in run.text:
        if unicodedata.combining(character):
            continue
        if not character.isspace():
            box = (left + 0.07 * size, baseline - 0.7 * size, left + (_HOLE - 0.07) * size, baseline)
            pen.rectangle(box, outline=150, width=thickness)
        left += _hole(character) * size


def _hole(character: str) -> float:
    """Width of what stands for a character without a font; a space stays as wide as in a line of words."""
    if unicodedata.combining(character):
        return 0.0
    return _SPACE if character.isspace() else _HOLE


def _is_right_to_left(line: str) -> bool:
    strong = (unicodedata.bidirectional(character) for character in line)
    return next((kind in {"R", "AL"} for kind in strong if kind in {"L", "R", "AL"}), False)


def paste(canvas: Image.Image, drawn: Ink, *, origin: tuple[int, int], colour: Rgb) -> tuple[int, int, int, int]:
    """Put inked text on the canvas; the box of its inked pixels."""
    left, top = origin[0] + drawn.left, origin[1] + drawn.top
    canvas.paste(colour, (left, top, left + drawn.mask.width, top + drawn.mask.height), drawn.mask)
    return left, top, left + drawn.mask.width, top + drawn.mask.height
