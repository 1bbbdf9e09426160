"""A contrast becomes an experience: what a writer is, and how its lesson is admitted.

A writer never raises for what the world or a model does wrong: it says why there
is no lesson. What a lesson must not say is dropped slot by slot, and kept as a
reason; a lesson with nothing left is none.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import Field

from ..http.keys import Address
from ..records import Experience, Failure, Lesson, Record, Usage, WriterInfo, experience_id
from ..store.budget import Budget
from .check import Secrets, Violation, find_violations, secrets_of, without
from .contrast import Contrast

Reason = Literal["nothing to say", "nothing admissible", "unreadable", "world"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a writer made of a contrast."""

    lesson: Lesson | None
    """None where there is none; `reason` says why."""
    violations: tuple[Violation, ...] = ()
    """What was dropped, the first tries of a writer that was asked again not included."""
    reason: Reason | None = None
    repairs: tuple[str, ...] = ()
    """What had to be asked again, and why."""
    failure: Failure | None = None
    """Of the world, where that is the reason."""
    usage: Usage | None = None


class Writer(Protocol):
    """Says in words what set the attempts of a group apart."""

    @property
    def info(self) -> WriterInfo:
        """Who it is, and by which instructions."""
        ...

    async def write(self, contrast: Contrast) -> Written:
        """The lesson, or why there is none; it never raises for what the world does wrong.

        Raises:
            BudgetError: the next question could pass the budget; it was not sent.
        """
        ...


class WriterSettings(Record):
    """Who writes lessons, and how it is asked."""

    writer: Literal["rule", "model"] = "rule"
    model: str | None = None
    """Its name at the server; "model" needs one."""
    base_url: Address | None = None
    """None takes GENEVOLVE_WRITER_URL; the key is in GENEVOLVE_WRITER_KEY."""
    instructions: str | None = None
    """A file that replaces the bundled instructions."""
    temperature: float = Field(default=0.0, ge=0)
    max_tokens: int = Field(default=2048, ge=64)
    seconds: float = Field(default=120.0, gt=0)
    """How long one call may take."""
    tries: int = Field(default=4, ge=1)
    """How often a call is sent where the server is busy or not reached."""
    rpm: float | None = Field(default=None, gt=0)
    """Calls a minute at most, repairs included; None sets no limit."""


def open_writer(settings: WriterSettings, *, budget: Budget | None = None) -> Writer:
    """The writer that the settings name; its module is imported only now.

    Args:
        budget: admits every question to a model; None admits all.

    Raises:
        UsageError: a model is to write, and lacks a name, an address or readable instructions.
    """
    if settings.writer == "model":
        from .asked import ModelWriter

        return ModelWriter.from_environment(settings, budget=budget)
    from .rules import RuleWriter

    return RuleWriter()


def secrets_in(contrast: Contrast) -> Secrets:
    """What a lesson about this contrast must not give away."""
    return secrets_of(contrast.group.request, [attempt.trajectory for attempt in contrast.group.attempts])


def admitted(lesson: Lesson, secrets: Secrets) -> Written:
    """The lesson without the slots that say what they must not."""
    if not lesson.said:
        return Written(lesson=None, reason="nothing to say")
    violations = tuple(find_violations(lesson, secrets))
    left = without(lesson, violations)
    if not left.said:
        return Written(lesson=None, violations=violations, reason="nothing admissible")
    return Written(lesson=left, violations=violations)


def experience_of(contrast: Contrast, written: Written, writer: WriterInfo, *, step: int = 0) -> Experience | None:
    """The record of a lesson; None where there is none."""
    if written.lesson is None:
        return None
    best, worst = contrast.best.trajectory.id, contrast.worst.trajectory.id
    return Experience(
        id=experience_id(best=best, worst=worst, writer=writer),
        request_id=contrast.group.request.id,
        request_text=contrast.group.request.text,
        best=best,
        worst=worst,
        gap=contrast.gap,
        axes={one.axis: one.gap for one in contrast.axes if one.best is not None and one.worst is not None},
        lesson=written.lesson,
        dropped=tuple(str(violation) for violation in written.violations),
        writer=writer,
        usage=written.usage,
        step=step,
    )


async def write_experiences(
    contrasts: Sequence[Contrast], *, writer: Writer, step: int = 0
) -> "tuple[list[Experience], WritingTally]":
    """The experiences of a step's contrasts, in their order, and how the writing went; all are written side by side."""
    results = await asyncio.gather(*(writer.write(contrast) for contrast in contrasts))
    made = [
        experience_of(contrast, written, writer.info, step=step)
        for contrast, written in zip(contrasts, results, strict=True)
    ]
    return [experience for experience in made if experience], WritingTally.of(results)


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingTally:
    """How a step's writing went."""

    written: int
    dropped: dict[str, int]
    """Passages that cost a slot, by kind."""
    unwritten: dict[str, int]
    """Contrasts without a lesson, by reason."""
    repaired: int
    """Lessons that had to be asked for again."""

    @classmethod
    def of(cls, results: Iterable[Written]) -> "WritingTally":
        """The tally of some results."""
        results = list(results)
        return cls(
            written=sum(result.lesson is not None for result in results),
            dropped=_counted([violation.kind for result in results for violation in result.violations]),
            unwritten=_counted([result.reason for result in results if result.reason]),
            repaired=sum(bool(result.repairs) for result in results),
        )


def _counted(words: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))
