"""One round: the policy attempts requests, is judged, and learns from what set its attempts apart.

    choose ─▶ roll out ─▶ draw ─▶ judge ─┬─▶ advantages ───────────────────┬─▶ update ─▶ publish
                                         └─▶ contrast ─▶ write ─▶ remember ┘

What each phase makes is on disk before the next begins, but for the update, which is its checkpoint. Whoever is killed
and begins the round again finds it there, and ends with the very weights of a round that was left alone.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers")

import asyncio
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from ..errors import BatchError, PublishError
from ..experience.contrast import contrasts
from ..experience.memory import Memory
from ..learn.advantage import Counts, Earned
from ..learn.batch import Example
from ..learn.diagnostics import DiagnosticsWriter, StepDiagnostics, UpdateFigures, reward_figures
from ..learn.examples import earned_by, examples_of, teaches
from ..learn.tokens import Tally, TokenSequence
from ..learn.update import needs_teacher
from ..records import Experience, Group, Request, Trajectory
from ..store import Journal
from .attempts import Ledger, Workshop, fault_of_all
from .lessons import remember, write_lessons
from .look import Looks
from .state import CHECKPOINTS, choose, seed_of, step_of, version_of
from .watch import Moment, Phase

if TYPE_CHECKING:
    from .loop import Loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What stays open from round to round."""

    requests: Sequence[Request]
    """To learn from; none of them is like a held-out one."""
    ledger: Ledger
    lessons: Journal[Experience]
    memory: Memory
    diagnostics: DiagnosticsWriter
    looks: Looks
    ahead: dict[int, asyncio.Task[list[Trajectory]]] = field(default_factory=dict[int, asyncio.Task[list[Trajectory]]])
    """By step, attempts that are made while an earlier step learns."""
    left_over: dict[str, float] = field(default_factory=dict[str, float])
    """Seconds of the round before that were spent after its line of diagnostics was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of a loop, phase by phase; `run` is all of it."""

    loop: "Loop"
    opened: Opened
    step: int
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """By phase, so far."""

    async def run(self) -> StepDiagnostics:
        """Make the round, and return what was seen of it.

        Raises:
            PublishError: the policy does not answer with the weights of this step.
            BatchError: the world failed every attempt, or an attempt cannot be learned from.
            BudgetError: the budget was spent.
        """
        began = time.monotonic()
        await self._check_weights()

        requests = self._choose()
        trajectories = await self._roll_out(requests)
        self._begin_ahead()
        groups, earned = await self._judge(requests, trajectories)
        experiences, told = await self._find_experience(groups, earned)
        examples, counts, tally = self._encode(groups, earned, experiences)
        figures = await self._update(examples)

        diagnostics = StepDiagnostics(
            step=self.step,
            update=figures,
            rewards=reward_figures(earned, counts),
            encoded=asdict(tally),
            experiences=told,
            staleness=self._staleness(trajectories),
            seconds=self._all_seconds(time.monotonic() - began, before=self.opened.looks.trained.get(self.step)),
        )
        # Before the checkpoint: whoever is killed between the two writes the line again, and the last one counts.
        self.opened.diagnostics.write(diagnostics)
        self.opened.looks.count(diagnostics)
        await self._hand_on()
        return diagnostics

    async def _check_weights(self) -> None:
        """Nothing, where whoever rolls out speaks with the weights of this step, as far as can be known."""
        serving, expected = await self.loop.publisher.serving(), version_of(self.step)
        if serving not in (None, expected):
            raise PublishError(
                f"the policy answers with the weights {serving!r} and step {self.step} needs {expected!r}, so its "
                "server was restarted, or somebody else publishes to it. See that nobody does, and run the same "
                "again: what is done is kept, and these weights are published anew."
            )

    def _choose(self) -> list[Request]:
        settings = self.loop.settings
        requests = choose(self.opened.requests, settings.learn.update.requests, seed=settings.seed, step=self.step)
        self._tell("choose", len(requests), len(requests))
        return requests

    async def _roll_out(self, requests: Sequence[Request], *, retry_failed: bool = False) -> list[Trajectory]:
        """The attempts at every request, request by request."""
        with self._phase("roll_out"):
            begun = self.opened.ahead.pop(self.step, None)
            if begun is not None:
                return await begun
            older = [version_of(self.step - 1)] if self.loop.settings.ahead and self.step else []
            return await self._workshop().roll_out(self._wanted(requests), older=older, retry_failed=retry_failed)

    def _begin_ahead(self) -> None:
        """Have the next round's attempts made by the weights of now, while this round goes on."""
        if self.loop.settings.ahead and self.step + 1 < self.loop.settings.rounds:
            after = replace(self, step=self.step + 1, seconds={})
            wanted = after._wanted(after._choose())
            self.opened.ahead[after.step] = asyncio.create_task(after._workshop().roll_out(wanted))

    async def _judge(
        self, requests: Sequence[Request], trajectories: Sequence[Trajectory]
    ) -> tuple[list[Group], list[list[Earned]]]:
        """The groups with what every attempt earned."""
        groups, earned = await self._judged(requests, trajectories, retry_failed=False)
        if fault_of_all(earned) is not None:
            # A step that was stopped here because all was down goes on once it is up again.
            again = await self._roll_out(requests, retry_failed=True)
            groups, earned = await self._judged(requests, again, retry_failed=True)
        fault = fault_of_all(earned)
        if fault is not None:
            raise BatchError(
                f"the world failed every attempt of step {self.step}, most often so: {fault}. Nothing is known of "
                "the policy, so the step waits: mend it, and run the same again."
            )
        return groups, earned

    async def _judged(
        self, requests: Sequence[Request], trajectories: Sequence[Trajectory], *, retry_failed: bool
    ) -> tuple[list[Group], list[list[Earned]]]:
        with self._phase("draw"):
            drawn = await self._workshop().draw(trajectories, retry_failed=retry_failed)
        with self._phase("judge"):
            attempts = await self._workshop().judge(drawn, retry_failed=retry_failed)
        count = self.loop.settings.learn.update.attempts
        groups = [
            Group(request=request, attempts=tuple(attempts[place * count : (place + 1) * count]))
            for place, request in enumerate(requests)
        ]
        return groups, earned_by([group.attempts for group in groups], self.loop.settings.learn.reward)

    async def _find_experience(
        self, groups: Sequence[Group], earned: Sequence[Sequence[Earned]]
    ) -> tuple[list[Experience | None], dict[str, int]]:
        """What the teacher reads about each request, and what came of comparing."""
        loop, settings = self.loop, self.loop.settings
        if settings.experience == "none":
            return [None] * len(groups), {}
        with self._phase("write"):
            rewards = [[one.reward for one in row] for row in earned]
            found = contrasts(
                zip(groups, rewards, strict=True), min_gap=settings.min_gap, most=settings.most_comparisons
            )
            lessons = await write_lessons(
                found,
                writer=loop.writer,
                step=self.step,
                journal=self.opened.lessons,
                tell=lambda done, total: self._tell("write", done, total),
            )
        with self._phase("remember"):
            given = await remember(
                [group.request for group in groups],
                lessons.experiences,
                memory=self.opened.memory,
                given=settings.experience,
                step=self.step,
                seed=seed_of(settings.seed, self.step),
                tell=lambda done, total: self._tell("remember", done, total),
            )
        return given, {**lessons.counts, "given": sum(one is not None for one in given)}

    def _encode(
        self, groups: Sequence[Group], earned: Sequence[Sequence[Earned]], experiences: Sequence[Experience | None]
    ) -> tuple[list[Example], Counts, Tally]:
        """The examples of the step; attempts from which nothing is learned are not encoded."""
        loop, learn = self.loop, self.loop.settings.learn
        hints = [loop.hint(group.request, one) if one else "" for group, one in zip(groups, experiences, strict=True)]
        tally = Tally()

        def sequences_of(group: Group, row: Sequence[Earned]) -> list[tuple[TokenSequence, ...]]:
            nonlocal tally
            if not teaches(row, learn.reward):
                return [()] * len(row)
            encoded = [
                loop.encoder.sampled(attempt.trajectory) if one.reward is not None else None
                for attempt, one in zip(group.attempts, row, strict=True)
            ]
            tally = sum((one.tally for one in encoded if one), tally)
            return [one.sequences if one else () for one in encoded]

        def taught(place: int, sequence: TokenSequence) -> TokenSequence | None:
            return loop.encoder.taught(sequence, hints[place]) if hints[place] else None

        self._tell("encode", 0, 1)
        with self._phase("encode"):
            sequences = [sequences_of(group, row) for group, row in zip(groups, earned, strict=True)]
            has_teacher = needs_teacher(learn, self.step)
            examples, counts = examples_of(
                sequences, earned, learn.reward, claims=loop.claims, taught=taught if has_teacher else None
            )
        self._tell("encode", 1, 1)
        return examples, counts, tally

    async def _update(self, examples: Sequence[Example]) -> UpdateFigures:
        self._tell("update", 0, 1)
        with self._phase("update"):
            if self.loop.settings.ahead:  # replies that are being waited for are answered meanwhile
                figures = await asyncio.to_thread(self.loop.trainer.update, examples)
            else:
                figures = self.loop.trainer.update(examples)
        self._tell("update", 1, 1)
        return figures

    async def _hand_on(self) -> None:
        """Save what was learned, and have whoever rolls out speak with it."""
        loop, settings, done = self.loop, self.loop.settings, self.step + 1
        self.seconds.clear()
        self._tell("save", 0, 1)
        with self._phase("save"):
            if done % settings.checkpoint_every == 0 or done == settings.rounds:
                loop.trainer.save(loop.agent.run.root / CHECKPOINTS)
            if done % settings.policy_every == 0:
                loop.save_policy()
        self._tell("save", 1, 1)
        with self._phase("roll_out"):
            await asyncio.gather(*self.opened.ahead.values())  # they are of the weights before
        self._tell("publish", 0, 1)
        with self._phase("publish"):
            await loop.publisher.publish(loop.trainer.module, version=version_of(done))
        self._tell("publish", 1, 1)
        self.opened.left_over.update(self.seconds)

    def _wanted(self, requests: Sequence[Request]) -> list[tuple[Request, int]]:
        count = self.loop.settings.learn.update.attempts
        return [(request, number) for request in requests for number in range(count)]

    def _workshop(self) -> Workshop:
        """Makes attempts with the temperature of training, and this step's chances."""
        loop, update = self.loop, self.loop.settings.learn.update
        sampling = loop.agent.sampling.but(
            temperature=update.temperature, top_p=update.top_p, seed=seed_of(loop.settings.seed, self.step)
        )
        return Workshop(
            agent=replace(loop.agent, sampling=sampling),
            judges=loop.judges,
            ledger=self.opened.ledger,
            parallel=loop.settings.parallel,
            tell=self._tell,
        )

    def _staleness(self, trajectories: Sequence[Trajectory]) -> int | None:
        """How many steps older than the weights that learn the oldest weights are that sampled."""
        sampled_by = [step_of(one.policy.weights) for one in trajectories]
        known = [step for step in sampled_by if step is not None]
        return self.step - min(known) if known and len(known) == len(sampled_by) else None

    def _all_seconds(self, step: float, *, before: StepDiagnostics | None) -> dict[str, float]:
        """Seconds by phase, what was left over of the round before included, and of the whole step.

        A step that is learned again, from attempts that are on disk, keeps the seconds that it took at first.
        """
        left_over = self.opened.left_over
        names = [*self.seconds, *(name for name in left_over if name not in self.seconds)]
        seconds = {name: self.seconds.get(name, 0.0) + left_over.get(name, 0.0) for name in names}
        whole = step + sum(left_over.values())
        left_over.clear()
        return before.seconds if before else {**seconds, "step": whole}

    def _tell(self, phase: Phase, done: int, total: int, detail: str = "") -> None:
        self.loop.watch(Moment(step=self.step, phase=phase, done=done, total=total, detail=detail))

    @contextmanager
    def _phase(self, name: Phase) -> Generator[None]:
        """Counts the seconds that pass within."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began
