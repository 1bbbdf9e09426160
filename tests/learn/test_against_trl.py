"""The same numbers as TRL's trainer on the same sequences: log-probabilities, loss and gradient norm."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.command import clean_environment

pytest.importorskip("trl", reason='needs torch, transformers and TRL: pip install "genevolve[train]"')
pytest.importorskip("datasets", reason='needs datasets: pip install "genevolve[train]"')

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "trainer_choice.py"


@pytest.mark.slow
def test_a_step_of_our_loop_has_the_numbers_of_trls(tmp_path):
    out = tmp_path / "choice.json"
    command = [sys.executable, str(SCRIPT), "--quick", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, env=clean_environment())
    assert done.returncode == 0, done.stderr
    cases = json.loads(out.read_text(encoding="utf-8"))["cases"]
    assert [case["case"] for case in cases] == ["Qwen3-VL", "Qwen3, words only"]
    for case in cases:
        assert case["logp_apart"] < 1e-5
        for name in ("loss", "gradient_norm"):
            assert case[name]["ours"] == pytest.approx(case[name]["TRL's"], rel=1e-5)
            assert case[name]["ours"] != 0.0
