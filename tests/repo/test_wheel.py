"""What is installed elsewhere draws too: the wheel carries skills, prompts, fonts and atlas."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from support.pictures import opened

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_wheel_in_an_empty_environment_draws(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("skills/text_rendering.md") for name in names)
    assert not any("tests/" in name or name.endswith(".pyc") for name in names)

    venv.create(tmp_path / "env", with_pip=True)
    python = next(path for path in (tmp_path / "env/bin/python", tmp_path / "env/Scripts/python.exe") if path.exists())
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--constraint", str(ROOT / "constraints.txt"), str(wheel)], check=True, timeout=300)
    request = 'The flag of Chad, title "TCHAD" in bold serif, two blue stars below'
    command = [str(python), "-m", "genevolve.cli.main", "run", request, "-o", "tchad.png", "--size", "320x400"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert opened(tmp_path / "tchad.png").size == (320, 400)
