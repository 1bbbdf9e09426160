"""The small world as an ordinary agent and ordinary judges: what a run, a rollout or a loop of training takes."""

from typing import Literal

from ..errors import UsageError
from ..experience.contrast import Contrast
from ..experience.write import Written
from ..language.text import one_line
from ..pipeline import Agent
from ..policy import Policy, ServedSettings, open_policy
from ..records import Request, Sampling, WriterInfo
from ..store import ImageStore, RunDir
from .demonstrator import Demonstrator, Fixed
from .entities import entity_of
from .lessons import write_group_lesson, write_lesson
from .names import split_of
from .opened import World
from .remembered import RememberingRenderer
from .requests import recipe_of
from .speech import read_request

Reads = Literal["pair", "group"]
DEMONSTRATOR, ORACLE = "demonstrator", "oracle"
"""Names of policies that live in the world: often mistaken, and never."""


def world_agent(world: World, run: RunDir, policy: Policy, *, sampling: Sampling | None = None) -> Agent:
    """An agent that stands in the world: its provider, skills, prompt and canvas.

    Args:
        sampling: None takes the world's, limits included.
    """
    drawn_by = world.renderer
    if not isinstance(drawn_by, RememberingRenderer):
        drawn_by = RememberingRenderer(drawn_by)
    return Agent(
        run=run,
        policy=policy,
        toolbox=world.toolbox,
        prompt=world.prompt,
        sampling=sampling or world.sampling,
        renderer=drawn_by,
        provider=world.provider,
    )


def open_world_policy(name: str, *, images: ImageStore, served: ServedSettings | None = None) -> Policy:
    """The policy of a name: one that lives in the world, or any that `open_policy` knows.

    Raises:
        UsageError: there is none of that name, or it lacks what it needs.
    """
    if name == DEMONSTRATOR:
        return Demonstrator()
    if name == ORACLE:
        return Fixed()
    return open_policy(name, images=images, served=served)


def in_world(world: World, request: Request) -> Request:
    """The request with the recipe that the world has for its words, by which judges judge.

    Raises:
        UsageError: its words are not of this world.
    """
    asked, seed = read_request(request.text), world.settings.seed
    if asked is None or split_of(asked.name, seed=seed) is None:
        example = world.requests("evaluation", 1)[0].text
        raise UsageError(
            f"{one_line(request.text, max_chars=80)!r} is no request of the small world {seed}; expected its words, "
            f"such as {example!r}. `genevolve world {seed}` prints more."
        )
    return request.but(recipe=recipe_of(asked, entity_of(asked.name, seed=seed), seed=seed))


class WorldWriter:
    """Writes by the world's own rules, in words that the world's policy can read."""

    def __init__(self, reads: Reads = "pair") -> None:
        """A writer that reads the best and the worst attempt, as published, or all attempts of their group."""
        self._reads = reads
        self.info = WriterInfo(name="small-world", rubric="version 1" if reads == "pair" else "of groups, version 1")

    async def write(self, contrast: Contrast) -> Written:
        """The lesson; none where the attempts differ in no decision that the judges' axes tell of."""
        if self._reads == "pair":
            lesson = write_lesson(contrast.best, contrast.worst)
        else:
            lesson = write_group_lesson(contrast.group)
        return Written(lesson=lesson) if lesson.said else Written(lesson=None, reason="nothing to say")
