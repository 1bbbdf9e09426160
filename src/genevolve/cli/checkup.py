"""The checks of `genevolve doctor`: each part is used for real, on something small."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from PIL import features

from ..errors import GenEvolveError, SearchError, UsageError
from ..policy import open_policy
from ..records import Program
from ..render import open_renderer
from ..search import OFFLINE_PROVIDERS, PROVIDERS, SETTINGS, Remote, configured_providers, open_provider
from ..skills import load_skills

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, how it is, and what to do."""

    part: str
    state: State
    """"missing" costs something that is not needed for a picture; "broken" must be mended."""
    found: str
    advice: str = ""


def checks() -> list[Check]:
    """Look at every part."""
    looks: tuple[tuple[str, Callable[[], Check | list[Check]]], ...] = (
        ("package", _package),
        ("policy", _policy),
        ("skills", _skills),
        ("search", _search),
        ("own index", _index),
        ("search", _search_over_the_network),
        ("renderer", _renderer),
        ("type setting", _type_setting),
        ("run folders", _run_folders),
    )
    found: list[Check] = []
    for part, look in looks:
        try:
            seen = look()
            found += seen if isinstance(seen, list) else [seen]
        except GenEvolveError as error:
            found.append(Check(part=part, state="broken", found=str(error), advice="install genevolve again"))
    return found


def lines_of(results: list[Check]) -> list[str]:
    """The checks as a table of plain text."""
    wide = max(len(check.part) for check in results)
    lines: list[str] = []
    for check in results:
        lines.append(f"{check.state:<8} {check.part:<{wide}}  {check.found}")
        if check.advice:
            lines.append(f"{'':<8} {'':<{wide}}  -> {check.advice}")
    return lines


def _package() -> Check:
    python = f"Python {sys.version.split()[0]}"
    return Check(part="package", state="ok", found=f"genevolve {metadata.version('genevolve')}, {python}")


def _policy() -> Check:
    name = open_policy("planner").info.name
    return Check(part="policy", state="ok", found=f"{name}, no model: answers by rules, and says what it cannot do")


def _skills() -> Check:
    names = [skill.name for skill in load_skills()]
    return Check(part="skills", state="ok", found=f"{len(names)}: {', '.join(names)}")


def _search() -> Check:
    provider = open_provider("atlas")
    began = time.monotonic()
    hits = asyncio.run(provider.image_search("flag of Burkina Faso", top_k=1))
    if not hits:
        return Check(part="search", state="broken", found="the atlas finds nothing", advice="install genevolve again")
    took = (time.monotonic() - began) * 1000
    return Check(part="search", state="ok", found=f"atlas, bundled: found {hits[0].title!r} in {took:.0f} ms")


def _search_over_the_network() -> list[Check]:
    """Each provider asked something small, all at once; what needs a key or an address and has none is one line."""
    if os.environ.get("GENEVOLVE_OFFLINE", "").strip() not in {"", "0"}:
        words = "the other providers were not asked: GENEVOLVE_OFFLINE is set"
        return [Check(part="search", state="missing", found=words, advice="unset it to search the web")]
    unset = [f"{name} ({variable})" for name, variable in SETTINGS.items() if name not in configured_providers()]
    names = [name for name in PROVIDERS if name not in OFFLINE_PROVIDERS]
    ready = [name for name in names if name not in SETTINGS or name in configured_providers()]

    async def look_at_all() -> list[Check]:
        return list(await asyncio.gather(*(_provider(name) for name in ready)))

    found = asyncio.run(look_at_all())
    if unset:
        advice = "export the variable in brackets to search with it"
        found.append(Check(part="search", state="missing", found=f"not set up: {', '.join(unset)}", advice=advice))
    return found


async def _provider(name: str) -> Check:
    from ..http.client import CallLimits

    began = time.monotonic()
    key = f"{SETTINGS[name]} is set; " if name in SETTINGS else ""
    try:
        provider = open_provider(name, limits=CallLimits(seconds=5.0, connect_seconds=3.0, tries=1))
        assert isinstance(provider, Remote), "whatever is asked over a network can be checked"
        try:
            await provider.check()
        finally:
            await provider.close()
    except (UsageError, SearchError) as error:
        # What was set up is counted on; a machine without a network is in order.
        is_counted_on = name in SETTINGS or isinstance(error, UsageError)
        return Check(
            part="search",
            state="broken" if is_counted_on else "missing",
            found=f"{key}{error}",
            advice=f"until then nothing can be searched with {name}",
        )
    took = (time.monotonic() - began) * 1000
    return Check(part="search", state="ok", found=f"{name}: {key}it answered in {took:.0f} ms")


def _index() -> Check:
    return Check(
        part="own index",
        state="missing",
        found="none is named",
        advice="genevolve index FOLDER, then genevolve run … --index FOLDER",
    )


def _renderer() -> Check:
    renderer = open_renderer("sketch")
    program = Program(prompt='Draw three red stars in a row above the words "It works" in bold serif.')
    asyncio.run(renderer.draw(program, ()))
    began = time.process_time()
    drawing = asyncio.run(renderer.draw(program, ()))
    took = (time.process_time() - began) * 1000
    placed = len(drawing.scene.items) if drawing.scene else 0
    return Check(part="renderer", state="ok", found=f"sketch, no weights: {placed} things drawn in {took:.0f} ms")


def _type_setting() -> Check:
    if features.check("raqm"):
        return Check(part="type setting", state="ok", found="complex scripts are shaped (raqm)")
    return Check(
        part="type setting",
        state="missing",
        found="Arabic, Hebrew and Indic scripts are not shaped",
        advice="install a pillow that has raqm; the wheels on PyPI do",
    )


def _run_folders() -> Check:
    folder = Path(os.environ.get("GENEVOLVE_RUNS", "runs"))
    nearest = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    if not os.access(nearest, os.W_OK):
        advice = "give --out, or set GENEVOLVE_RUNS to a folder of yours"
        return Check(part="run folders", state="broken", found=f"cannot write in {nearest}", advice=advice)
    free = shutil.disk_usage(nearest).free / 1e9
    return Check(part="run folders", state="ok", found=f"{folder}/ ({free:.0f} GB free)")
