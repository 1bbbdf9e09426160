"""A renderer and judges that leave nothing to chance: what they said of an equal program for an equal request is
remembered while the process lives, within a bound on bytes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ..judge import Judge
from ..records import Attempt, JudgeInfo, Program, RendererInfo, Verdict, VerdictKind
from ..render import Drawing, Renderer
from ..store import ImageStore
from ..store.kept import Kept
from .opened import World

K = TypeVar("K")
V = TypeVar("V")

_KEPT_BYTES = 64_000_000
_VERDICT_BYTES = 4_000
"""What a verdict takes, about."""


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


class RememberingJudge:
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
