"""Attempts to judge, and a judge's server that reads from the pictures what they deserve."""

from collections.abc import Mapping
from io import BytesIO

from PIL import Image
from pydantic import JsonValue

from genevolve.judge import JudgeSettings
from genevolve.judge.rubric import Rubric
from genevolve.judge.vlm import VisionJudge
from genevolve.records import (
    Attempt,
    PolicyInfo,
    Program,
    Reference,
    Render,
    RendererInfo,
    Request,
    Sampling,
    StopReason,
    ToolboxInfo,
    Trajectory,
)
from genevolve.store.images import ImageStore
from genevolve.testing.judge_server import JudgeServer, Seen
from support.pictures import make_png

TARGET = (0, 0, 255)
REQUEST = Request(id="r1", text="A poster with a red bird")


def attempt_at(
    request: Request, *, image: str | None = None, program: Program | None = None, drawn: bool = True
) -> Attempt:
    """An attempt with this program and drawn image."""
    trajectory = Trajectory(
        id=f"t-{request.id}",
        request=request,
        policy=PolicyInfo(name="direct"),
        prompt_digest="p",
        toolbox=ToolboxInfo(tools=(), skills="s"),
        sampling=Sampling(),
        program=program or Program(prompt=request.text),
        stop=StopReason.ANSWERED,
    )
    render = Render(trajectory=trajectory.id, renderer=RendererInfo(name="sketch"), image=image, seconds=0)
    return Attempt(trajectory=trajectory, render=render if drawn else None)


def drawn_attempt(
    images: ImageStore, number: int = 1, *, target: bool = True, extra: Mapping[str, JsonValue] | None = None
) -> Attempt:
    """An attempt whose drawn image is grey and tells its number by how bright; its target is blue."""
    request = Request(
        id=f"r{number}",
        text=f"A poster of number {number}",
        target=images.add(make_png(TARGET)) if target else None,
        extra=dict(extra or {}),
    )
    return attempt_at(request, image=images.add(make_png((number, number, number))))


def with_references(images: ImageStore, *colours: tuple[int, int, int], request: Request = REQUEST) -> Attempt:
    """An attempt whose program has a reference of each colour."""
    references = tuple(
        Reference(ref=f"IMG_{n:03d}", digest=images.add(make_png(colour)), note=f"colour {n}")
        for n, colour in enumerate(colours, start=1)
    )
    prompt = "The first reference image above {the} words."
    return attempt_at(request, program=Program(prompt=prompt, references=references), drawn=False)


def colour_of(data: bytes) -> tuple[int, int, int]:
    """The colour in the middle of a picture."""
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB").getpixel((image.width // 2, image.height // 2))  # pyright: ignore


def number_of(seen: Seen) -> int:
    """The number of the attempt whose drawn image is shown first."""
    return colour_of(seen.pictures[0])[0]


def kscores(number: int) -> dict[str, float | bool | str]:
    """What the image of a number deserves: the digits of 0 to 80 in base three; from 81 on no text is needed."""
    levels = [number // 3**place % 3 / 2 for place in range(4)]
    axes = dict(zip(("faithfulness", "visual_correctness", "text_accuracy", "aesthetics"), levels, strict=True))
    needs_none = number >= 81
    return {
        "rationale": f"The number is {number}.",
        **axes,
        **({"text_accuracy": 0.5} if needs_none else {}),
        "text_accuracy_na": needs_none,
    }


def judge_of(
    server: JudgeServer, asks: Rubric, images: ImageStore, *, key: str = "", **settings: object
) -> VisionJudge:
    """A judge by this rubric that asks this server."""
    chosen = JudgeSettings.model_validate({"model": "judge", "seconds": 30, **settings})
    return VisionJudge(asks, server.url, images=images, settings=chosen, key=key)
