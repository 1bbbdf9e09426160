"""Runs the command as a person does: in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def genevolve(*arguments: str | Path, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """The finished command, its exit code and what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "genevolve.cli.main", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
    )
