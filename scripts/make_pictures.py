"""Draw the pictures that README and guides show, offline, so that they stay true: python scripts/make_pictures.py"""

import asyncio
import tempfile
from pathlib import Path

from PIL import Image

from genevolve import AgentSettings, Sampling, open_agent
from genevolve.store import ImageStore, read_request_file

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "pictures" / "demo.png"
SHOWN = ("faso", "neighbour", "currency", "shapes")
HEIGHT = 320
GAP = 12


async def draw_demo(folder: Path) -> list[Image.Image]:
    """The demo's pictures, in the order of `SHOWN`."""
    requests, _ = read_request_file(ROOT / "src/genevolve/cli/demo.jsonl", ImageStore(folder / "images"))
    texts = {request.id: request.text for request in requests}
    agent = open_agent(folder / "run", AgentSettings(sampling=Sampling(seed=0)))
    pictures: list[Image.Image] = []
    for name in SHOWN:
        attempt = await agent.attempt(texts[name])
        with Image.open(agent.picture(attempt)) as picture:
            pictures.append(picture.convert("RGB"))
    return pictures


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """One row, all of one height, on white."""
    scaled = [p.resize((round(p.width * HEIGHT / p.height), HEIGHT), Image.Resampling.LANCZOS) for p in pictures]
    row = Image.new("RGB", (sum(p.width for p in scaled) + GAP * (len(scaled) + 1), HEIGHT + 2 * GAP), "white")
    left = GAP
    for picture in scaled:
        row.paste(picture, (left, GAP))
        left += picture.width + GAP
    return row


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        side_by_side(asyncio.run(draw_demo(Path(folder)))).quantize(128).save(PAGE, optimize=True)
    print(PAGE.relative_to(ROOT), PAGE.stat().st_size, "bytes")
