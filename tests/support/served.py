"""What tests of served runs share: the fault benchmark, commands against servers, records without clocks."""

import asyncio
import importlib.util
import json
import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from genevolve.records import Trajectory
from genevolve.testing.faulty_world import FaultyWorld
from support.command import genevolve

KEYS = {
    "OPENAI_API_KEY": "sk-policy-7c1e0b52d9",
    "SERPER_API_KEY": "serper-1f6a88e03b",
    "BRAVE_API_KEY": "brave-90d2c1a7f4",
    "GENEVOLVE_RENDERER_KEY": "sk-renderer-44b8e6a1c0",
}
"""Keys that nothing else contains."""
SERVED = ("--policy", "served", "--model", "GenEvolve", "--search", "serper")
DRAWN = ("--renderer", "openai", "--size", "256x256")


def fault_benchmark() -> ModuleType:
    """`benchmarks/faults.py` as a module."""
    path = Path(__file__).parents[2] / "benchmarks" / "faults.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_faults", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def settle_in(monkeypatch: pytest.MonkeyPatch, world: FaultyWorld, cache: Path) -> None:
    """Point this process's environment at a world."""
    for name, value in {**world.environment, "GENEVOLVE_CACHE": str(cache), "GENEVOLVE_OFFLINE": "1"}.items():
        monkeypatch.setenv(name, value)


async def command(
    *arguments: str | Path, cwd: Path, world: FaultyWorld | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The finished command, run while the servers of this process go on answering."""
    environment = {**(world.environment if world else {}), **(env or {})}
    return await asyncio.to_thread(genevolve, *arguments, cwd=cwd, env=environment)


def write_requests(world: FaultyWorld, path: Path) -> Path:
    """The requests of a world as a file."""
    rows = [json.dumps({"id": request.id, "prompt": request.text}) for request in world.requests]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def timeless(trajectory: Trajectory) -> Trajectory:
    """A trajectory without what a clock says."""
    return trajectory.but(seconds=0, turns=tuple(turn.but(seconds=0) for turn in trajectory.turns))


def files_with(secret: str, *folders: Path) -> list[str]:
    """The files in which some bytes stand."""
    return [
        os.fspath(path)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]
