"""What is installed elsewhere draws and reports too: the wheel carries skills, prompts, fonts, atlas and pages."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from support.pictures import opened

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src"


@pytest.mark.slow
def test_a_wheel_in_an_empty_environment_draws(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    beside = {path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*") if is_data(path)}
    assert {"genevolve/skills/text_rendering.md", "genevolve/report/page/gallery.js"} <= beside <= set(names)
    assert not any("tests/" in name or name.endswith(".pyc") for name in names)

    venv.create(tmp_path / "env", with_pip=True)
    python = next(path for path in (tmp_path / "env/bin/python", tmp_path / "env/Scripts/python.exe") if path.exists())
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--constraint", str(ROOT / "constraints.txt"), str(wheel)], check=True, timeout=300)
    request = 'The flag of Chad, title "TCHAD" in bold serif, two blue stars below'
    command = [str(python), "-m", "genevolve.cli.main", "run", request, "-o", "tchad.png", "--size", "320x400"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert opened(tmp_path / "tchad.png").size == (320, 400)

    (run,) = {path.parent for path in (tmp_path / "runs").rglob("trajectories.jsonl")}
    command = [str(python), "-m", "genevolve.cli.main", "report", str(run)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert "TCHAD" in (run / "report.html").read_text(encoding="utf-8")


def is_data(path: Path) -> bool:
    """Whether a file of the package is neither Python's nor a tool's."""
    hidden = any(part.startswith(".") for part in path.relative_to(SOURCES).parts)
    return path.is_file() and path.suffix not in {".py", ".pyc"} and not hidden
