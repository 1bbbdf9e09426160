"""A renderer that hands out what was drawn: the hand of a replay."""

from collections.abc import Iterable

from ..errors import RenderError, UsageError
from ..records import Program, Render, RendererInfo, Trajectory, digest_of
from ..store.images import ImageStore
from .base import Drawing, Renderer


class RecordedRenderer:
    """Gives to each program the picture that it was given before."""

    def __init__(self, renders: Iterable[Render], trajectories: dict[str, Trajectory], images: ImageStore) -> None:
        """The pictures of these renders; where several renderers drew, those of the last."""
        recorded = list(renders)
        self._info = recorded[-1].renderer if recorded else None
        self._images = images
        self._by_trajectory = {r.trajectory: r for r in recorded if r.renderer == self._info}
        self._by_program = {
            digest_of(program): render
            for render in self._by_trajectory.values()
            if (trajectory := trajectories.get(render.trajectory)) and (program := trajectory.program)
        }

    @property
    def info(self) -> RendererInfo:
        """How it was drawn.

        Raises:
            UsageError: the recorded run was not drawn.
        """
        if self._info is None:
            raise UsageError("there are no renders to replay; name a run that was drawn")
        return self._info

    @property
    def reference_limits(self) -> tuple[int, int]:
        """Any number: whether a program could be drawn is recorded too."""
        return 0, 1000

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:  # noqa: ARG002 - named by the program
        """The recorded picture.

        Raises:
            RenderError: the program was not drawn, or drawing it failed.
        """
        return self.hand_out(self._by_program.get(digest_of(program)))

    def of(self, trajectory_id: str) -> Renderer:
        """The hand of one attempt: the same program of another one may have been drawn otherwise."""
        render = self._by_trajectory.get(trajectory_id)
        return self if render is None else _OneDrawing(self, render)

    def hand_out(self, render: Render | None) -> Drawing:
        """The picture of a render.

        Raises:
            RenderError: there is none.
        """
        if render is None:
            raise RenderError("this program was not drawn in the recorded run, and a replay asks nobody")
        if render.image is None:
            raise RenderError(render.failure.what if render.failure else "the recorded run has no picture of it")
        return Drawing(data=self._images.read(render.image), scene=render.scene)


class _OneDrawing:
    """Hands out one drawing."""

    def __init__(self, recorded: RecordedRenderer, render: Render) -> None:
        self._recorded = recorded
        self._render = render

    @property
    def info(self) -> RendererInfo:
        return self._render.renderer

    @property
    def reference_limits(self) -> tuple[int, int]:
        return self._recorded.reference_limits

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:  # noqa: ARG002 - it is known whose it is
        return self._recorded.hand_out(self._render)
