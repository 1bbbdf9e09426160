"""What is to be seen of a training run: looks at held-out requests, the figures of every step, and the lessons."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from pydantic import JsonValue

from ..learn.curves import HeldOutFigures, read_held_out
from ..learn.diagnostics import read_diagnostics
from ..records import Experience, MemoryEvent, Recalled, Remembered
from ..store import RunDir, read_records
from .panels import panels_of

MEMORY = "memory.jsonl"


@dataclass(slots=True, kw_only=True)
class _Use:
    """What became of one experience in the memory."""

    found: int = 0
    with_it: list[float] = field(default_factory=list[float])
    without_it: list[float] = field(default_factory=list[float])

    @property
    def uplift(self) -> float | None:
        """Mean reward with it less that without it; None where either was never measured."""
        return fmean(self.with_it) - fmean(self.without_it) if self.with_it and self.without_it else None


def training_block(run: RunDir, experiences: Iterable[Experience]) -> dict[str, JsonValue] | None:
    """What the training view shows of a run; None of a run that trained nothing.

    Args:
        experiences: those of the run, each once.

    Raises:
        StoreError: a line of its files cannot be read.
    """
    looks, steps = read_held_out(run.root), read_diagnostics(run.root)
    panels, others = panels_of(steps)
    lessons = [*_lessons(experiences, _uses(read_records(run.root / MEMORY, MemoryEvent)))]
    if not (looks or steps or lessons):
        return None
    return {
        "curves": [*_curves(looks)],
        "steps": [step.step for step in steps],
        "panels": panels,
        "others": others,
        "lessons": lessons,
    }


def _curves(looks: Sequence[HeldOutFigures]) -> Iterator[JsonValue]:
    """One curve for each set of requests and way of decoding: only looks at the same requests can be compared."""
    apart: dict[tuple[str, str], list[HeldOutFigures]] = {}
    for look in looks:
        apart.setdefault((look.digest, look.decoding), []).append(look)
    shown = {"step", "attempts", "reward", "low", "high", "valid", "entropy", "trained_attempts", "trained_seconds"}
    for (digest, decoding), several in apart.items():
        yield {
            "decoding": decoding,
            "digest": digest,
            "requests": several[0].requests,
            "looks": [look.model_dump(mode="json", include=shown) for look in several],
        }


def _lessons(experiences: Iterable[Experience], uses: dict[str, _Use]) -> Iterator[JsonValue]:
    """The lessons of the latest step first; of a step the widest gap first."""
    for one in sorted(experiences, key=lambda one: (-one.step, -one.gap, one.id)):
        use = uses.get(one.id, _Use())
        yield {
            "step": one.step,
            "request": one.request_text,
            "request_id": one.request_id,
            "best": one.best,
            "worst": one.worst,
            "gap": one.gap,
            "axes": {axis: gap for axis, gap in one.axes.items() if gap},
            "slots": [[slot, words] for slot, words in one.lesson.said.items()],
            "dropped": [*one.dropped],
            "writer": str(one.writer),
            "found": use.found,
            "with_it": len(use.with_it),
            "without_it": len(use.without_it),
            "uplift": use.uplift,
        }


def _uses(lines: Iterable[MemoryEvent]) -> dict[str, _Use]:
    """What the memory's journal tells of each experience that it took in."""
    uses: dict[str, _Use] = {}
    for line in lines:
        match line.event:
            case Remembered(experience=experience):
                uses.setdefault(experience.id, _Use())
            case Recalled(experience=name):
                uses.setdefault(name, _Use()).found += 1
            case event:
                use = uses.setdefault(event.experience, _Use())
                use.with_it += event.with_it
                use.without_it += event.without_it
    return uses
