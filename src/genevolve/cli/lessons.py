"""The lessons of a run as a person reads them: where each came from, what it says, what became of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import BatchError, ScoreError, UsageError
from ..evolve.state import EXPERIENCES, MEMORY
from ..experience.hint import NAMES
from ..language.text import one_line
from ..learn.advantage import attempt_reward
from ..learn.config import RewardSettings
from ..records import Attempt, Experience, MemoryEvent, Recalled, Render, Trajectory, Verdict
from ..store import RunDir, read_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two attempts that a lesson compares."""

    trajectory: str
    """Its id."""
    attempt: int | None
    """Its number, from 1; None where the run does not have it."""
    policy: str | None
    """The version of the weights that made it, where one is known."""
    reward: float | None
    """None where it was not drawn and judged in this run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A lesson, and what is known of it in its run."""

    experience: Experience
    best: Side
    worst: Side
    times_found: int


def read_lessons(run: RunDir, reward: RewardSettings | None = None) -> list[Told]:
    """The lessons of a run, in the order in which they were written; each once.

    Args:
        reward: what an attempt earned there; None takes the published reward.

    Raises:
        UsageError: the run has none yet.
        StoreError: a line cannot be read.
    """
    path = run.root / EXPERIENCES
    experiences = {one.id: one for one in read_records(path, Experience)}
    if not experiences:
        raise UsageError(
            f"the run {str(run.root)!r} has no lessons; expected them in {EXPERIENCES}, which genevolve evolve writes "
            "where two attempts at a request are far enough apart"
        )
    found = _times_found(run.root / MEMORY)
    sides = _sides(run, {name for one in experiences.values() for name in (one.best, one.worst)}, reward)
    return [
        Told(experience=one, best=sides[one.best], worst=sides[one.worst], times_found=found[one.id])
        for one in experiences.values()
    ]


def lesson_lines(told: Told) -> Iterable[str]:
    """A lesson in lines of text."""
    one = told.experience
    yield f"step {one.step}  {one_line(one.request_text, max_chars=200)}"
    yield f"  better  {_attempt_words(told.best)}"
    yield f"  worse   {_attempt_words(told.worst)}"
    yield f"  apart   {one.gap:.2f} of reward{_axes_words(one.axes)}"
    for slot, words in one.lesson.said.items():
        yield f"  {NAMES[slot].lower()}: {words}"
    for words in one.dropped:
        yield f"  left out: {one_line(words, max_chars=160)}"
    yield f"  written by {one.writer}, found {_times(told.times_found)}"


def lesson_row(told: Told) -> dict[str, object]:
    """The record, with what else is known of it, for `--json`."""
    return {
        **told.experience.model_dump(mode="json"),
        "better": asdict(told.best),
        "worse": asdict(told.worst),
        "times_found": told.times_found,
    }


def _times_found(path: Path) -> Counter[str]:
    events = (line.event for line in read_records(path, MemoryEvent))
    return Counter(event.experience for event in events if isinstance(event, Recalled))


def _sides(run: RunDir, names: set[str], settings: RewardSettings | None) -> dict[str, Side]:
    """Those attempts, each with its latest drawing and verdicts."""
    verdicts = {(one.of, one.kind): one for one in read_records(run.verdicts, Verdict)}
    renders = {one.trajectory: one for one in read_records(run.renders, Render) if one.trajectory in names}
    sides = {name: Side(trajectory=name, attempt=None, policy=None, reward=None) for name in names}
    for one in read_records(run.trajectories, Trajectory):
        if one.id in names:
            render = renders.get(one.id)
            attempt = Attempt(
                trajectory=one,
                render=render,
                image_verdict=verdicts.get((render.id, "image")) if render else None,
                program_verdict=verdicts.get((one.id, "program")),
            )
            sides[one.id] = Side(
                trajectory=one.id,
                attempt=one.attempt + 1,
                policy=one.policy.weights,
                reward=_reward(attempt, settings or RewardSettings()),
            )
    return sides


def _reward(attempt: Attempt, settings: RewardSettings) -> float | None:
    try:
        return attempt_reward(
            attempt,
            parts=settings.parts,
            aggregate=settings.aggregate,
            mended_earns_nothing=settings.mended_earns_nothing,
        ).reward
    except (BatchError, ScoreError):  # a judgement is missing, or is one of a benchmark's judges
        return None


def _attempt_words(side: Side) -> str:
    reward = "" if side.reward is None else f"{side.reward:.2f}  "
    number = f"attempt {side.attempt}" if side.attempt else "not in this run"
    weights = f", weights {side.policy}" if side.policy else ""
    return f"{reward}{side.trajectory} ({number}{weights})"


def _axes_words(axes: dict[str, float]) -> str:
    apart = sorted(((name, gap) for name, gap in axes.items() if gap), key=lambda pair: -abs(pair[1]))
    told = ", ".join(f"{name.replace('_', ' ')} {gap:+.2f}" for name, gap in apart)
    return f": {told}" if told else ""


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count:,} times")
