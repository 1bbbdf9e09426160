"""One request from words to picture: roll out, draw.

An `Agent` joins a policy, its tools and a renderer over one run folder. It
makes records and hands them back; `evolve`, `evaluate` and the command line
decide which, how many, and when.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from .errors import RenderError, StoreError
from .language.text import one_line
from .policy import Policy, open_policy
from .records import (
    Attempt,
    Failure,
    Record,
    Render,
    Request,
    Sampling,
    Size,
    Trajectory,
    digest_bytes,
    render_id,
)
from .render import Renderer, open_renderer
from .rollout import SystemPrompt, plan_trajectory_id, rollout
from .search import open_provider
from .skills import load_skills
from .store import RunDir, Stage, Tally, bring_pictures, run_stage
from .tools import Toolbox


class AgentSettings(Record):
    """How trajectories are made."""

    policy: str = "planner"
    search: str = "atlas"
    """Name of the provider."""
    index: str | None = None
    """The index file that the "local" provider reads."""
    skills: str | None = None
    """A folder of further skills."""
    system_prompt: str | None = None
    """A file that replaces the system prompt; a checkpoint does best with the one it was trained on."""
    tools: tuple[str, ...] = ("search", "image_search", "query_knowledge")
    text_only: bool = False
    """Show the policy no pictures, as the released runtime does."""
    attempts: int = Field(default=1, ge=1, le=1000)
    sampling: Sampling = Sampling()


class DrawSettings(Record):
    """How programs are drawn."""

    renderer: str = "sketch"
    size: Size | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Answers requests in one run folder."""

    run: RunDir
    policy: Policy
    toolbox: Toolbox
    prompt: SystemPrompt
    sampling: Sampling
    renderer: Renderer

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

    async def roll_out(self, request: Request, attempt: int = 0) -> Trajectory:
        """One attempt's conversation; faults of the policy and the world are recorded on it."""
        return await rollout(
            request,
            policy=self.policy,
            toolbox=self.toolbox,
            images=self.run.images,
            sampling=self.sampling_of(attempt),
            attempt=attempt,
            prompt=self.prompt,
        )

    async def attempt(self, text: str, *, references: Iterable[Path] = (), attempt: int = 0) -> Attempt:
        """Answer one request and draw it, both kept in the run; what is there already is not done again.

        Raises:
            UsageError: a reference is no picture.
            RunLockedError: another process works in the run folder.
        """
        brought = bring_pictures(list(references), self.run.images)
        request = Request(id=request_name(text), text=text, brought=brought)
        with self.run.lock():
            keep_requests(self.run, [request])
            await roll_out_all(self, [(request, attempt)], parallel=1)
            trajectory = self.run.read_trajectories()[self.id_of(request, attempt)]
            await draw_all(self.run, self.renderer, [trajectory], parallel=1)
        render = self.run.read_renders().get(render_id(trajectory.id, self.renderer.info))
        return Attempt(trajectory=trajectory, render=render)

    def answer(self, text: str, *, references: Iterable[Path] = (), attempt: int = 0) -> Attempt:
        """`attempt()` for programs that are not asynchronous: it runs an event loop of its own."""
        return asyncio.run(self.attempt(text, references=references, attempt=attempt))

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


def open_agent(run: Path | str, settings: AgentSettings | None = None, draw: DrawSettings | None = None) -> Agent:
    """An agent that keeps what it makes in the folder `run`, made if it is not there.

    Raises:
        UsageError: a name is not known, or a file that the settings name is missing.
    """
    settings, draw = settings or AgentSettings(), draw or DrawSettings()
    folder = RunDir.create(Path(run))
    skills = load_skills(Path(settings.skills) if settings.skills else None)
    provider = open_provider(settings.search, index=Path(settings.index) if settings.index else None)
    toolbox = Toolbox(provider=provider, skills=skills, only=settings.tools, text_only=settings.text_only)
    return Agent(
        run=folder,
        policy=open_policy(settings.policy),
        toolbox=toolbox,
        prompt=SystemPrompt.from_file(Path(settings.system_prompt))
        if settings.system_prompt
        else SystemPrompt.default(),
        sampling=settings.sampling,
        renderer=open_renderer(draw.renderer, size=draw.size, seed=draw.seed),
    )


def keep_requests(run: RunDir, requests: Iterable[Request]) -> None:
    """Append to the run the requests that it does not have.

    Raises:
        StoreError: it has one with the same id and other words.
    """
    known = run.read_requests()
    with run.request_journal() as journal:
        for request in requests:
            if request.id not in known:
                journal.append(request)
            elif (known[request.id].text, known[request.id].brought) != (request.text, request.brought):
                raise StoreError(
                    f"the run {str(run.root)!r} has another request with the id {request.id!r}: "
                    f"{one_line(known[request.id].text, max_chars=60)!r}. Give this one another id, or another --out."
                )


async def roll_out_all(
    agent: Agent,
    attempts: Iterable[tuple[Request, int]],
    *,
    parallel: int = 16,
    retry_failed: bool = False,
    on_record: Callable[[Trajectory, Tally], None] = lambda _record, _tally: None,
) -> Tally:
    """Roll out what the run does not have yet; each trajectory is on disk before the next of its slot begins."""
    with agent.run.trajectory_journal() as journal:
        stage: Stage[tuple[Request, int], Trajectory] = Stage(
            key=lambda item: agent.id_of(*item),
            work=lambda item: agent.roll_out(*item),
            journal=journal,
            parallel=parallel,
            retry_failed=retry_failed,
        )
        return await run_stage(stage, attempts, on_record=on_record)


async def draw_all(
    run: RunDir,
    renderer: Renderer,
    trajectories: Iterable[Trajectory],
    *,
    parallel: int = 4,
    retry_failed: bool = False,
    on_record: Callable[[Render, Tally], None] = lambda _record, _tally: None,
) -> Tally:
    """Draw every program that the run has no picture of by this renderer, and give the pictures their names."""
    with run.render_journal() as journal:
        stage: Stage[Trajectory, Render] = Stage(
            key=lambda trajectory: render_id(trajectory.id, renderer.info),
            work=lambda trajectory: draw(run, renderer, trajectory),
            journal=journal,
            parallel=parallel,
            retry_failed=retry_failed,
        )
        return await run_stage(stage, (t for t in trajectories if t.program), on_record=on_record)


async def draw(run: RunDir, renderer: Renderer, trajectory: Trajectory) -> Render:
    """Draw one trajectory's program; a renderer that fails leaves a render that says so.

    Raises:
        StoreError: the picture cannot be written.
    """
    assert trajectory.program is not None, "only trajectories with a program are drawn"
    began = time.monotonic()
    image, scene, failure = None, None, None
    try:
        references = tuple(run.images.read(reference.digest) for reference in trajectory.program.references)
        drawing = await renderer.draw(trajectory.program, references)
        image, scene = run.images.add(drawing.data), drawing.scene
    except RenderError as error:
        failure = Failure(whose="world", where=f"renderer {renderer.info.name}", what=str(error))
    render = Render(
        trajectory=trajectory.id,
        renderer=renderer.info,
        image=image,
        scene=scene,
        seconds=time.monotonic() - began,
        failure=failure,
    )
    if image:
        run.show_picture(render, request_id=trajectory.request.id, attempt=trajectory.attempt)
    return render


def request_name(text: str) -> str:
    """A readable id for a request that has none: its first words and four hex digits of all of them."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split()
    return "-".join([*words[:6], digest_bytes(text.encode())[:4]])[:80]
