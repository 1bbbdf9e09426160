"""What supervised tuning learns from: attempts of the small world's demonstrator, a run's, or those of a file."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..config import DemonstrationSettings
from ..errors import UsageError
from ..pipeline import keep_requests
from ..records import Trajectory
from ..store import RunDir, Tally, read_records
from ..store.images import ImageStore
from ..world import make_examples, open_world
from ..world.settings import WorldSettings
from .progress import Progress
from .work import run_here


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstrations:
    """Attempts to learn from, and others of other requests to measure on."""

    learned: list[Trajectory]
    held_out: list[Trajectory]
    read_image: Callable[[str], bytes]
    """The pictures that were shown in them."""
    left_out: int
    """Attempts without a usable answer."""


def demonstrations_of(run: RunDir, settings: DemonstrationSettings, world: WorldSettings | None) -> Demonstrations:
    """The demonstrations that the settings name; those of the small world are kept in the run.

    Raises:
        UsageError: there are none, or too few to hold some out.
    """
    if settings.source is not None:
        return _read(Path(settings.source), settings)
    if world is None:
        raise UsageError(
            "there is nothing to learn from: set source under [demonstrations] to a run folder or a file of "
            "trajectories, or add a [world] whose demonstrator makes some"
        )
    learned, held_out = _demonstrated(run, settings, world)
    return Demonstrations(learned=learned, held_out=held_out, read_image=run.images.read, left_out=0)


def _demonstrated(
    run: RunDir, settings: DemonstrationSettings, world: WorldSettings
) -> tuple[list[Trajectory], list[Trajectory]]:
    """Attempts of the demonstrator at train requests and at validation ones, of which the first are learned from."""
    opened = open_world(world)
    requests = [*opened.requests("train", settings.count), *opened.requests("validation", settings.held_out)]
    keep_requests(run, requests)
    made = {trajectory.request.id: trajectory for trajectory in read_records(run.trajectories, Trajectory)}

    async def make() -> None:
        began = time.monotonic()
        with run.trajectory_journal() as journal, Progress("demonstrations", len(requests)) as progress:
            known = set(journal.failed_by_key)
            async for trajectory in make_examples(opened, requests, images=run.images, settings=settings):
                made[trajectory.request.id] = trajectory
                if trajectory.id not in known:
                    journal.append(trajectory)
                progress.tell(Tally(done=len(made), seconds=time.monotonic() - began))

    if any(request.id not in made for request in requests):
        run_here(make())
    every = [made[request.id] for request in requests]
    return every[: settings.count], every[settings.count :]


def _read(source: Path, settings: DemonstrationSettings) -> Demonstrations:
    """The answered attempts of a run folder or a file; whole requests are held out, chosen by the seed."""
    is_run = source.is_dir()
    path = RunDir.open(source).trajectories if is_run else source
    if not path.is_file():
        raise UsageError(f"there are no trajectories in {str(source)!r}; expected a run folder, or a file of them")
    every = {one.id: one for one in read_records(path, Trajectory)}
    usable = [one for one in every.values() if one.program and not one.failure and not one.mended]
    ids = sorted({one.request.id for one in usable})
    if len(ids) <= settings.held_out:
        raise UsageError(
            f"{str(source)!r} has answered attempts at {len(ids)} requests, and {settings.held_out} are to be held "
            "out; bring more, or set a smaller held_out under [demonstrations]"
        )
    apart = set(random.Random(settings.seed).sample(ids, settings.held_out))
    return Demonstrations(
        learned=[one for one in usable if one.request.id not in apart],
        held_out=[one for one in usable if one.request.id in apart],
        read_image=ImageStore(path.parent / "images").read,
        left_out=len(every) - len(usable),
    )
