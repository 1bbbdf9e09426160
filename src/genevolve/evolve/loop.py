"""The outer loop: its parts, where it stands, and round after round from there.

    loop = Loop(agent=…, judges=…, writer=…, embedder=…, model=…, trainer=…, encoder=…, publisher=…, requests=…)
    await loop.run()

A run folder that was begun is gone on with: the newest checkpoint tells the step, and the records what is left of it.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers")

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from pydantic import JsonValue
from transformers import PreTrainedModel

from ..embed import Embedder
from ..errors import UsageError
from ..experience.memory import Memory, rewind
from ..experience.write import Writer
from ..judge import Judge
from ..learn.checkpoint import checkpoints
from ..learn.curves import HeldOutFigures
from ..learn.diagnostics import DiagnosticsWriter, StepDiagnostics
from ..learn.examples import Claims
from ..learn.tokens import TrajectoryEncoder
from ..learn.trainer import Trainer
from ..model.load import LoadedModel, save_model
from ..pipeline import Agent, keep_requests, prepare_judges
from ..records import Record, Request, digest_of_requests
from ..store.folders import write_whole_folder
from .attempts import Ledger
from .leakage import Leak, find_leaks
from .lessons import Hint, open_experiences, own_words
from .look import Looks
from .publish import Publisher
from .round import Opened, Round
from .settings import EvolveSettings
from .state import CHECKPOINTS, MEMORY, MOST_ATTEMPTS, POLICY, Begun, begin, refuse_other, step_of, version_of
from .watch import Watch, unwatched


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolved:
    """What a loop did."""

    first: int
    """The step that it went on from."""
    steps: int
    """Steps in all, those of earlier processes included."""
    leaks: list[Leak]
    """Training requests that were left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """The parts of a loop that evolves a policy in one run folder, the agent's."""

    agent: Agent
    """Makes and draws attempts. Its sampling has the limits; temperature, top-p and seeds are those of training."""
    judges: Sequence[Judge]
    """One of images and one of programs, or the one that the reward is made of."""
    writer: Writer
    embedder: Embedder
    """By which the memory finds similar requests."""
    model: LoadedModel
    """Whose files a policy is saved with."""
    encoder: TrajectoryEncoder
    trainer: Trainer
    publisher: Publisher
    """Brings the trainer's weights to the agent's policy."""
    requests: Sequence[Request]
    """To learn from."""
    held_out: Sequence[Request] = ()
    """Never learned from, and looked at now and then."""
    apart: Sequence[Request] = ()
    """Neither learned from nor looked at, such as those of a benchmark."""
    settings: EvolveSettings = field(default_factory=EvolveSettings)
    hint: Hint = own_words
    """What the teacher reads of an experience; another function makes a control, such as advice by chance."""
    claims: Claims | None = None
    """Which tokens an axis judges, where credit is given by axis; None: `learn.credit.CLAIMS`."""
    watch: Watch = unwatched
    """Hears of every phase."""

    async def prepare(self) -> list[str]:
        """Find out before any work what is missing; what cannot be reached now and may be later is returned, in words.

        Raises:
            UsageError: the parts do not fit each other or the settings; or a key, a server or a model is missing.
            PolicyError: the policy's server cannot be asked which model it has.
            PublishError: whoever rolls out cannot take weights.
        """
        self._check()
        unreached = [*await self.agent.prepare(), *await prepare_judges(self.judges)]
        await self.publisher.prepare()
        if self.settings.ahead and self.agent.policy.info.name == "local":
            raise UsageError(
                "ahead is 1, and the policy is in this process: it speaks with the very weights that are trained, so "
                "it cannot speak while they are. Set ahead to 0, or serve the policy."
            )
        return unreached

    async def run(
        self,
        *,
        on_step: Callable[[StepDiagnostics], None] = lambda _step: None,
        on_look: Callable[[HeldOutFigures], None] = lambda _look: None,
        when_ready: Callable[[Sequence[Leak]], None] = lambda _leaks: None,
    ) -> Evolved:
        """Make the rounds that are left, with looks at held-out requests between them; the parts stay open.

        Args:
            on_step: hears of each step once its weights are published.
            on_look: hears of each look.
            when_ready: hears which training requests are left out, once nothing keeps the loop from going on in its
                folder.

        Raises:
            UsageError: the folder was begun with something else, or see `prepare`.
            RunLockedError: another process works in the run folder.
            GenEvolveError: what a round or a look raises; what is done is kept.
        """
        await self.prepare()
        async with self._opened(when_ready) as (opened, leaks):
            first = self.trainer.step
            await self.publisher.publish(self.trainer.module, version=version_of(first))
            for step in range(first, self.settings.rounds + 1):
                for figures in await opened.looks.take(step):
                    on_look(figures)
                if step < self.settings.rounds:
                    on_step(await Round(loop=self, opened=opened, step=step).run())
            self.save_policy()
        return Evolved(first=first, steps=self.trainer.step, leaks=leaks)

    async def round(self) -> StepDiagnostics:
        """Make one round, the next one; `run` makes all that are left.

        Raises:
            UsageError: there is none left, or as for `run`.
            GenEvolveError: what the round raises; what is done is kept.
        """
        await self.prepare()
        async with self._opened() as (opened, _):
            step = self.trainer.step
            if step >= self.settings.rounds:
                raise UsageError(f"all {step} steps are done; raise steps to go on")
            await self.publisher.publish(self.trainer.module, version=version_of(step))
            return await Round(loop=self, opened=opened, step=step).run()

    async def close(self) -> None:
        """Close the connections of all parts."""
        await self.agent.close()
        await self.publisher.close()

    def save_policy(self) -> Path:
        """Write the weights as they are now into the run's folder that a local policy is opened from; returns it.

        Raises:
            StoreError: they cannot be written; what was there stays.
        """
        model = replace(self.model, module=cast(PreTrainedModel, self.trainer.module))
        return write_whole_folder(self.agent.run.root / POLICY, lambda partial: save_model(model, partial))

    @asynccontextmanager
    async def _opened(
        self, when_ready: Callable[[Sequence[Leak]], None] = lambda _leaks: None
    ) -> AsyncGenerator[tuple[Opened, list[Leak]]]:
        """The run's files, the trainer standing where they say, and the training requests that were left out."""
        run, settings = self.agent.run, self.settings
        with run.lock(), ExitStack() as stack:
            leaks = find_leaks(self.requests, [*self.held_out, *self.apart], similarity=settings.leak_similarity)
            left_out = {leak.request.id: leak.held_out.id for leak in leaks}
            requests = [request for request in self.requests if request.id not in left_out]
            _check_requests(requests, leaks, count=settings.learn.update.requests)
            begun = Begun(settings=settings, parts=self._parts(requests), left_out=left_out)
            refuse_other(run, begun)
            keep_requests(run, requests)  # before the loop's own file: by them a folder is known as a run's
            when_ready(leaks)
            begin(run, begun)
            self._restore()
            rewind(run.root / MEMORY, step=self.trainer.step)
            memory = Memory(self.embedder, settings=settings.memory, path=run.root / MEMORY)
            writer = DiagnosticsWriter(run.root, tensorboard=settings.tensorboard, first_step=self.trainer.step)
            opened = Opened(
                requests=requests,
                ledger=stack.enter_context(Ledger(run)),
                lessons=stack.enter_context(open_experiences(run)),
                memory=stack.enter_context(memory),
                diagnostics=stack.enter_context(writer),
                looks=stack.enter_context(Looks(self.agent, self.judges, self.held_out, settings, watch=self.watch)),
            )
            try:
                yield opened, leaks
            finally:
                for task in opened.ahead.values():
                    task.cancel()
                await asyncio.gather(*opened.ahead.values(), return_exceptions=True)

    def _restore(self) -> None:
        """Put the trainer where the newest checkpoint left it, unless it is further."""
        found = checkpoints(self.agent.run.root / CHECKPOINTS)
        if found and (step_of(found[-1].name) or 0) > self.trainer.step:
            self.trainer.load(found[-1])

    def _parts(self, requests: Sequence[Request]) -> dict[str, JsonValue]:
        """What decides what a step is, besides the settings."""
        agent = self.agent
        parts: dict[str, Record] = {
            "policy": agent.policy.info.but(weights=None),
            "tools": agent.toolbox.info,
            "limits": agent.sampling.limits,
            "renderer": agent.renderer.info,
            **{f"judge of the {judge.kind}": judge.info for judge in self.judges},
            "writer": self.writer.info,
        }
        return {
            **{name: part.model_dump(mode="json") for name, part in parts.items()},
            "prompt": agent.prompt.digest(agent.toolbox, agent.sampling.limits),
            "embedder": self.embedder.name,
            "requests": digest_of_requests(requests),
            "held-out requests": digest_of_requests(self.held_out),
            # Named only where there are some, so that runs begun before they could be set go on.
            **({"requests apart": digest_of_requests(self.apart)} if self.apart else {}),
        }

    def _check(self) -> None:
        """Nothing, where parts and settings fit each other."""
        learn = self.settings.learn
        update, parts = learn.update, learn.reward.parts
        if self.trainer.settings != learn:
            raise UsageError(
                "the trainer has other settings than the loop's settings.learn; expected the same. "
                "Make it with Trainer(model, settings.learn)."
            )
        wanted = {"image_and_program": {"image", "program"}}.get(parts, {parts})
        kinds = [judge.kind for judge in self.judges]
        if wanted - set(kinds) or len(kinds) != len(set(kinds)):
            raise UsageError(
                f"the reward is made of {parts!r} and the judges are of {kinds}; expected one of each of "
                f"{sorted(wanted)}. Add the judge, or set learn.reward.parts to what is judged."
            )
        if update.attempts > MOST_ATTEMPTS:
            raise UsageError(f"learn.update.attempts is {update.attempts}; expected at most {MOST_ATTEMPTS}")
        if self.settings.ahead and (update.served_weight_cap is None or update.old_logp != "recomputed"):
            raise UsageError(
                "ahead is 1, so attempts are made by older weights than those that learn from them, and nothing "
                "corrects for that; set learn.update.served_weight_cap, such as 2.0, and leave learn.update.old_logp "
                'at "recomputed"'
            )


def _check_requests(requests: Sequence[Request], leaks: Sequence[Leak], *, count: int) -> None:
    """Nothing, where there are enough requests for a step, each with an id of its own."""
    repeated = [name for name, times in Counter(request.id for request in requests).items() if times > 1]
    if repeated:
        raise UsageError(f"two training requests have the id {repeated[0]!r}; give each an id of its own")
    if len(requests) < count:
        raise UsageError(
            f"there are {len(requests)} requests to learn from and a step takes {count} "
            f"({len(leaks)} were left out because they are too like ones that are held out or apart); "
            "give more, or lower learn.update.requests"
        )
