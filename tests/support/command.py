"""Runs the command as a person does: in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def genevolve(
    *arguments: str | Path, cwd: Path, timeout: float = 120, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The finished command, its exit code and what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "genevolve.cli.main", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
        env={**clean_environment(), "GENEVOLVE_CACHE": str(cwd / ".cache"), **(env or {})},
    )


def clean_environment() -> dict[str, str]:
    """The environment without keys and addresses, offline, and as wide as a terminal."""
    ours = ("OPENAI_", "GENEVOLVE_", "SERPER_", "BRAVE_", "SEARXNG_", "GOOGLE_", "GEMINI_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "GENEVOLVE_OFFLINE": "1", "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"}
