"""From the settings of a run to the loop that evolves a policy: every part opened, none asked yet."""

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ..config import ModelSettings, RequestSettings, RunConfig, ServingSettings, keep_config, refuse_changes
from ..embed import EmbedSettings, open_embedder
from ..errors import UsageError
from ..evolve.leakage import Leak
from ..evolve.loop import Evolved, Loop
from ..evolve.publish import LocalPublisher, Publisher
from ..evolve.settings import EvolveSettings
from ..evolve.state import POLICY, is_begun, version_of
from ..evolve.watch import Watch
from ..experience.write import Writer, WriterSettings, open_writer
from ..judge import Judge, JudgeSettings
from ..learn.curves import read_held_out
from ..learn.trainer import Trainer
from ..model.load import LoadedModel
from ..pipeline import Agent, AgentSettings, do_each, judge_with, open_agent
from ..policy import Policy
from ..policy.budgeted import BudgetedPolicy
from ..policy.local import LocalPolicy
from ..policy.served import ServedPolicy
from ..store import RunDir
from ..store.budget import Budget
from ..store.images import NamedOnly
from ..world import World, open_world
from ..world.agent import WorldWriter, world_agent
from ..world.credit import claims_of
from ..world.judging import world_judges
from .evolve_lines import Teller, gain_words
from .learner import TINY_FOLDER, encoder_of, next_command, open_model
from .settings import budget_of, note
from .small_world import sampling_in
from .training_requests import TrainingRequests, training_requests
from .work import counted, run_folder, run_here, tell_spent

LOCAL, SERVED = "local", "served"
_MOST_LEAKS_TOLD = 5
PUBLISHED = "published"
"""Folder of a run that a server reads new weights from."""
LOADING = ("model.load", "model.shape")
"""How a model is put into memory, and what `--dry-run` reckons with: a run may go on with these changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A loop, and what it learns on."""

    loop: Loop
    requests: TrainingRequests


def evolve_in(folder: Path, config: RunConfig, *, tiny: bool, budget: str | None) -> None:
    """Evolve a policy in a folder, or go on there, and tell how it went.

    Raises:
        RunLockedError: another process works in the folder; nothing there is changed.
        UsageError: the folder was begun with something else; nothing there is changed.
        GenEvolveError: what a part, or a round, raises; what is done is kept.
    """
    spending = budget_of(budget, config)
    with run_folder(folder) as run, run.lock():
        began = time.monotonic()
        try:
            evolved = run_here(_evolve(run, config, tiny=tiny, budget=spending))
        finally:
            tell_spent(spending)
        done = evolved.steps - evolved.first
        print(f"evolved    {counted('step', evolved.steps)}, {done:,} of them now in {time.monotonic() - began:.0f} s")
        if gained := gain_words(read_held_out(run.root)):
            print(f"gained     {gained}")
        print(f"policy     {run.root / POLICY}")
        print(f"lessons    genevolve experience {run.root}")
        print(f"report     genevolve report {run.root}")
        print(f"next       {next_command(run.root / POLICY, config)}")


async def _evolve(run: RunDir, config: RunConfig, *, tiny: bool, budget: Budget) -> Evolved:
    _refuse_other_size(run, tiny=tiny)
    async with AsyncExitStack() as stack:
        if tiny:
            from .tiny import stand_ins

            config = await stand_ins(run, config, stack)
        if is_begun(run):
            # The tiny model is in the run's own folder, which may be called otherwise by now.
            refuse_changes(run, config, ("world", "model"), but=(*LOADING, "model.start") if tiny else LOADING)
        note(f"run        {run.root}")
        settings = config.evolve or EvolveSettings()
        teller = Teller(rounds=settings.rounds)
        stack.callback(teller.close)
        opened = open_loop(run, config, watch=teller.moment, budget=budget)
        loop = opened.loop
        stack.push_async_callback(loop.close)
        stack.push_async_callback(do_each, "close", *loop.judges, loop.writer, loop.embedder)
        for words in (*opened.requests.told, *(f"no answer  {words}" for words in await loop.prepare())):
            note(words)

        def keep(leaks: Sequence[Leak]) -> None:
            _keep_targets(run, config, opened.requests)
            if told := keep_config(run, config):
                note(told)
            _tell_left_out(leaks, opened.requests)

        return await loop.run(on_step=teller.step, on_look=teller.look, when_ready=keep)


def open_loop(run: RunDir, config: RunConfig, *, watch: Watch, budget: Budget) -> Opened:
    """The loop of these settings in a run folder.

    Raises:
        UsageError: a part lacks what it needs, or is none that can learn.
        MissingExtraError: what trains is not installed.
    """
    settings = config.evolve or EvolveSettings()
    world = open_world(config.world) if config.world else None
    # Until a run that was begun is known to go on with these requests, none of their pictures is added to it.
    images = NamedOnly(run.images.folder) if is_begun(run) else run.images
    named = config.requests or RequestSettings()
    requests = training_requests(images, named, world, similarity=settings.leak_similarity)
    model = open_model(config.model or ModelSettings(), run.root)
    policy, publisher = _policy(run, config, model)
    # The publisher knows the policy itself; whoever attempts asks it what the budget admits.
    speaker = BudgetedPolicy(policy, budget) if isinstance(policy, ServedPolicy) else policy
    agent = _agent(run, config, speaker, world, budget)
    limits = agent.sampling.limits
    loop = Loop(
        agent=agent,
        judges=_judges(run, config, world, budget),
        writer=_writer(config, world, budget),
        embedder=open_embedder(config.embed or EmbedSettings(), budget=budget),
        model=model,
        encoder=encoder_of(model, run.images.read, max_tokens=limits.max_context_tokens),
        trainer=Trainer(model.module, settings.learn),
        publisher=publisher,
        requests=requests.train,
        held_out=requests.held_out,
        apart=requests.apart,
        settings=settings,
        claims=claims_of if world else None,
        watch=watch,
    )
    return Opened(loop=loop, requests=requests)


def _refuse_other_size(run: RunDir, *, tiny: bool) -> None:
    """Nothing, where the folder is new, or was begun as it is now: with `--tiny`, or without."""
    was_tiny = (run.root / TINY_FOLDER).is_dir()
    if was_tiny != tiny and (was_tiny or is_begun(run)):
        raise UsageError(
            f"the run {str(run.root)!r} was begun with{'' if was_tiny else 'out'} --tiny; go on with the same, or name "
            "another folder with --out"
        )


def _keep_targets(run: RunDir, config: RunConfig, requests: TrainingRequests) -> None:
    """Put the pictures of requests into the run where one is not there yet."""
    named = [request.target for request in (*requests.train, *requests.held_out) if request.target]
    if any(target not in run.images for target in named):
        training_requests(run.images, config.requests or RequestSettings(), None)  # the small world names none


def _tell_left_out(leaks: Sequence[Leak], requests: TrainingRequests) -> None:
    """Which training requests are left out, and because of which others."""
    looked_at = {request.id for request in requests.held_out}
    for leak in leaks[:_MOST_LEAKS_TOLD]:
        other = f"{leak.held_out.id}, which is {'held out' if leak.held_out.id in looked_at else 'set apart'}"
        note(f"left out   {leak.request.id}: too like {other} ({leak.similarity:.2f})")
    if leaks:
        note(f"left out   {counted('training request', len(leaks))} in all, because of what is held out or set apart")


def _policy(run: RunDir, config: RunConfig, model: LoadedModel) -> tuple[Policy, Publisher]:
    """Who rolls out, and what brings new weights there."""
    agent, serving = config.agent or AgentSettings(policy=LOCAL), config.serving or ServingSettings()
    if agent.policy == LOCAL:
        policy = LocalPolicy(model, images=run.images, weights=version_of(0))
        return policy, LocalPublisher(policy)
    if agent.policy != SERVED:
        raise UsageError(
            f"the policy {agent.policy!r} cannot learn; set policy under [agent] to {LOCAL!r}, the model that trains, "
            f"or {SERVED!r}, the same model behind a server that takes new weights"
        )
    if not agent.served.token_ids:
        raise UsageError(
            "a served policy learns from the ids that it sampled; set token_ids = true under [agent.served]"
        )
    served = ServedPolicy.from_environment(run.images, agent.served)
    is_lora = (serving.way or ("lora" if (config.model or ModelSettings()).lora else "weights")) == "lora"
    if is_lora:
        from ..evolve.publish_lora import LoraPublisher

        return served, LoraPublisher(served, run.root / PUBLISHED, serving)
    from ..evolve.publish_weights import WeightsPublisher

    return served, WeightsPublisher(served, run.root / PUBLISHED, model.processor, serving)


def _agent(run: RunDir, config: RunConfig, policy: Policy, world: World | None, budget: Budget) -> Agent:
    if world is not None:
        return world_agent(world, run, policy, sampling=sampling_in(world.settings, config))
    # Any policy stands in for the one that learns until it is put in its place; the run is the one that is held.
    settings = (config.agent or AgentSettings()).but(policy="direct")
    return replace(open_agent(run.root, settings, config.draw, budget=budget), policy=policy, run=run)


def _judges(run: RunDir, config: RunConfig, world: World | None, budget: Budget) -> tuple[Judge, ...]:
    if world is not None:
        return world_judges(world, run.images)
    chosen = config.judges or (JudgeSettings(judge="computed"), JudgeSettings(judge="computed-program"))
    return tuple(judge_with(settings, images=run.images, budget=budget) for settings in chosen)


def _writer(config: RunConfig, world: World | None, budget: Budget) -> Writer:
    if config.writer is None and world is not None:
        return WorldWriter()
    return open_writer(config.writer or WriterSettings(), budget=budget)
