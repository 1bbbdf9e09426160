"""The small world as an ordinary agent and ordinary judges: what a run, a rollout or a loop of training takes.

Its renderer and its judges leave nothing to chance, so what an equal program for
an equal request was drawn and judged as is remembered while the process lives.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ..errors import UsageError
from ..experience.contrast import Contrast
from ..experience.write import Written
from ..judge import Judge
from ..judge.computed import ComputedJudge, ComputedProgramJudge
from ..language.text import one_line
from ..pipeline import Agent
from ..policy import Policy, ServedSettings, open_policy
from ..records import (
    Attempt,
    JudgeInfo,
    Program,
    RendererInfo,
    Request,
    Sampling,
    Verdict,
    VerdictKind,
    WriterInfo,
)
from ..render import Drawing, Renderer
from ..store import ImageStore, RunDir
from ..store.kept import Kept
from .demonstrator import Demonstrator, Fixed
from .entities import entity_of
from .lessons import write_lesson
from .names import split_of
from .opened import World
from .requests import recipe_of
from .speech import read_request

K = TypeVar("K")
V = TypeVar("V")

DEMONSTRATOR, ORACLE = "demonstrator", "oracle"
"""Names of policies that live in the world: often mistaken, and never."""
_KEPT_BYTES = 64_000_000
_VERDICT_BYTES = 4_000
"""What a verdict takes, about."""


def world_agent(world: World, run: RunDir, policy: Policy, *, sampling: Sampling | None = None) -> Agent:
    """An agent that stands in the world: its provider, skills, prompt and canvas.

    Args:
        sampling: None takes the world's, limits included.
    """
    return Agent(
        run=run,
        policy=policy,
        toolbox=world.toolbox,
        prompt=world.prompt,
        sampling=sampling or world.sampling,
        renderer=RememberingRenderer(world.renderer),
        provider=world.provider,
    )


def world_judges(world: World, images: ImageStore) -> tuple[Judge, Judge]:
    """The judge of images and the judge of programs; both compute.

    Raises:
        MissingExtraError: pixels are to be read, and no recogniser is installed.
    """
    of_images = ComputedJudge(images, reads_pixels=world.settings.reads_pixels)
    return WorldJudgement(of_images, world, images), WorldJudgement(ComputedProgramJudge(), world, images)


def open_world_policy(name: str, *, images: ImageStore, served: ServedSettings | None = None) -> Policy:
    """The policy of a name: one that lives in the world, or any that `open_policy` knows.

    Raises:
        UsageError: there is none of that name, or it lacks what it needs.
    """
    if name == DEMONSTRATOR:
        return Demonstrator()
    if name == ORACLE:
        return Fixed()
    return open_policy(name, images=images, served=served)


def in_world(world: World, request: Request) -> Request:
    """The request with the recipe that the world has for its words, by which judges judge.

    Raises:
        UsageError: its words are not of this world.
    """
    asked, seed = read_request(request.text), world.settings.seed
    if asked is None or split_of(asked.name, seed=seed) is None:
        example = world.requests("evaluation", 1)[0].text
        raise UsageError(
            f"{one_line(request.text, max_chars=80)!r} is no request of the small world {seed}; expected its words, "
            f"such as {example!r}. `genevolve world {seed}` prints more."
        )
    return request.but(recipe=recipe_of(asked, entity_of(asked.name, seed=seed), seed=seed))


class WorldWriter:
    """Writes by the world's own rule, in words that the world's policy can read."""

    info = WriterInfo(name="small-world", rubric="version 1")

    async def write(self, contrast: Contrast) -> Written:
        """The lesson; none where the two attempts differ in no decision that the judges' axes tell of."""
        lesson = write_lesson(contrast.best, contrast.worst)
        return Written(lesson=lesson) if lesson.said else Written(lesson=None, reason="nothing to say")


class RememberingRenderer:
    """A renderer that draws an equal program with equal references once."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._once = _Once[tuple[str, tuple[bytes, ...]], Drawing]()

    @property
    def info(self) -> RendererInfo:
        """How it draws: as the one that it asks."""
        return self._renderer.info

    @property
    def reference_limits(self) -> tuple[int, int]:
        """The fewest and the most references that it can draw with."""
        return self._renderer.reference_limits

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        """Draw a program, or say how it was drawn.

        Raises:
            RenderError: it could not be drawn.
        """
        drawing, _ = await self._once.make(
            (program.prompt, references),
            lambda: self._renderer.draw(program, references),
            size=lambda drawing: len(drawing.data) + sum(map(len, references)),
        )
        return drawing


class WorldJudgement:
    """A judge that computes; it finds the picture that a request wants, and judges equal things once."""

    def __init__(self, judge: Judge, world: World, images: ImageStore) -> None:
        self._judge, self._world, self._images = judge, world, images
        self._once = _Once[tuple[str | None, ...], Verdict]()

    @property
    def kind(self) -> VerdictKind:
        """What it looks at."""
        return self._judge.kind

    @property
    def info(self) -> JudgeInfo:
        """Who judges: the one that it asks, so that its verdicts are that one's."""
        return self._judge.info

    def lacks(self, attempt: Attempt) -> str | None:
        """What a judgement needs and the attempt has not, in words."""
        return self._judge.lacks(attempt)

    async def judge(self, attempt: Attempt) -> Verdict:
        """The verdict; one that failed is asked for anew the next time."""
        trajectory, render = attempt.trajectory, attempt.render
        program = trajectory.program
        assert program is not None, "only attempts with a program are judged"
        references = [reference.digest for reference in program.references]
        verdict, is_new = await self._once.make(
            (trajectory.request.id, program.prompt, *references, render.image if render else None),
            lambda: self._judged(attempt),
            size=lambda verdict: None if verdict.failure else _VERDICT_BYTES,
        )
        of = render.id if render and self.kind == "image" else trajectory.id
        return verdict if is_new else verdict.but(of=of, seconds=0.0)

    async def _judged(self, attempt: Attempt) -> Verdict:
        self._world.stock(self._images, attempt.trajectory.request)
        return await self._judge.judge(attempt)


class _Once(Generic[K, V]):
    """Makes what follows from its key once; who asks for the same meanwhile waits for it."""

    def __init__(self) -> None:
        self._known = Kept[K, V](_KEPT_BYTES)
        self._under_way: dict[K, asyncio.Event] = {}

    async def make(
        self, key: K, work: Callable[[], Awaitable[V]], *, size: Callable[[V], int | None]
    ) -> tuple[V, bool]:
        """The value, and whether it was made now; one without a size is not kept."""
        while (done := self._under_way.get(key)) is not None:
            await done.wait()
        known = self._known.get(key)
        if known is not None:
            return known, False
        done = self._under_way[key] = asyncio.Event()
        try:
            value = await work()
            if (taken := size(value)) is not None:
                self._known.put(key, value, size=taken)
            return value, True
        finally:
            del self._under_way[key]
            done.set()
