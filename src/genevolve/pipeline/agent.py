"""One request from words to picture.

An `Agent` joins a policy, its tools and a renderer over one run folder. It
makes records and hands them back; `evolve`, `evaluate` and the command line
decide which, how many, and when.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import PolicyError, RenderError, SearchError, UsageError
from ..policy import Policy, open_policy
from ..policy.budgeted import BudgetedPolicy
from ..policy.recorded import RecordedPolicy, ResumedPolicy
from ..records import Attempt, Request, Sampling, Trajectory, digest_bytes, render_id
from ..render import Renderer, open_renderer
from ..render.budgeted import BudgetedRenderer
from ..render.recorded import RecordedRenderer
from ..rollout import SystemPrompt, plan_trajectory_id, rollout
from ..search import OFFLINE_PROVIDERS, Provider, open_provider
from ..search.budgeted import BudgetedProvider
from ..search.remembered import ATTEMPT, RememberedProvider
from ..skills import Skills, load_skills
from ..store import ImageStore, RunDir, Stage, Tally, bring_pictures, run_stage
from ..store.budget import Budget
from ..store.cache import AnswerStore, cache_folder
from ..tools import Toolbox
from .parts import do_each
from .settings import NO_SKILLS, AgentSettings, DrawSettings
from .stages import draw_all, keep_requests

CACHE_SECONDS = 7 * 24 * 3600
"""How long an answer of the web is taken for true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Answers requests in one run folder."""

    run: RunDir
    policy: Policy
    toolbox: Toolbox
    prompt: SystemPrompt
    sampling: Sampling
    renderer: Renderer
    provider: Provider
    """What the toolbox searches."""

    async def prepare(self) -> list[str]:
        """Find out before any work what is missing: a key, a server, a model's name.

        Returns what cannot be reached now and may be later, in words: a run goes on
        without it, and says on each record what that cost.

        Raises:
            UsageError: a key is missing or refused, or a model is not named; what to do about it.
            PolicyError: the policy's server cannot be asked which model it has.
        """
        parts = (("prepare", self.policy), ("check", self.provider), ("prepare", self.renderer))
        asked = await asyncio.gather(*(do_each(step, part) for step, part in parts), return_exceptions=True)
        failed = [error for error in asked if error is not None]
        for error in failed:
            if not isinstance(error, PolicyError | SearchError | RenderError):
                raise error
        if isinstance(asked[0], PolicyError):
            raise PolicyError("; ".join(map(str, failed))) from asked[0]
        return [str(error) for error in failed]

    async def close(self) -> None:
        """Close connections; the agent can be used again, on another event loop too."""
        await do_each("close", self.policy, self.provider, self.renderer)

    def sampling_of(self, attempt: int) -> Sampling:
        """The sampling of one attempt: its seed is the run's plus its number, so that attempts differ."""
        seed = self.sampling.seed
        return self.sampling if seed is None and attempt == 0 else self.sampling.but(seed=(seed or 0) + attempt)

    def id_of(self, request: Request, attempt: int) -> str:
        """The id that the trajectory of this attempt will have."""
        return plan_trajectory_id(
            request,
            policy=self.policy,
            toolbox=self.toolbox,
            sampling=self.sampling_of(attempt),
            attempt=attempt,
            prompt=self.prompt,
        )

    async def roll_out(self, request: Request, attempt: int = 0, *, begun: Trajectory | None = None) -> Trajectory:
        """One attempt's conversation; faults of the policy and the world are recorded on it.

        Args:
            begun: the same attempt as it broke off by fault of the world; what was said then is not asked again.
        """
        name = self.id_of(request, attempt)
        policy = self.policy.of(name) if isinstance(self.policy, RecordedPolicy) else self.policy
        token = ATTEMPT.set(name)
        try:
            return await rollout(
                request,
                policy=ResumedPolicy(begun, then=policy) if begun else policy,
                toolbox=self.toolbox,
                images=self.run.images,
                sampling=self.sampling_of(attempt),
                attempt=attempt,
                prompt=self.prompt,
            )
        finally:
            ATTEMPT.reset(token)

    async def roll_out_all(
        self,
        attempts: Iterable[tuple[Request, int]],
        *,
        parallel: int = 16,
        retry_failed: bool = False,
        on_record: Callable[[Trajectory, Tally], None] = lambda _record, _tally: None,
    ) -> Tally:
        """Roll out what the run does not have yet; each trajectory is on disk before the next of its slot begins."""
        begun = self._broken_off() if retry_failed else {}
        with self.run.trajectory_journal() as journal:
            stage: Stage[tuple[Request, int], Trajectory] = Stage(
                key=lambda item: self.id_of(*item),
                work=lambda item: self.roll_out(*item, begun=begun.get(self.id_of(*item)) if begun else None),
                journal=journal,
                parallel=parallel,
                retry_failed=retry_failed,
            )
            return await run_stage(stage, attempts, on_record=on_record)

    def _broken_off(self) -> dict[str, Trajectory]:
        """The attempts that failed by fault of the world; who failed by its own words begins anew."""
        recorded = self.run.read_trajectories().values()
        return {t.id: t for t in recorded if t.turns and t.failure and t.failure.whose == "world"}

    async def attempt(self, text: str, *, references: Iterable[Path] = (), attempt: int = 0) -> Attempt:
        """Answer one request and draw it, both kept in the run; what is there already is not done again.

        Raises:
            UsageError: the request is empty, or a reference is no picture.
            RunLockedError: another process works in the run folder.
        """
        if not text.strip():
            raise UsageError("the request is empty; say what to draw")
        brought = bring_pictures(list(references), self.run.images)
        request = Request(id=request_name(text), text=text, brought=brought)
        with self.run.lock():
            keep_requests(self.run, [request])
            await self.roll_out_all([(request, attempt)], parallel=1)
            trajectory = self.run.read_trajectories()[self.id_of(request, attempt)]
            await draw_all(self.run, self.renderer, [trajectory], parallel=1)
        render = self.run.read_renders().get(render_id(trajectory.id, self.renderer.info))
        return Attempt(trajectory=trajectory, render=render)

    def answer(self, text: str, *, references: Iterable[Path] = (), attempt: int = 0) -> Attempt:
        """`attempt()` for programs that are not asynchronous: it runs an event loop of its own."""

        async def once() -> Attempt:
            try:
                await self.prepare()
                return await self.attempt(text, references=references, attempt=attempt)
            finally:
                await self.close()

        return asyncio.run(once())

    def picture(self, attempt: Attempt) -> Path:
        """The picture of an attempt, under its readable name.

        Raises:
            RenderError: there is none; says why.
        """
        if attempt.render is None or attempt.render.image is None:
            failure = attempt.render.failure if attempt.render else attempt.trajectory.failure
            raise RenderError(f"there is no picture: {failure.what if failure else 'it was not drawn'}")
        request = attempt.trajectory.request
        return self.run.show_picture(attempt.render, request_id=request.id, attempt=attempt.trajectory.attempt)


def open_agent(
    run: Path | str,
    settings: AgentSettings | None = None,
    draw: DrawSettings | None = None,
    *,
    budget: Budget | None = None,
    replay: RunDir | None = None,
    use_cache: bool = True,
) -> Agent:
    """An agent that keeps what it makes in the folder `run`, made if it is not there.

    Args:
        budget: admits every call to a server; None admits all.
        replay: a run from whose record alone everything is answered; no server is asked.
        use_cache: take answers of the web that an earlier run was given, up to a week old.

    Raises:
        UsageError: a name is not known, or a file that the settings name is missing.
    """
    settings, draw = settings or AgentSettings(), draw or DrawSettings()
    folder = RunDir.create(Path(run))
    policy = _policy(folder, settings, budget=budget, replay=replay)
    provider = _provider(folder, settings, budget=budget, replay=replay, use_cache=use_cache)
    dialect = settings.served.dialect if settings.policy == "served" else "tagged"
    prompt_file = _path(settings.system_prompt)
    skills = Skills({}) if settings.skills == NO_SKILLS else load_skills(_path(settings.skills))
    return Agent(
        run=folder,
        policy=policy,
        toolbox=Toolbox(provider=provider, skills=skills, only=settings.tools, text_only=settings.text_only),
        prompt=SystemPrompt.from_file(prompt_file, dialect) if prompt_file else SystemPrompt.default(dialect),
        sampling=settings.sampling,
        renderer=draw_with(draw, budget=budget, replay=replay),
        provider=provider,
    )


def draw_with(draw: DrawSettings, *, budget: Budget | None = None, replay: RunDir | None = None) -> Renderer:
    """The renderer of these settings.

    Raises:
        UsageError: it is not known, or lacks what it needs.
    """
    if replay is not None:
        return RecordedRenderer(replay.read_renders().values(), replay.read_trajectories(), replay.images)
    renderer = open_renderer(
        draw.renderer, size=draw.size, seed=draw.seed, model=draw.model, urls=draw.urls, settings=draw.settings
    )
    return BudgetedRenderer(renderer, budget) if budget and draw.renderer != "sketch" else renderer


def _policy(folder: RunDir, settings: AgentSettings, *, budget: Budget | None, replay: RunDir | None) -> Policy:
    if replay is not None:
        return RecordedPolicy(replay.read_trajectories().values())
    policy = open_policy(settings.policy, images=folder.images, served=settings.served)
    return BudgetedPolicy(policy, budget) if budget and settings.policy == "served" else policy


def _provider(
    folder: RunDir, settings: AgentSettings, *, budget: Budget | None, replay: RunDir | None, use_cache: bool
) -> Provider:
    if replay is not None:
        name = next(iter(replay.read_trajectories().values())).toolbox.provider
        return RememberedProvider(None, name=name, images=replay.images, record=AnswerStore(replay.answers))
    provider = open_provider(settings.search, index=_path(settings.index))
    is_offline = set(settings.search.split(",")) <= set(OFFLINE_PROVIDERS)
    cache, pictures = None, None
    if not is_offline:
        provider = BudgetedProvider(provider, budget) if budget else provider
    if use_cache and not is_offline:
        cache = AnswerStore(cache_folder() / "answers.sqlite", max_age_seconds=CACHE_SECONDS)
        pictures = ImageStore(cache_folder() / "images")
    record = AnswerStore(folder.answers)
    return RememberedProvider(provider, images=folder.images, record=record, cache=cache, pictures=pictures)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def request_name(text: str) -> str:
    """A readable id for a request that has none: its first words and four hex digits of all of them."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split()
    return "-".join([*words[:6], digest_bytes(text.encode())[:4]])[:80]
