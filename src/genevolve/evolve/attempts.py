"""Attempts at requests, rolled out, drawn and judged: each stage of many at once, and only what the run does not have.

A `Ledger` holds the files of a run open for as long as the loop goes on. A file is read when it is opened, and again
only where a stage finds that an earlier process did some of its work; so a round costs the same however long a run is.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from ..errors import BudgetError, GenEvolveError
from ..judge import Judge
from ..language.text import one_line
from ..learn.advantage import Earned
from ..pipeline import Agent, draw_all, judge_all, judged_thing, with_verdicts
from ..policy import Conversation, Policy, Reply
from ..records import Attempt, PolicyInfo, Render, Request, Trajectory, Verdict, render_id, verdict_id
from ..store import RunDir, Stage, Tally, run_stage
from .settings import ParallelSettings
from .watch import Phase

Tell = Callable[[Phase, int, int, str], None]
"""Hears of a phase: how much of it is done, of how much, and which part of it."""


class Ledger:
    """The files of a run that attempts are written to, held open."""

    def __init__(self, run: RunDir) -> None:
        """Opens them; the run's lock is held by the caller.

        Raises:
            StoreError: one cannot be opened, or a line of it is no record.
        """
        self.run = run
        with ExitStack() as opened:
            self.trajectories = opened.enter_context(run.trajectory_journal())
            self.renders = opened.enter_context(run.render_journal())
            self.verdicts = opened.enter_context(run.verdict_journal())
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Makes attempts in a run."""

    agent: Agent
    """Whose sampling has the seed of the first attempt."""
    judges: Sequence[Judge]
    ledger: Ledger
    parallel: ParallelSettings
    tell: Tell

    async def roll_out(
        self, wanted: Sequence[tuple[Request, int]], *, older: Sequence[str] = (), retry_failed: bool = False
    ) -> list[Trajectory]:
        """The trajectories of some attempts, in order.

        Args:
            wanted: requests, each with the number of an attempt.
            older: versions of weights that may have made them already, in place of those of now.

        Raises:
            BudgetError: the next call could pass the budget.
        """
        journal, agent = self.ledger.trajectories, self.agent
        names = [agent.id_of(*item) for item in wanted]
        for version in older:
            before = replace(agent, policy=_Before(agent.policy, version))
            earlier = [before.id_of(*item) for item in wanted]
            names = [_that_holds(journal.failed_by_key, old, name) for name, old in zip(names, earlier, strict=True)]
        missing = [
            item
            for item, name in zip(wanted, names, strict=True)
            if name not in journal.failed_by_key or (retry_failed and journal.failed_by_key[name])
        ]
        made = journal.recorded(names)
        tell = self._teller("roll_out", len(wanted), len(wanted) - len(missing))

        def hear(record: Trajectory, tally: Tally) -> None:
            made[record.id] = record
            tell(tally)

        stage: Stage[tuple[Request, int], Trajectory] = Stage(
            key=lambda item: agent.id_of(*item),
            work=lambda item: agent.roll_out(*item),
            journal=journal,
            parallel=self.parallel.rollouts,
            retry_failed=retry_failed,
        )
        _refuse_partial(await run_stage(stage, missing, on_record=hear))
        return [made.get(agent.id_of(*item)) or made[name] for item, name in zip(wanted, names, strict=True)]

    async def draw(self, trajectories: Sequence[Trajectory], *, retry_failed: bool = False) -> list[Attempt]:
        """The attempts with their drawings, where they have a program.

        Raises:
            BudgetError: the next drawing could pass the budget.
        """
        journal, info = self.ledger.renders, self.agent.renderer.info
        programs = [one for one in trajectories if one.program]
        names = [render_id(one.id, info) for one in programs]
        made = journal.recorded(names)
        tell = self._teller("draw", len(programs), 0 if retry_failed else len(made))

        def hear(record: Render, tally: Tally) -> None:
            made[record.id] = record
            tell(tally)

        tally = await draw_all(
            self.ledger.run,
            self.agent.renderer,
            programs,
            parallel=self.parallel.drawings,
            retry_failed=retry_failed,
            on_record=hear,
            journal=journal,
            is_named=False,
        )
        _refuse_partial(tally)
        return [Attempt(trajectory=one, render=made.get(render_id(one.id, info))) for one in trajectories]

    async def judge(self, drawn: Sequence[Attempt], *, retry_failed: bool = False) -> list[Attempt]:
        """The attempts with the verdicts of all judges, who work side by side.

        Raises:
            BudgetError: the next judgement could pass the budget.
        """
        verdicts: dict[str, Verdict] = {}
        try:
            async with asyncio.TaskGroup() as group:
                for judge in self.judges:
                    group.create_task(self._judge_by(judge, drawn, verdicts, retry_failed=retry_failed))
        except* GenEvolveError as errors:
            raise errors.exceptions[0] from None
        infos = {judge.kind: judge.info for judge in self.judges}
        return with_verdicts(drawn, verdicts, image=infos.get("image"), program=infos.get("program"))

    async def _judge_by(
        self, judge: Judge, drawn: Sequence[Attempt], verdicts: dict[str, Verdict], *, retry_failed: bool
    ) -> None:
        journal, info = self.ledger.verdicts, judge.info
        names = [verdict_id(of, judge.kind, info) for one in drawn if (of := judged_thing(judge, one))]
        made = journal.recorded(names)
        verdicts |= made
        tell = self._teller("judge", len(names), 0 if retry_failed else len(made), info.name)

        def hear(record: Verdict, tally: Tally) -> None:
            verdicts[record.id] = record
            tell(tally)

        tally = await judge_all(
            self.ledger.run,
            judge,
            drawn,
            parallel=self.parallel.judgements,
            retry_failed=retry_failed,
            on_record=hear,
            journal=journal,
        )
        _refuse_partial(tally)

    def _teller(self, phase: Phase, total: int, before: int, detail: str = "") -> Callable[[Tally], None]:
        """Tells how far a stage is; its beginning now."""
        self.tell(phase, min(before, total), total, detail)
        return lambda tally: self.tell(phase, min(before + tally.done, total), total, detail)


@dataclass(frozen=True, slots=True)
class _Before:
    """A policy as it was with other weights; only its name is asked for."""

    policy: Policy
    version: str

    @property
    def info(self) -> PolicyInfo:
        return self.policy.info.but(weights=self.version)

    async def reply(self, conversation: Conversation) -> Reply:
        return await self.policy.reply(conversation)


def _that_holds(failed: Mapping[str, bool], old: str, name: str) -> str:
    """Of an attempt's two names, by older weights and by those of now: the one of the last that was made."""
    was_made_again = old in failed and failed[old] and name in failed
    return old if old in failed and not was_made_again else name


def fault_of_all(earned: Sequence[Sequence[Earned]]) -> str | None:
    """The commonest fault of the world, in words, where it failed every attempt; None where something is known."""
    faults = [one.failure for group in earned for one in group if one.reward is None]
    if len(faults) < sum(map(len, earned)):
        return None
    words = Counter(f"{fault.where}: {fault.what}" for fault in faults if fault)
    return one_line(words.most_common(1)[0][0], max_chars=300) if words else "there are no attempts"


def _refuse_partial(tally: Tally) -> None:
    """A round is made of all its attempts: what the budget stopped is a step that waits."""
    if tally.stopped_by:
        raise BudgetError(f"{tally.stopped_by}. What was made is kept; run the same again with a larger budget.")
