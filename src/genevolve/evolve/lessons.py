"""What a round's groups teach in words: compared, written down, remembered, and given to the teacher of each request.

A lesson is on disk as soon as it is written, under the name of the two attempts and the writer; so a writer is asked
once, whoever is killed.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..experience.contrast import Contrast
from ..experience.hint import hint_of, shuffled
from ..experience.memory import Memory
from ..experience.write import Writer, experience_of
from ..records import Experience, Request, experience_id
from ..store import Journal, RunDir
from .settings import Given
from .state import EXPERIENCES

Hint = Callable[[Request, Experience], str]
"""What the teacher reads of an experience about a request; "" where it reads nothing."""
Tell = Callable[[int, int], None]
"""Hears how much is done, of how much."""


def own_words(request: Request, experience: Experience) -> str:  # noqa: ARG001 - other hints read it
    """The lesson as it was written."""
    return hint_of(experience.lesson)


def open_experiences(run: RunDir) -> Journal[Experience]:
    """The experiences of a run, opened for appending.

    Raises:
        StoreError: the file cannot be opened, or a line of it is no experience.
    """
    return Journal(run.root / EXPERIENCES, Experience, key=lambda one: one.id, has_failed=lambda _: False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What came of a step's comparisons."""

    experiences: list[Experience]
    """In the order of the requests that were compared."""
    counts: dict[str, int]
    """Compared, written, passages dropped, and why some were not written."""


async def write_lessons(
    contrasts: Sequence[Contrast], *, writer: Writer, step: int, journal: Journal[Experience], tell: Tell
) -> Lessons:
    """The experiences of a step's comparisons; those that are on disk are not written again.

    Raises:
        BudgetError: the next lesson could pass the budget; those that are under way are written first.
    """
    names = [
        experience_id(best=c.best.trajectory.id, worst=c.worst.trajectory.id, writer=writer.info) for c in contrasts
    ]
    known = journal.recorded(names)
    reasons = Counter[str]()
    done = len(known)
    tell(done, len(names))

    async def write(contrast: Contrast) -> None:
        nonlocal done
        written = await writer.write(contrast)
        experience = experience_of(contrast, written, writer.info, step=step)
        if experience is not None:
            journal.append(experience)
            known[experience.id] = experience
        if written.reason:
            reasons[f"unwritten: {written.reason}"] += 1
        done += 1
        tell(done, len(names))

    missing = [contrast for contrast, name in zip(contrasts, names, strict=True) if name not in known]
    # What is being asked is paid for: it is kept, whatever becomes of the others.
    ended = await asyncio.gather(*(write(contrast) for contrast in missing), return_exceptions=True)
    for error in ended:
        if error is not None:
            raise error
    experiences = [known[name] for name in names if name in known]
    counts = {
        "compared": len(names),
        "written": len(experiences),
        "dropped": sum(len(one.dropped) for one in experiences),
        **dict(sorted(reasons.items())),
    }
    return Lessons(experiences=experiences, counts=counts)


async def remember(
    requests: Sequence[Request],
    experiences: Sequence[Experience],
    *,
    memory: Memory,
    given: Given,
    step: int,
    seed: int,
    tell: Tell,
) -> list[Experience | None]:
    """What the teacher reads about each request, once the step's own experiences are in the memory.

    A request that this step wrote one about is given that one, any other the most similar of the memory.

    Raises:
        ServiceError: a served embedder could not be asked.
    """
    tell(0, len(requests))
    await memory.keep(experiences)
    own = {one.request_id: one for one in experiences}
    found: list[Experience | None] = []
    for request in requests:
        mine = own.get(request.id)
        if mine is not None:
            memory.recall(mine.id, step=step, request=request.id)
            found.append(mine)
        else:
            similar = await memory.find(request.text, step=step, request=request.id)
            found.append(similar.experience if similar else None)
        tell(len(found), len(requests))
    return shuffled(found, seed=seed) if given == "shuffled" else found
