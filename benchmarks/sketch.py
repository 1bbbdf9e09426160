"""How long a sketch takes: processor time at 768x768, references decoded, nothing encoded.

    python benchmarks/sketch.py [--json FILE]

Each prompt is drawn once to load its fonts and then timed; sprites and settings
that a second drawing could reuse are forgotten before each run.
"""

import argparse
import json
import statistics
import time
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from genevolve.records import Program, Reference, Size
from genevolve.render.sketch import SketchRenderer, extents, sprites

RUNS = 15
SIZE = Size(width=768, height=768)


def photo(kind: str, size: tuple[int, int]) -> bytes:
    """A picture with enough detail that decoding it is real work."""
    noise = np.random.default_rng(0).integers(0, 255, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
    out = BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(out, kind)
    return out.getvalue()


FLAG = photo("PNG", (640, 427))
PHOTO = photo("JPEG", (2000, 1500))
CASES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "one thing": ("a red heart", ()),
    "poster, one PNG reference": (
        'Place the first reference image in the centre, three red stars in a row above it, title "FASO" in bold serif.',
        (FLAG,),
    ),
    "two references, one a 3 MP JPEG": (
        "The first reference image on the left, the second on the right.",
        (FLAG, PHOTO),
    ),
    "four coloured cards": ("a brown tv, a black teddy bear, a purple umbrella, and a yellow chair", ()),
    "a hundred stars": ("one hundred red stars in a grid on a navy background", ()),
    "two paragraphs of type": ('"' + "Pack my box with five dozen liquor jugs. " * 8 + '" in serif', ()),
    "prose of 100 words": ("A fox, two wolves and a red lamp stand near an old mill while nine birds fly. " * 6, ()),
}


def processor_ms(prompt: str, pictures: tuple[bytes, ...]) -> float:
    """Processor time of one sketch, in milliseconds."""
    program = Program(
        prompt=prompt,
        references=tuple(Reference(ref=f"IMG_{n:03}", digest="0" * 32) for n in range(1, len(pictures) + 1)),
    )
    sprites.figure_sprite.cache_clear()
    sprites.card_sprite.cache_clear()
    extents.forget_settings()
    start = time.process_time()
    SketchRenderer(size=SIZE).sketch(program, pictures)
    return (time.process_time() - start) * 1000


def main() -> None:
    """Print a table; write it as JSON too where a file is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the numbers to this file too")
    arguments = parser.parse_args()
    table: dict[str, dict[str, float]] = {}
    print(f"{'processor time at ' + str(SIZE):36} {'median':>9} {'slowest':>9}")
    for name, (prompt, pictures) in CASES.items():
        processor_ms(prompt, pictures)
        times = [processor_ms(prompt, pictures) for _ in range(RUNS)]
        table[name] = {"median_ms": statistics.median(times), "slowest_ms": max(times)}
        print(f"{name:36} {table[name]['median_ms']:6.1f} ms {table[name]['slowest_ms']:6.1f} ms")
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
