"""From flags to settings: which file they start from, what the flags change, and what was chosen for the user."""

import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from ..config import RunConfig, keep_config, load_config, parse_size, with_changes
from ..errors import UsageError
from ..pipeline import AgentSettings, DrawSettings
from ..store import RunDir

_TOOLS = ("search", "image_search", "query_knowledge")


def agent_settings(
    config: RunConfig,
    *,
    policy: str | None = None,
    search: str | None = None,
    index: Path | None = None,
    skills: Path | None = None,
    system_prompt: Path | None = None,
    without_tool: Iterable[str] = (),
    attempts: int | None = None,
    seed: int | None = None,
) -> AgentSettings:
    """The agent's settings, with a line on standard error for what was chosen by what is there."""
    base = config.agent or AgentSettings()
    if search is None and index is not None:
        search = "local"
    without = set(without_tool)
    if unknown := without - set(_TOOLS):
        raise UsageError(f"there is no tool named {sorted(unknown)[0]!r}; expected one of {', '.join(_TOOLS)}")
    settings = with_changes(
        base,
        {
            "policy": policy,
            "search": search,
            "index": _path(index),
            "skills": _path(skills),
            "system_prompt": _path(system_prompt),
            "tools": tuple(tool for tool in base.tools if tool not in without) if without else None,
            "attempts": attempts,
            "sampling.seed": seed,
        },
    )
    chosen: list[str] = []
    if policy is None and config.agent is None:
        chosen.append(f"policy {settings.policy} (no model is named)")
    if search is None and config.agent is None:
        chosen.append(f"search {settings.search} (bundled; no index or provider is named)")
    _tell_chosen(chosen)
    return settings


def draw_settings(
    config: RunConfig, *, renderer: str | None = None, size: str | None = None, seed: int | None = None
) -> DrawSettings:
    """The renderer's settings, with a line on standard error for what was chosen by what is there."""
    wanted = parse_size(size).model_dump() if size else None
    settings = with_changes(config.draw or DrawSettings(), {"renderer": renderer, "size": wanted, "seed": seed})
    if renderer is None and config.draw is None:
        _tell_chosen([f"renderer {settings.renderer} (no renderer is named)"])
    return settings


def config_of(path: Path | None) -> RunConfig:
    """The settings to start from: the file that was named, else the defaults."""
    return load_config(path) if path else RunConfig()


def default_out(name: str) -> Path:
    """Where a run goes when no --out is given: runs/DATE-NAME."""
    return Path(os.environ.get("GENEVOLVE_RUNS", "runs")) / f"{date.today().isoformat()}-{name}"


def remember(run: RunDir, *, agent: AgentSettings | None = None, draw: DrawSettings | None = None) -> None:
    """Write the run's `config.toml`, and say so where settings changed."""
    if told := keep_config(run, RunConfig(agent=agent, draw=draw)):
        note(told)


def note(line: str) -> None:
    """A line for people, on standard error."""
    print(line, file=sys.stderr, flush=True)


def _tell_chosen(chosen: list[str]) -> None:
    if chosen:
        note("chosen  " + " · ".join(chosen))


def _path(path: Path | None) -> Any:
    return None if path is None else str(path)
