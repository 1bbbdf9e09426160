"""A renderer that hands out what was drawn: the hand of a replay."""

from collections.abc import Iterable

from ..errors import RenderError, UsageError
from ..records import Program, Render, Trajectory, digest_of
from ..store.images import ImageStore
from .base import Drawing


class RecordedRenderer:
    """Gives to each program the picture that it was given before."""

    def __init__(self, renders: Iterable[Render], trajectories: dict[str, Trajectory], images: ImageStore) -> None:
        """The pictures of these renders; where several renderers drew, those of the last.

        Raises:
            UsageError: there are none.
        """
        recorded = list(renders)
        if not recorded:
            raise UsageError("there are no renders to replay; name a run that was drawn")
        self.info = recorded[-1].renderer
        self._images = images
        self._by_program = {
            digest_of(program): render
            for render in recorded
            if render.renderer == self.info and (program := trajectories[render.trajectory].program)
        }

    @property
    def reference_limits(self) -> tuple[int, int]:
        """Any number: whether a program could be drawn is recorded too."""
        return 0, 1000

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:  # noqa: ARG002 - named by the program
        """The recorded picture.

        Raises:
            RenderError: the program was not drawn, or drawing it failed.
        """
        render = self._by_program.get(digest_of(program))
        if render is None:
            raise RenderError("this program was not drawn in the recorded run, and a replay asks nobody")
        if render.image is None:
            raise RenderError(render.failure.what if render.failure else "the recorded run has no picture of it")
        return Drawing(data=self._images.read(render.image), scene=render.scene)
