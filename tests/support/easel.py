"""Hand-made pictures with their scenes: everything in them can be right, and then wrong in one thing."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from genevolve.records import (
    Attempt,
    Box,
    PlacedReference,
    PlacedShape,
    PlacedText,
    PolicyInfo,
    Program,
    Render,
    Request,
    Rgb,
    Sampling,
    Scene,
    StopReason,
    ToolboxInfo,
    Trajectory,
)
from genevolve.records.recipe import Recipe

CREAM: Rgb = (252, 244, 222)
RED: Rgb = (214, 40, 40)
BLUE: Rgb = (36, 92, 196)
BLACK: Rgb = (24, 24, 24)
WIDTH, HEIGHT = 400, 300


class Easel:
    """Paints a picture and keeps its scene; what is painted may differ from what the scene claims."""

    def __init__(self, *, ground: Rgb = CREAM) -> None:
        self.image = Image.new("RGB", (WIDTH, HEIGHT), ground)
        self.items: list[PlacedReference | PlacedText | PlacedShape] = []

    def reference(self, flag: Image.Image, box: Box, digest: str) -> None:
        self.image.paste(flag.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BICUBIC), box[:2])
        self.items.append(PlacedReference(box=box, ordinal=1, ref="IMG_001", digest=digest))

    def shape(self, noun: str, box: Box, claimed: Rgb, *, painted: Rgb | None = None) -> None:
        self.image.paste(painted or claimed, box)
        self.items.append(PlacedShape(box=box, noun=noun, drawn_as=noun, colour=claimed, group=0))

    def text(
        self,
        text: str,
        box: Box,
        colour: Rgb,
        *,
        typeface: str = "bold serif",
        role: str = "quoted",
        size_px: int = 30,
        missing: str = "",
        painted: bool = True,
    ) -> None:
        if painted:
            font = ImageFont.load_default(size_px)
            ImageDraw.Draw(self.image).text((box[0], box[1]), text, font=font, fill=colour)
        self.items.append(
            PlacedText(
                box=box,
                text=text,
                typeface=typeface,
                size_px=size_px,
                colour=colour,
                role=role,  # pyright: ignore[reportArgumentType]
                missing=missing,
            )
        )

    def scene(self, *, not_understood: Sequence[str] = ()) -> Scene:
        return Scene(
            width=WIDTH,
            height=HEIGHT,
            background=(CREAM,),
            items=tuple(self.items),
            not_understood=tuple(not_understood),
        )


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def attempt_of(
    recipe: Recipe | None, *, render: Render | None = None, program: Program | None = None, text: str = "words"
) -> Attempt:
    """An attempt at a request with this recipe."""
    trajectory = Trajectory(
        id="t1",
        request=Request(id="r1", text=text, recipe=recipe),
        policy=PolicyInfo(name="scripted"),
        prompt_digest="p",
        toolbox=ToolboxInfo(tools=(), skills="s"),
        sampling=Sampling(),
        program=program,
        stop=StopReason.ANSWERED,
    )
    return Attempt(trajectory=trajectory, render=render)
