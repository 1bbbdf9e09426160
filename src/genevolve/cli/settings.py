"""From flags to settings: which file they start from, what the flags change, and what was chosen for the user."""

import json
import os
import socket
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config import RunConfig, keep_config, load_config, parse_size, with_changes
from ..errors import UsageError
from ..pipeline import AgentSettings, DrawSettings
from ..search import configured_providers
from ..store import RunDir
from ..store.budget import Budget

if TYPE_CHECKING:
    from ..evaluate.sides import Asked

_TOOLS = ("search", "image_search", "query_knowledge")
_PROBED_HOST = "commons.wikimedia.org"
_PROBE_SECONDS = 1.5


def agent_settings(
    config: RunConfig, *, index: Path | None = None, without_tool: Iterable[str] = (), **flags: Any
) -> AgentSettings:
    """The agent's settings, with a line on standard error for what was chosen by what is there.

    `flags` are names of `AgentSettings` (dots written as two underscores) with None for what was not given.
    """
    base = config.agent or AgentSettings()
    without = set(without_tool)
    if unknown := without - set(_TOOLS):
        raise UsageError(f"there is no tool named {min(unknown)!r}; expected one of {', '.join(_TOOLS)}")
    changes = {name.replace("__", "."): _plain(value) for name, value in flags.items()}
    changes["index"] = _plain(index)
    if without:
        changes["tools"] = tuple(tool for tool in base.tools if tool not in without)
    chosen: list[str] = []
    names_server = changes.get("served.base_url") is not None
    if changes.get("policy") is None and (config.agent is None or names_server):
        changes["policy"], why = _policy_by_what_is_there(names_server=names_server)
        chosen.append(f"policy {changes['policy']} ({why})")
    if changes.get("search") is None and index is not None:
        changes["search"] = "local"
    elif config.agent is None and changes.get("search") is None:
        changes["search"], why = _search_by_what_is_there()
        chosen.append(f"search {changes['search']} ({why})")
    _tell_chosen(chosen)
    return with_changes(base, changes)


def draw_settings(
    config: RunConfig,
    *,
    size: str | None = None,
    urls: Iterable[str] = (),
    settings: Iterable[str] = (),
    **flags: Any,
) -> DrawSettings:
    """The renderer's settings, with a line on standard error for what was chosen by what is there."""
    base = config.draw or DrawSettings()
    changes: dict[str, Any] = {**flags, "size": parse_size(size).model_dump() if size else None}
    changes["urls"] = tuple(urls) or None
    changes["settings"] = {**base.settings, **dict(map(_field, settings))} if settings else None
    if config.draw is None and changes.get("renderer") is None:
        served = bool(changes["urls"] or os.environ.get("GENEVOLVE_RENDERER_URL", "").strip())
        changes["renderer"] = "openai" if served else "sketch"
        _tell_chosen([f"renderer {changes['renderer']} ({'a server is named' if served else 'no renderer is named'})"])
    return with_changes(base, changes)


def budget_of(text: str | None, config: RunConfig) -> Budget:
    """The budget that --budget names; without one, calls are only counted."""
    return Budget.parse(text, config.prices) if text else Budget(prices=config.prices)


def config_of(path: Path | None, *, replay: Path | None = None) -> RunConfig:
    """The settings to start from: the file that was named, those of a run to replay, else the defaults."""
    if path is None and replay is not None:
        return load_config(RunDir.open(replay).config)
    return load_config(path) if path else RunConfig()


def asked_of(run: RunDir) -> "Asked":
    """What the settings of a run say it was asked to do."""
    from ..evaluate.sides import Asked

    config = load_config(run.config) if run.config.exists() else RunConfig()
    bench, agent = config.bench, config.agent
    return Asked(
        suite=bench.suite if bench else None,
        edition=bench.edition if bench else None,
        limit=bench.limit if bench else None,
        attempts=agent.attempts if agent else None,
        sampling=agent.sampling if agent else None,
    )


def default_out(name: str) -> Path:
    """Where a run goes when no --out is given: runs/DATE-NAME."""
    return Path(os.environ.get("GENEVOLVE_RUNS", "runs")) / f"{date.today().isoformat()}-{name}"


def remember(run: RunDir, config: RunConfig, **settings: Any) -> None:
    """Write the run's `config.toml`, and say so where settings changed.

    Args:
        settings: fields of `RunConfig` that are used now; the others stay as the run has them.
    """
    if told := keep_config(run, RunConfig(prices=config.prices, **settings)):
        note(told)


def note(line: str) -> None:
    """A line for people, on standard error."""
    print(line, file=sys.stderr, flush=True)


def _policy_by_what_is_there(*, names_server: bool) -> tuple[str, str]:
    if names_server:
        return "served", "a server is named"
    if os.environ.get("OPENAI_BASE_URL", "").strip():
        return "served", "OPENAI_BASE_URL is set"
    return "planner", "no model is named"


def _search_by_what_is_there() -> tuple[str, str]:
    configured = configured_providers()
    if configured:
        return configured[0], "its key or address is set"
    if _is_online():
        return "atlas,wikimedia", "online, no key is set"
    return "atlas", "bundled; offline, no index or provider is named"


def _is_online() -> bool:
    """Whether names of the web resolve; GENEVOLVE_OFFLINE=1 says no without asking."""
    if os.environ.get("GENEVOLVE_OFFLINE", "").strip() not in {"", "0"}:
        return False
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        pool.submit(socket.getaddrinfo, _PROBED_HOST, 443).result(timeout=_PROBE_SECONDS)
    except (OSError, TimeoutError):
        return False
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return True


def _field(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"--renderer-setting is {text!r}; expected name=value, such as num_inference_steps=28")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value


def _tell_chosen(chosen: list[str]) -> None:
    if chosen:
        note("chosen  " + " · ".join(chosen))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value
