"""What README and the guides show is run as it stands."""

import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from support.command import clean_environment

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
TRAIN = {"evolve.md", "serving-while-training.md", "train.md"}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [ROOT / "README.md", *GUIDES], ids=lambda p: p.name)
def test_the_code_blocks_of_a_page_run_in_order(page, tmp_path):
    if page.name in TRAIN and find_spec("trl") is None:
        pytest.skip('needs torch, transformers and TRL: pip install "genevolve[train]"')
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "src" / "genevolve" / "skills", tmp_path / "skills-of-the-package")
    for kind, code in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            run([sys.executable, "-c", code], tmp_path)
        elif kind in {"bash", "sh"}:
            for line in code.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["genevolve"]:
                    run([sys.executable, "-m", "genevolve.cli.main", *words[1:]], tmp_path)
                elif words[:1] in (["mkdir"], ["echo"], ["cat"], ["cp"]):
                    run(["bash", "-c", line], tmp_path)


def test_the_quickstart_runs(tmp_path):
    done = run([sys.executable, str(ROOT / "examples" / "quickstart.py")], tmp_path)
    pictures = re.findall(r"^.*\.png$", done, re.MULTILINE)
    assert len(pictures) == 3
    assert all((tmp_path / picture).exists() for picture in pictures)


def run(command: list[str], cwd: Path) -> str:
    environment = {**clean_environment(), "GENEVOLVE_CACHE": str(cwd / ".cache")}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 0, f"{' '.join(command)[:500]}\n{done.stdout}\n{done.stderr}"
    return done.stdout
