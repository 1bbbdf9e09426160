"""How often the scene of a drawing and its pixels agree on what was asked for.

    python benchmarks/agreement.py [--count 300] [--split train] [--json docs/results/agreement.json]

Requests made from recipes are answered by the planner and, for pictures in which much is wrong, by sending the request
as it is; the sketch draws both. Then the same questions are answered twice, and neither side sees the other:

- by the *scene* alone: digests, nouns, colours and boxes as the renderer tells them;
- by the *pixels* alone, with the recipe and the wanted images:
    flag        the image is slid over the picture at many sizes (the least mean difference, by Fourier transform), the
                best spot is refined, and counts if it differs little and no other flag of the atlas fits it better;
    place       the middle of that spot;
    coloured    patches of the wanted colour that hang together and lie on no flag found, those of at least 0.4 of
                the largest;
    background  the commonest colour along the picture's edge;
    margins     anything but that colour within a fiftieth of the edge;
    text        what a recogniser reads, letter by letter but for spaces (only where rapidocr is installed).

Aesthetics has one question of its own here, margins; balance and taste are not asked twice.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import genevolve
from genevolve import open_agent
from genevolve.curate.recipes import make_requests
from genevolve.judge.computed.geometry import is_at
from genevolve.judge.computed.ocr import Reader
from genevolve.judge.computed.recognise import difference
from genevolve.judge.computed.seen import SAME_COLOUR, colour_named, far_from, in_lab, is_same_colour
from genevolve.judge.computed.standing import Standing, find_standing, plain
from genevolve.pipeline.judging import read_attempts
from genevolve.pipeline.settings import AgentSettings
from genevolve.pipeline.stages import draw_all, keep_requests
from genevolve.records import Attempt, Box, PlacedReference, PlacedShape, PlacedText, Rgb
from genevolve.records.recipe import Recipe, WantedObject
from genevolve.store.images import ImageStore, open_picture

AXES = {
    "flag": "visual_correctness",
    "place": "visual_correctness",
    "coloured": "faithfulness",
    "background": "faithfulness",
    "text": "text_accuracy",
    "margins": "aesthetics",
}
COARSE_PX, FINE_PX, PATCH_PX = 128, 640, 384
"""Long sides at which flags are sought, refined, and patches are counted."""
FLAG_DIFFERENCE = 0.06
SAME_FLAG = 0.004
"""Two flags closer than this cannot be told apart by their pixels."""
PATCH_LEAST = 0.0005
"""The smallest patch, in canvases: less is an edge or a letter."""
FLAGS = Path(genevolve.__file__).parent / "search" / "atlas" / "flags"

Picture = NDArray[np.float64]
Answers = dict[tuple[str, str], bool]


class Flags:
    """Every flag of the atlas, to find those that fit a spot best."""

    def __init__(self) -> None:
        paths = sorted(Path(f) for f in FLAGS.glob("*.webp"))
        self._images = [open_picture(path.read_bytes()) for path in paths]
        self._coarse = np.stack([_grid(image) for image in self._images])

    def none_fits_better(self, picture: Image.Image, box: Box, image: Image.Image) -> bool:
        """Whether no flag fits a spot better than an image does, by more than pixels can tell."""
        own = difference(picture, box, image, covered=[])
        likely = np.abs(self._coarse - _grid(picture.crop(box))).mean(axis=(1, 2, 3)).argsort()[:5]
        return all(difference(picture, box, self._images[n], covered=[]) > own - SAME_FLAG for n in likely)


def by_scene(attempt: Attempt) -> Answers:
    """The answers that the scene gives, by question and thing."""
    recipe, render = attempt.trajectory.request.recipe, attempt.render
    assert recipe is not None
    assert render is not None
    assert render.scene is not None
    scene = render.scene
    size = scene.width, scene.height
    standing = find_standing(recipe, scene)
    answers: Answers = {}
    for wanted in recipe.references:
        boxes = [i.box for i in scene.items if isinstance(i, PlacedReference) and i.digest == wanted.digest]
        answers["flag", wanted.entity] = bool(boxes)
        if wanted.position:
            answers["place", wanted.entity] = bool(boxes) and is_at(wanted.position, boxes[:1], size)
    for thing, colour in coloured(recipe):
        answers["coloured", thing.noun] = _claimed(thing, colour, standing) == thing.count
    for text in recipe.texts:
        answers["text", text.text] = text.text in standing.texts
    if recipe.background and (ground := colour_named(recipe.background)):
        answers["background", recipe.background] = is_same_colour(scene.background[0], ground)
    drawn = [item.box for item in scene.items if not (isinstance(item, PlacedText) and item.role == "caption")]
    least = 0.02 * min(size)
    answers["margins", "picture"] = all(
        min(box[0], box[1], size[0] - box[2], size[1] - box[3]) >= least for box in drawn
    )
    return answers


def by_pixels(attempt: Attempt, images: ImageStore, flags: Flags, reader: Reader | None) -> Answers:
    """The answers that the picture alone gives."""
    recipe, render = attempt.trajectory.request.recipe, attempt.render
    assert recipe is not None
    assert render is not None
    assert render.image is not None
    picture = open_picture(images.read(render.image)).convert("RGB")
    answers: Answers = {}
    found: list[Box] = []
    for wanted in recipe.references:
        image = open_picture(images.read(wanted.digest)).convert("RGBA")
        box = find_image(picture, image)
        shown = box is not None and flags.none_fits_better(picture, box, image)
        answers["flag", wanted.entity] = shown
        found += [box] if box is not None else []
        if wanted.position:
            answers["place", wanted.entity] = box is not None and shown and is_at(wanted.position, [box], picture.size)
    for thing, colour in coloured(recipe):
        answers["coloured", thing.noun] = count_patches(picture, colour, without=found) == thing.count
    ground = edge_colour(picture)
    if recipe.background and (wanted_ground := colour_named(recipe.background)):
        answers["background", recipe.background] = is_same_colour(ground, wanted_ground)
    answers["margins", "picture"] = _has_margins(picture, ground)
    if reader and recipe.texts:
        lines = [plain(line.text).replace(" ", "") for line in reader.lines(picture)]
        runs = {"".join(lines[a:b]) for a in range(len(lines)) for b in range(a + 1, min(a + 5, len(lines)) + 1)}
        answers |= {("text", text.text): plain(text.text).replace(" ", "") in runs for text in recipe.texts}
    return answers


def coloured(recipe: Recipe) -> Iterator[tuple[WantedObject, Rgb]]:
    """The objects whose colour is asked for and is no other's of the recipe, nor the background's or a text's."""
    named = [thing.colour for thing in recipe.objects] + [text.colour for text in recipe.texts] + [recipe.background]
    colours = [colour_named(name) for name in named if name]
    for thing in recipe.objects:
        colour = colour_named(thing.colour) if thing.colour else None
        if colour and sum(other is not None and is_same_colour(colour, other) for other in colours) == 1:
            yield thing, colour


def find_image(picture: Image.Image, image: Image.Image) -> Box | None:
    """Where an image lies in a picture, or None where nothing is like it."""
    scale = COARSE_PX / max(picture.size)
    coarse = _array(picture, scale)
    best: tuple[float, Box] | None = None
    width = float(COARSE_PX)
    while width * image.height / image.width >= 6:
        size = (round(width), round(width * image.height / image.width))
        if size[0] <= coarse.shape[1] and size[1] <= coarse.shape[0]:
            score, left, top = _slide(coarse, image.resize(size, Image.Resampling.BOX))
            box = (left, top, left + size[0], top + size[1])
            if best is None or score < best[0]:
                best = score, box
        width /= 1.07
    if best is None:
        return None
    score, box = _refined(picture, image, [side / scale for side in best[1]])
    return box if score <= FLAG_DIFFERENCE else None


def count_patches(picture: Image.Image, colour: Rgb, *, without: Sequence[Box]) -> int:
    """Patches of a colour that hang together, but for those much smaller than the largest and those on flags."""
    scale = PATCH_PX / max(picture.size)
    pixels = _array(picture, scale)
    height, width = pixels.shape[:2]
    mask = (far_from(in_lab(pixels.reshape(-1, 3)), colour) <= SAME_COLOUR).reshape(height, width)
    for box in without:
        left, top, right, bottom = (round(side * scale) for side in box)
        mask[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = False
    areas = sorted(patch_areas(mask), reverse=True)
    if not areas or areas[0] < PATCH_LEAST * mask.size:
        return 0
    return sum(area >= 0.4 * areas[0] for area in areas)


def patch_areas(mask: NDArray[np.bool_]) -> list[int]:
    """The sizes of the patches of a mask: runs of each line joined to those that they touch on the line above."""
    parents: list[int] = []
    areas: list[int] = []

    def root(patch: int) -> int:
        while parents[patch] != patch:
            parents[patch] = parents[parents[patch]]
            patch = parents[patch]
        return patch

    above: list[tuple[int, int, int]] = []
    for line in mask:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]])))
        here: list[tuple[int, int, int]] = []
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            patch = len(parents)
            parents.append(patch)
            areas.append(end - start)
            for other_start, other_end, other in above:
                if other_start < end and start < other_end and (joined := root(other)) != (own := root(patch)):
                    parents[own] = joined
                    areas[joined] += areas[own]
            here.append((start, end, patch))
        above = here
    return [areas[patch] for patch in range(len(parents)) if parents[patch] == patch]


def edge_colour(picture: Image.Image) -> Rgb:
    """The commonest colour along the edge of a picture, to within 8 steps of a channel."""
    pixels = np.asarray(picture)
    edge = np.concatenate([pixels[:3].reshape(-1, 3), pixels[-3:].reshape(-1, 3), pixels[:, :3].reshape(-1, 3)])
    steps, counts = np.unique(edge // 8, axis=0, return_counts=True)
    red, green, blue = edge[(edge // 8 == steps[counts.argmax()]).all(axis=1)].mean(axis=0).round().astype(int).tolist()
    return red, green, blue


def _has_margins(picture: Image.Image, ground: Rgb) -> bool:
    """Nothing but the ground lies within a fiftieth of the edge, save at the foot, where captions are."""
    pixels = np.asarray(picture)
    depth = int(0.02 * min(picture.size))
    strips = [pixels[:depth], pixels[: -6 * depth, :depth], pixels[: -6 * depth, -depth:]]
    return all(float((far_from(in_lab(s.reshape(-1, 3)), ground) > SAME_COLOUR).mean()) < 0.005 for s in strips)


def _claimed(thing: WantedObject, colour: Rgb, standing: Standing) -> int:
    items = [standing.scene.items[number] for number in standing.items(thing.noun)]
    return sum(isinstance(item, PlacedShape) and is_same_colour(item.colour, colour) for item in items)


def _array(picture: Image.Image, scale: float) -> Picture:
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return np.asarray(picture.resize(size, Image.Resampling.BOX)).astype(np.float64)


def _slide(picture: Picture, image: Image.Image) -> tuple[float, int, int]:
    """The least mean squared difference of an image from any spot of a picture, and where; clear parts are left out."""
    whole = np.asarray(image).astype(np.float64)
    seen = (whole[..., 3] >= 250).astype(np.float64)
    shape = picture.shape[0], picture.shape[1]
    high, wide = shape[0] - seen.shape[0] + 1, shape[1] - seen.shape[1] + 1
    mask = np.conj(np.fft.rfft2(seen, shape))
    total = np.zeros((high, wide))
    for channel in range(3):
        values, own = picture[..., channel], whole[..., channel] * seen
        cross = np.fft.irfft2(np.fft.rfft2(values) * np.conj(np.fft.rfft2(own, shape)), shape)[:high, :wide]
        squares = np.fft.irfft2(np.fft.rfft2(values**2) * mask, shape)[:high, :wide]
        total += squares - 2 * cross + (own**2).sum()
    top, left = divmod(int(total.argmin()), wide)
    return float(total[top, left]) / max(seen.sum(), 1), left, top


def _refined(picture: Image.Image, image: Image.Image, box: Sequence[float]) -> tuple[float, Box]:
    """The spot moved and scaled by ever smaller steps while that makes it more alike."""
    middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
    width, aspect = box[2] - box[0], image.height / image.width

    def at(x: float, y: float, wide: float) -> tuple[float, Box]:
        high = wide * aspect
        spot = round(x - wide / 2), round(y - high / 2), round(x + wide / 2), round(y + high / 2)
        return difference(picture, spot, image, covered=[]), spot

    best = at(middle[0], middle[1], width)
    step = max(picture.size) / COARSE_PX
    while step >= 1:
        moves = [(step, 0, 0), (-step, 0, 0), (0, step, 0), (0, -step, 0), (0, 0, 2 * step), (0, 0, -2 * step)]
        tried = [(at(middle[0] + x, middle[1] + y, width + w), x, y, w) for x, y, w in moves if width + w >= 48]
        found, x, y, w = min(tried, key=lambda one: one[0][0])
        if found[0] < best[0]:
            best, middle, width = found, [middle[0] + x, middle[1] + y], width + w
        else:
            step /= 2
    return best


def _grid(image: Image.Image) -> Picture:
    return np.asarray(image.convert("RGB").resize((32, 24), Image.Resampling.BOX)).astype(np.float64)


@dataclass(slots=True)
class Count:
    """How often the two sides said the same."""

    both: int = 0
    neither: int = 0
    scene_only: int = 0
    pixels_only: int = 0

    def add(self, scene: bool, pixels: bool) -> None:
        """Count one pair of answers."""
        if scene == pixels:
            self.both, self.neither = self.both + scene, self.neither + (not scene)
        else:
            self.scene_only, self.pixels_only = self.scene_only + scene, self.pixels_only + pixels

    @property
    def asked(self) -> int:
        """How often it was asked."""
        return self.both + self.neither + self.scene_only + self.pixels_only

    def row(self) -> dict[str, float]:
        """The counts and the share of agreement."""
        agreed = (self.both + self.neither) / self.asked if self.asked else 1.0
        counts = {"asked": self.asked, "both": self.both, "neither": self.neither}
        return counts | {"scene_only": self.scene_only, "pixels_only": self.pixels_only, "agreement": round(agreed, 4)}


async def attempts_at(folder: Path, split: str, count: int, policy: str) -> tuple[list[Attempt], ImageStore]:
    """Attempts at the first requests of a split, drawn."""
    agent = open_agent(folder, AgentSettings(policy=policy))
    run = agent.run
    requests = make_requests(split, count=count, images=run.images)
    with run.lock():
        keep_requests(run, requests)
        await agent.roll_out_all([(request, 0) for request in requests])
        await draw_all(run, agent.renderer, list(run.read_trajectories().values()))
    await agent.close()
    return [attempt for attempt in read_attempts(run) if attempt.render and attempt.render.image], run.images


def compare(attempts: Sequence[Attempt], images: ImageStore, flags: Flags, reader: Reader | None) -> dict[str, Count]:
    """The counts of every question, those of each axis, and the kinds of disagreement."""
    counts: dict[str, Count] = {}
    for attempt in attempts:
        scene, pixels = by_scene(attempt), by_pixels(attempt, images, flags, reader)
        for question in scene.keys() & pixels.keys():
            for name in (question[0], AXES[question[0]]):
                counts.setdefault(name, Count()).add(scene[question], pixels[question])
            if scene[question] != pixels[question]:
                _tell(attempt, question, scene[question])
    return counts


def _tell(attempt: Attempt, question: tuple[str, str], scene_says: bool) -> None:
    print(
        f"  {attempt.trajectory.request.id}  {question[0]:10} {question[1]!r}: the scene says {scene_says}", flush=True
    )


def main() -> None:
    """Print every disagreement and a table; write the table as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="requests, each answered twice")
    parser.add_argument("--split", default="train", choices=("train", "validation", "test"))
    parser.add_argument("--json", type=Path, help="write the numbers to this file too")
    arguments = parser.parse_args()
    can_read = all(find_spec(name) for name in ("rapidocr", "onnxruntime"))
    reader, flags = Reader() if can_read else None, Flags()
    table: dict[str, dict[str, dict[str, float]]] = {}
    for policy in ("planner", "direct"):
        with tempfile.TemporaryDirectory() as folder:
            attempts, images = asyncio.run(attempts_at(Path(folder), arguments.split, arguments.count, policy))
            counts = compare(attempts, images, flags, reader)
        table[policy] = {name: count.row() for name, count in sorted(counts.items())}
    for policy, rows in table.items():
        print(f"\n{policy:20}" + "".join(f"{name:>13}" for name in next(iter(rows.values()))))
        for name, row in rows.items():
            print(f"{name:20}" + "".join(f"{value:>13}" for value in row.values()))
    if arguments.json:
        told = {"split": arguments.split, "count": arguments.count, "reader": reader.version if reader else None}
        arguments.json.write_text(json.dumps(told | {"policies": table}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
