"""A renderer whose pictures are admitted by a budget."""

from ..errors import RenderError, ServiceError
from ..records import Program, RendererInfo
from ..store.budget import Budget
from .base import Drawing, Renderer, Served


class BudgetedRenderer:
    """Has only those pictures drawn that the budget admits."""

    def __init__(self, renderer: Renderer, budget: Budget) -> None:
        self._renderer = renderer
        self._budget = budget

    @property
    def info(self) -> RendererInfo:
        """How the renderer behind it draws."""
        return self._renderer.info

    @property
    def reference_limits(self) -> tuple[int, int]:
        """What the renderer behind it can draw with."""
        return self._renderer.reference_limits

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        """Draw a program.

        Raises:
            RenderError: it could not be drawn.
            BudgetError: the picture could pass the budget; it was not asked for.
        """
        with self._budget.admit("render", at_most=self._budget.prices.of("render")) as admission:
            try:
                return await self._renderer.draw(program, references)
            except RenderError as error:
                unsent = error.fault == "unfit"
                if unsent or (isinstance(error.__cause__, ServiceError) and not error.__cause__.may_have_served):
                    admission.cost = 0.0
                raise

    def bound(self, at_once: int) -> None:
        """Bound the renderer behind it."""
        if isinstance(self._renderer, Served):
            self._renderer.bound(at_once)

    async def prepare(self) -> None:
        """Have the renderer behind it find out what it needs."""
        prepare = getattr(self._renderer, "prepare", None)
        if prepare is not None:
            await prepare()

    async def close(self) -> None:
        """Close the renderer behind it."""
        close = getattr(self._renderer, "close", None)
        if close is not None:
            await close()
