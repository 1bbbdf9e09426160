"""The small world, opened: everything that an attempt in it needs, made from its settings."""

from dataclasses import dataclass
from pathlib import Path

from ..policy import Policy
from ..records import Lesson, Request, Sampling, Size, Trajectory
from ..render.sketch import SketchRenderer
from ..rollout import SystemPrompt, rollout
from ..skills import Skills, read_skill
from ..store.images import ImageStore
from ..tools import Toolbox
from .advice import with_hint
from .entities import picture_of
from .names import Split
from .provider import WorldProvider
from .requests import make_requests
from .settings import WorldSettings
from .speech import read_request

SYSTEM = "Find out what the request leaves open, then answer with a program for the renderer."
NOTICES = {
    "final_step": "FINAL STEP: answer now.",
    "too_long": "RESPONSE TOO LONG: reply with the action alone.",
    "malformed": "Not understood: reply with one action.",
    "invalid": "Not drawable: answer again.",
}
"""What the rollout says; it names no fault, for a fault's words would not be of this world."""
SKILLS_FOLDER = Path(__file__).parent / "skills"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One small world."""

    settings: WorldSettings
    provider: WorldProvider
    skills: Skills
    toolbox: Toolbox
    prompt: SystemPrompt
    renderer: SketchRenderer

    @property
    def sampling(self) -> Sampling:
        """How replies are drawn, with the world's limits; the released runtime's temperature."""
        return Sampling(limits=self.settings.limits)

    def requests(self, split: Split, count: int) -> list[Request]:
        """The first requests of a split."""
        return make_requests(split, count, seed=self.settings.seed)

    def advised(self, lesson: Lesson) -> SystemPrompt:
        """The prompt with a lesson at the end of the system message."""
        return SystemPrompt(template=with_hint(self.prompt.template, lesson), notices=self.prompt.notices)

    def stock(self, images: ImageStore, request: Request) -> None:
        """Put the picture that a request wants into a store, where judges look for it."""
        asked = read_request(request.text)
        if asked is not None:
            images.add(picture_of(asked.name, "emblem", seed=self.settings.seed))

    async def roll_out(
        self,
        request: Request,
        policy: Policy,
        *,
        images: ImageStore,
        attempt: int = 0,
        seed: int = 0,
        prompt: SystemPrompt | None = None,
        sampling: Sampling | None = None,
    ) -> Trajectory:
        """One attempt's conversation by the real rollout loop.

        Args:
            seed: of the run; the attempt's own seed is this and its number.
            prompt: None says the world's own words.
            sampling: None takes the world's; its seed is replaced.
        """
        return await rollout(
            request,
            policy=policy,
            toolbox=self.toolbox,
            images=images,
            sampling=(sampling or self.sampling).but(seed=seed + attempt),
            attempt=attempt,
            prompt=prompt or self.prompt,
        )


def open_world(settings: WorldSettings | None = None) -> World:
    """The world of these settings."""
    settings = settings or WorldSettings()
    provider = WorldProvider(seed=settings.seed)
    found = [read_skill(path) for path in sorted(SKILLS_FOLDER.glob("*.md"))]
    skills = Skills({skill.name: skill for skill in found})
    return World(
        settings=settings,
        provider=provider,
        skills=skills,
        toolbox=Toolbox(provider=provider, skills=skills, text_only=True, listing="brief"),
        prompt=SystemPrompt(template=SYSTEM, notices=NOTICES),
        renderer=SketchRenderer(size=Size(width=settings.canvas_px, height=settings.canvas_px)),
    )
