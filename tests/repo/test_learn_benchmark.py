"""The benchmark of learning runs, and what it compares computes the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.command import clean_environment

pytest.importorskip("torch", reason='needs torch and transformers: pip install "genevolve[train]"')

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "learn.py"


@pytest.mark.slow
def test_the_benchmark_of_learning_measures_every_part_and_its_ways_agree(tmp_path):
    out = tmp_path / "learn.json"
    command = [sys.executable, str(SCRIPT), "--quick", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=clean_environment())
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text(encoding="utf-8"))["rows"]
    assert {row["part"] for row in rows} == {"head", "teacher", "step"}
    assert all(row["rounds"] and min(row["rounds"]) > 0 for row in rows)
    # In fp32, sums of 32 products and of 2,048 exponentials made in another order differ in the sixth digit.
    assert all(row["off_by"] < 1e-5 for row in rows if row["part"] == "head")
    assert all(row["what"] in done.stdout for row in rows)
