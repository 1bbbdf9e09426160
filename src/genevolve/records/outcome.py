"""What became of a program: drawn, judged, and joined into an attempt."""

from typing import Any, ClassVar, Literal

from pydantic import Field, JsonValue

from .base import Record, StoredRecord, digest_of
from .request import Request
from .scene import Scene
from .trajectory import Failure, Trajectory, Usage


class Size(Record):
    """Width and height in pixels."""

    width: int = Field(ge=64, le=4096)
    height: int = Field(ge=64, le=4096)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class RendererInfo(Record):
    """How a program is drawn; equal for drawings that are to be equal."""

    name: str
    model: str | None = None
    size: Size | None = None
    """None: the size follows the first reference."""
    seed: int = 0
    settings: dict[str, JsonValue] = {}


class Render(StoredRecord):
    """One drawn image, or why there is none."""

    trajectory: str
    """Id of the trajectory whose program was drawn."""
    renderer: RendererInfo
    image: str | None = None
    """Digest of the picture."""
    scene: Scene | None = None
    seconds: float = Field(ge=0)
    failure: Failure | None = None

    @property
    def id(self) -> str:
        """The name of the drawing, known before it is made."""
        return render_id(self.trajectory, self.renderer)


def render_id(trajectory: str, renderer: RendererInfo) -> str:
    """The name of one drawing of one trajectory's program: the key of resuming."""
    return digest_of(trajectory, renderer)


VerdictKind = Literal["image", "program"]


class JudgeInfo(Record):
    """Who scored, and by which rubric."""

    name: str
    """What it asks: "kscore", "program", "wise-legacy", "computed" …"""
    model: str | None = None
    rubric: str | None = None
    """Digest of all that it is told, the rubric text first; of one that computes, its version."""
    settings: dict[str, JsonValue] = {}
    """What else decides its scores, such as the temperature."""


class Verdict(StoredRecord):
    """Axis scores of an image or of a program, and the judge's words."""

    current_version: ClassVar[int] = 2

    of: str
    """Id of a render (`kind` "image") or of a trajectory (`kind` "program")."""
    kind: VerdictKind
    judge: JudgeInfo
    scores: dict[str, float] = {}
    """By axis, each in [0, 1]; empty where the judgement failed."""
    text_required: bool | None = None
    """False: the image needs no readable text."""
    rationale: str = ""
    raw: str = ""
    """The judge's words, untouched; of several replies the last."""
    repairs: tuple[str, ...] = ()
    """What had to be asked again, and why."""
    usage: Usage | None = None
    """Tokens of all calls of this judgement."""
    seconds: float = Field(default=0.0, ge=0)
    failure: Failure | None = None

    @classmethod
    def upgrade(cls, fields: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 - there is one before
        """Version 2 added fields only."""
        return fields

    @property
    def id(self) -> str:
        """The name of the judgement, known before it is made."""
        return verdict_id(self.of, self.kind, self.judge)


def verdict_id(of: str, kind: VerdictKind, judge: JudgeInfo) -> str:
    """The name of one judge's verdict on one render or trajectory: the key of resuming."""
    return digest_of(of, kind, judge)


class Attempt(Record):
    """A trajectory with what came of it."""

    trajectory: Trajectory
    render: Render | None = None
    image_verdict: Verdict | None = None
    program_verdict: Verdict | None = None


class Group(Record):
    """Several attempts at one request."""

    request: Request
    attempts: tuple[Attempt, ...]
