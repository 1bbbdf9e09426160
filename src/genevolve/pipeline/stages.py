"""The stages of a run: requests kept, trajectories drawn; each does what is missing and no more."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext

from ..errors import ImageError, RenderError, StoreError
from ..language.text import one_line
from ..records import Failure, Render, Request, Trajectory, render_id
from ..render import Renderer
from ..render.base import Served
from ..render.recorded import RecordedRenderer
from ..store import Journal, RunDir, Stage, Tally, run_stage

MOST_AHEAD = 8
"""Programs that are made ready, or whose pictures are kept, while servers draw others."""


def keep_requests(run: RunDir, requests: Iterable[Request]) -> None:
    """Append to the run the requests that it does not have.

    Raises:
        StoreError: it has one with the same id and other words.
    """
    known = run.read_requests()
    with run.request_journal() as journal:
        for request in requests:
            if request.id not in known:
                journal.append(request)
            elif (known[request.id].text, known[request.id].brought) != (request.text, request.brought):
                raise StoreError(
                    f"the run {str(run.root)!r} has another request with the id {request.id!r}: "
                    f"{one_line(known[request.id].text, max_chars=60)!r}. Give this one another id, or another --out."
                )


async def draw_all(
    run: RunDir,
    renderer: Renderer,
    trajectories: Iterable[Trajectory],
    *,
    parallel: int = 4,
    retry_failed: bool = False,
    on_record: Callable[[Render, Tally], None] = lambda _record, _tally: None,
    journal: Journal[Render] | None = None,
    is_named: bool = True,
) -> Tally:
    """Draw every program that the run has no picture of by this renderer, and give the pictures their names.

    Args:
        journal: the run's, where it is open already.
        is_named: False keeps pictures by digest only, where nobody looks for so many by name.
        parallel: how many are drawn at once. Beside those that servers draw, some more are made ready or kept, so that
            no server waits for us.
    """
    begun = parallel
    if isinstance(renderer, Served):
        renderer.bound(parallel)
        begun += min(parallel, MOST_AHEAD)
    with nullcontext(journal) if journal else run.render_journal() as opened:
        stage: Stage[Trajectory, Render] = Stage(
            key=lambda trajectory: render_id(trajectory.id, renderer.info),
            work=lambda trajectory: draw(run, renderer, trajectory, is_named=is_named),
            journal=opened,
            parallel=begun,
            retry_failed=retry_failed,
        )
        return await run_stage(stage, (t for t in trajectories if t.program), on_record=on_record)


async def draw(run: RunDir, renderer: Renderer, trajectory: Trajectory, *, is_named: bool = True) -> Render:
    """Draw one trajectory's program; a renderer that fails leaves a render that says so.

    Raises:
        StoreError: the picture cannot be written.
        BudgetError: the picture could pass the budget; nothing was sent.
    """
    assert trajectory.program is not None, "only trajectories with a program are drawn"
    began = time.monotonic()
    image, scene, failure = None, None, None
    where = f"renderer {renderer.info.name}"
    hand = renderer.of(trajectory.id) if isinstance(renderer, RecordedRenderer) else renderer
    try:
        # A reference whose file is gone stops this program: drawn without it, every later ordinal would lie.
        references = tuple(run.images.read(reference.digest) for reference in trajectory.program.references)
    except StoreError as error:
        failure = Failure(whose="world", where="image store", what=str(error))
    else:
        try:
            drawing = await hand.draw(trajectory.program, references)
            image, scene = await asyncio.to_thread(run.images.add, drawing.data), drawing.scene
        except (RenderError, ImageError) as error:
            failure = Failure(whose="world", where=where, what=str(error))
    render = Render(
        trajectory=trajectory.id,
        renderer=renderer.info,
        image=image,
        scene=scene,
        seconds=time.monotonic() - began,
        failure=failure,
    )
    if image and is_named:
        run.show_picture(render, request_id=trajectory.request.id, attempt=trajectory.attempt)
    return render
