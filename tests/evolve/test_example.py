"""The example of the outer loop is a program that runs."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("transformers", reason='pip install "genevolve[train]" runs it')

from genevolve.learn.curves import read_held_out
from genevolve.learn.diagnostics import read_diagnostics
from genevolve.model.load import load_model
from genevolve.world.model import make_policy
from support.command import clean_environment

EXAMPLE = Path(__file__).parents[2] / "examples" / "evolve.py"


@pytest.mark.slow
def test_the_example_goes_through_its_rounds_and_says_where_the_policy_is(tmp_path):
    start = make_policy(tmp_path / "untaught")
    few = ["--steps", "1", "--requests", "1", "--attempts", "2", "--held-out", "1"]

    done = subprocess.run(
        [sys.executable, str(EXAMPLE), str(start), str(tmp_path / "run"), *few],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=clean_environment(),
    )

    assert done.returncode == 0, done.stderr
    assert f"the policy is in {tmp_path / 'run' / 'policy'}" in done.stdout
    assert "step 0: reward" in done.stdout
    assert load_model(tmp_path / "run" / "policy").module is not None
    assert [one.step for one in read_diagnostics(tmp_path / "run")] == [0]
    assert [one.step for one in read_held_out(tmp_path / "run")] == [0, 0, 1, 1]
