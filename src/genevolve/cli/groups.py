"""Options in groups: what several commands take is one parameter there, spelled once here.

A command annotates a parameter with a group, a dataclass whose fields are
options; `grouped` shows typer each field as an option of its own.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_args

from . import options

if TYPE_CHECKING:
    from ..config import RunConfig
    from ..judge import JudgeSettings
    from ..pipeline import AgentSettings, DrawSettings
    from ..store import RunDir
    from ..world.settings import WorldSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFlags:
    """How trajectories are made."""

    attempts: options.Attempts = None
    policy: options.Policy = None
    base_url: options.BaseUrl = None
    model: options.Model = None
    dialect: options.Dialect = None
    text_only: options.TextOnly = False
    search: options.Search = None
    index: options.Index = None
    skills: options.Skills = None
    system_prompt: options.SystemPrompt = None
    without_tool: options.WithoutTool = None

    def settings(self, base: "RunConfig", *, seed: int | None) -> "AgentSettings":
        """The agent's settings: those of the base, changed by the flags that were given."""
        from .settings import agent_settings

        return agent_settings(
            base,
            policy=self.policy,
            served__base_url=self.base_url,
            served__model=self.model,
            served__dialect=self.dialect,
            text_only=self.text_only or None,
            search=self.search,
            index=self.index,
            skills=self.skills,
            system_prompt=self.system_prompt,
            without_tool=self.without_tool or (),
            attempts=self.attempts,
            sampling__seed=seed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawFlags:
    """How programs are drawn."""

    renderer: options.Renderer = None
    renderer_url: options.RendererUrl = None
    renderer_model: options.RendererModel = None
    renderer_setting: options.RendererSetting = None
    size: options.Size = None

    def settings(self, base: "RunConfig", *, seed: int | None) -> "DrawSettings":
        """The renderer's settings: those of the base, changed by the flags that were given."""
        from .settings import draw_settings

        return draw_settings(
            base,
            renderer=self.renderer,
            urls=self.renderer_url or (),
            model=self.renderer_model,
            settings=self.renderer_setting or (),
            size=self.size,
            seed=seed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFlags:
    """Whether the agent stands in the small world."""

    world: options.World = None

    def settings(self, base: "RunConfig") -> "WorldSettings | None":
        """The small world's settings: those of the base, with the seed that was given; None outside of it."""
        from ..world.settings import WorldSettings

        if self.world is None:
            return base.world
        return (base.world or WorldSettings()).but(seed=self.world)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeFlags:
    """Who judges."""

    judge: options.Judge = None
    judge_model: options.JudgeModel = None
    judge_url: options.JudgeUrl = None
    rubric: options.Rubric = None
    rpm: options.Rpm = None
    judge_parallel: options.JudgeParallel = None

    def settings(self, base: "RunConfig", *, default: tuple[str, ...]) -> "tuple[JudgeSettings, ...]":
        """The judges' settings: those of the base, or of the judges that were named, changed by the flags.

        Args:
            default: who judges where neither base nor flag says.

        Raises:
            UsageError: there is no judge of a name, or one rubric is given for several.
        """
        from ..config import with_changes
        from ..errors import UsageError
        from ..judge import JudgeName, JudgeSettings

        known = {settings.judge: settings for settings in base.judges or ()}
        names = self.judge or tuple(known) or default
        if unknown := [name for name in names if name not in get_args(JudgeName)]:
            raise UsageError(f"there is no judge {unknown[0]!r}; choose one of: {', '.join(get_args(JudgeName))}")
        if self.rubric and len(names) > 1:
            raise UsageError(
                f"--rubric replaces one rubric, and there are {len(names)} judges; judge with one at a time"
            )
        changes = {
            "model": self.judge_model,
            "base_url": self.judge_url,
            "rubric": str(self.rubric) if self.rubric else None,
            "rpm": self.rpm,
            "parallel": self.judge_parallel,
        }
        return tuple(with_changes(known.get(name, JudgeSettings()), {"judge": name, **changes}) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendFlags:
    """What a command may cost."""

    config: options.Config = None
    budget: options.Budget = None
    dry_run: options.DryRun = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFlags(SpendFlags):
    """What a command may cost, and whether it does again what failed."""

    retry_failed: options.RetryFailed = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFlags:
    """What answers in place of the world."""

    replay: options.Replay = None
    no_cache: options.NoCache = False

    def recorded(self) -> "RunDir | None":
        """The run that everything is answered from; None where servers are asked."""
        from ..store import RunDir

        return RunDir.open(self.replay) if self.replay else None


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command with each of its groups spread into single options, as typer reads them."""
    groups: dict[str, type[Any]] = {}
    spread: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if isinstance(parameter.annotation, type) and is_dataclass(parameter.annotation):
            groups[parameter.name] = parameter.annotation
            spread += [
                inspect.Parameter(
                    field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type
                )
                for field in fields(parameter.annotation)
            ]
        else:
            spread.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def spreading(**given: Any) -> None:
        joined = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**given, **joined)

    spreading.__signature__ = inspect.Signature(spread)  # pyright: ignore[reportAttributeAccessIssue] - typer reads it
    spreading.__annotations__ = {parameter.name: parameter.annotation for parameter in spread}
    return spreading
