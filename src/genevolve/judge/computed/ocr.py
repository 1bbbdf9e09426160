"""Text accuracy from the pixels alone: a small recogniser reads the picture, and the scene's texts are not believed.

    check      weight   of each wanted text
    readable   3        leading; some run of lines that was read is at least 0.8 alike
    exact      3        that run is the text, letter by letter; spaces and line breaks are not compared
    place      1
    no other   1        nothing of three letters or more was read that was not asked for, save on labels, captions
                        and references

Typeface and colour are not judged. The recogniser is rapidocr with the models that
it brings, on one thread; its own mistakes count against the picture.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from ...errors import MissingExtraError
from ...records import Box, PlacedReference, PlacedText
from ...records.recipe import Recipe, WantedText
from .checks import Check
from .geometry import area, around, common, is_at
from .seen import Seen
from .standing import plain
from .words import AXIS

READABLE_ALIKE = 0.8
SIDE_PX = 640
"""The long side at which letters are looked for."""
_MOST_LINES = 6
_check = partial(Check, axis=AXIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of text that was read."""

    text: str
    box: Box


class Reader:
    """Reads the lines of a picture; one picture at a time."""

    def __init__(self) -> None:
        """Nothing is loaded before the first picture.

        Raises:
            MissingExtraError: rapidocr or onnxruntime is not installed.
        """
        if missing := [name for name in ("rapidocr", "onnxruntime") if find_spec(name) is None]:
            raise MissingExtraError(*missing, extra="ocr")
        self._engine: Any = None
        self._turn = threading.Lock()

    @property
    def version(self) -> str:
        """What reads, and which version of it."""
        return f"rapidocr {metadata.version('rapidocr')}"

    def lines(self, image: Image.Image) -> list[Line]:
        """What can be read in a picture in RGB, in the order of reading."""
        blue_first = np.ascontiguousarray(np.asarray(image)[..., ::-1])
        with self._turn:
            self._engine = self._engine or _opened()
            read = self._engine(blue_first)
        if read.txts is None:
            return []
        return [Line(text=text, box=_box(corners)) for text, corners in zip(read.txts, read.boxes, strict=True)]


def check_read_words(recipe: Recipe, seen: Seen, lines: Sequence[Line]) -> list[Check]:
    """Every check of the axis against what was read."""
    left = [line for line in lines if not _is_of_renderer(line, seen)]
    checks: list[Check] = []
    for wanted in recipe.texts:
        run = _nearest(wanted.text, left)
        checks += _text(wanted, run, seen)
        if run and _alike(wanted.text, run) >= READABLE_ALIKE:
            left = [line for line in left if line not in run]
    others = ", ".join(line.text for line in left if len(_letters(line.text)) >= 3)
    checks.append(_check(of="texts", name="no other", wanted="no other", found=others or "no other", passed=not others))
    return checks


def _text(wanted: WantedText, run: Sequence[Line], seen: Seen) -> Iterator[Check]:
    text, said = wanted.text, " ".join(line.text for line in run)
    alike = _alike(text, run)
    readable = alike >= READABLE_ALIKE
    yield _check(
        of=text, name="readable", wanted=text, found=said or "nothing", passed=readable, weight=3, leading=True
    )
    yield _check(of=text, name="exact", wanted=text, found=said or "nothing", passed=alike == 1.0, weight=3)
    if wanted.position is not None:
        passed = readable and is_at(wanted.position, [line.box for line in run], seen.size)
        yield _check(
            of=text, name="place", wanted=wanted.position.value, found="so" if passed else "not so", passed=passed
        )


def _nearest(text: str, lines: Sequence[Line]) -> Sequence[Line]:
    """The run of consecutive lines that is most like a text; the shortest of equals."""
    runs = (
        lines[first : first + count] for count in range(1, _MOST_LINES + 1) for first in range(len(lines) - count + 1)
    )
    return max(runs, key=lambda run: _alike(text, run), default=())


def _alike(text: str, run: Sequence[Line]) -> float:
    """How alike a text and some lines are, from 0 to 1; 1 only where they are equal."""
    return SequenceMatcher(None, _letters(text), "".join(_letters(line.text) for line in run), autojunk=False).ratio()


def _letters(text: str) -> str:
    return plain(text).replace(" ", "")


def _is_of_renderer(line: Line, seen: Seen) -> bool:
    """Whether a line was read on a label, a caption or a reference, of which the request says nothing."""
    boxes = (
        item.box
        for item in seen.scene.items
        if isinstance(item, PlacedReference) or (isinstance(item, PlacedText) and item.role != "quoted")
    )
    return any(common(line.box, box) >= 0.5 * min(area(line.box), area(box)) for box in boxes)


def _opened() -> Any:
    settings = {
        "Global.log_level": "error",
        "Global.use_cls": False,
        "Det.limit_side_len": SIDE_PX,
        "Det.limit_type": "max",
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    return import_module("rapidocr").RapidOCR(params=settings)


def _box(corners: Any) -> Box:
    points = [(round(float(x)), round(float(y))) for x, y in corners]
    return around([(x, y, x, y) for x, y in points])
