"""A round in a world that fails: attempts that it failed teach nothing, and a step of which nothing is known waits."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import BatchError, BudgetError, RenderError  # noqa: E402
from genevolve.learn.diagnostics import StepDiagnostics, read_diagnostics  # noqa: E402
from genevolve.records import Program, RendererInfo  # noqa: E402
from genevolve.render import Drawing, Renderer  # noqa: E402
from genevolve.store import RunDir  # noqa: E402
from support.evolving import PROMPTS, differing, evolving, loop_in, saved_weights  # noqa: E402

SIX = {"update": {"attempts": 6}}


class Fickle:
    """Draws as another renderer does, unless a program's prompt has certain words."""

    def __init__(self, renderer: Renderer, error: Exception, *, words: str = "") -> None:
        self._renderer, self._error, self._words = renderer, error, words

    @property
    def info(self) -> RendererInfo:
        return self._renderer.info

    @property
    def reference_limits(self) -> tuple[int, int]:
        return self._renderer.reference_limits

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        if self._words in program.prompt:
            raise self._error
        return await self._renderer.draw(program, references)


def evolve(folder: Path, error: Exception | None = None, *, words: str = "") -> list[StepDiagnostics]:
    """One step of two groups of six, drawn by a renderer that fails in this way."""

    async def run() -> None:
        loop: Any = loop_in(folder, evolving(steps=1, learn=SIX))
        if error is not None:
            loop = replace(loop, agent=replace(loop.agent, renderer=Fickle(loop.agent.renderer, error, words=words)))
        try:
            await loop.run()
        finally:
            await loop.close()

    asyncio.run(run())
    return read_diagnostics(folder)


def test_attempts_that_the_renderer_failed_leave_the_mean_and_the_loss(tmp_path):
    (whole,) = evolve(tmp_path / "whole")
    (step,) = evolve(tmp_path / "fickle", RenderError("out of blue"), words="blue")

    made = RunDir(tmp_path / "fickle").read_trajectories().values()
    prompts = [t.program.prompt for t in made if t.program]
    lost = sum("blue" in prompt for prompt in prompts)
    assert 0 < lost < len(made), "the model said nothing else, or nothing blue"
    assert step.rewards.failures == {"world:renderer sketch": lost}
    assert (step.rewards.attempts, step.rewards.world_failures) == (12, lost)
    # A prompt of n characters earns n / 30 at most 1, rounded to hundredths, from either judge.
    kept = [round(min(1.0, len(prompt) / 30), 2) for prompt in prompts if "blue" not in prompt]
    assert step.rewards.mean == pytest.approx(sum(kept) / len(kept))
    assert step.update.sequences == whole.update.sequences - lost
    assert differing(saved_weights(tmp_path / "whole"), saved_weights(tmp_path / "fickle"))


def test_a_step_of_which_nothing_is_known_waits_and_is_learned_from_once_the_world_is_back(tmp_path):
    for _ in range(2):
        with pytest.raises(
            BatchError, match=r"the world failed every attempt of step 0, most often so: .*no paint.*wait"
        ):
            evolve(tmp_path / "run", RenderError("no paint"))
    assert read_diagnostics(tmp_path / "run") == []

    evolve(tmp_path / "run")
    evolve(tmp_path / "whole")
    assert differing(saved_weights(tmp_path / "run"), saved_weights(tmp_path / "whole")) == []
    made = (tmp_path / "run" / "trajectories.jsonl").read_text(encoding="utf-8")
    assert made.count("\n") == 12, "what was rolled out is drawn again, and not rolled out again"


def test_a_budget_that_is_spent_stops_the_round_which_goes_on_with_a_larger_one(tmp_path):
    with pytest.raises(BudgetError, match=r"two cents are left.*larger budget"):
        evolve(tmp_path / "run", BudgetError("two cents are left"), words=PROMPTS[2])

    evolve(tmp_path / "run")
    evolve(tmp_path / "whole")
    assert differing(saved_weights(tmp_path / "run"), saved_weights(tmp_path / "whole")) == []
