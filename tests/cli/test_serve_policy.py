"""The vLLM command of a policy, printed or run."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support.command import genevolve

PLAIN = (
    "vllm serve ./checkpoint --served-model-name GenEvolve --host 127.0.0.1 --port 8000 --data-parallel-size 8 "
    """--tensor-parallel-size 1 --max-model-len 65536 --limit-mm-per-prompt '{"image":24,"video":0}' """
    "--enable-prefix-caching"
)


def test_the_command_is_printed_to_the_word(tmp_path):
    done = genevolve("serve-policy", "./checkpoint", "--tp", "1", "--dp", "8", "--print", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, PLAIN + "\n")


def test_options_change_it_and_further_ones_are_handed_on(tmp_path):
    done = genevolve(
        "serve-policy", "a model", "--native", "--port", "9", "--host", "0.0.0.0", "--print", "--", "--seed", "1",
        cwd=tmp_path,
    )  # fmt: skip
    words = shlex.split(done.stdout)

    assert words[2] == "a model"
    assert words[words.index("--port") + 1] == "9"
    assert words[words.index("--host") + 1] == "0.0.0.0"
    assert words[-5:] == ["--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--seed", "1"]
    assert "--trust-remote-code" not in done.stdout


def run_with_path(path: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "genevolve.cli.main", "serve-policy", "./checkpoint", "--dp", "8"],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PATH": str(path)},
    )


def test_without_vllm_it_says_how_to_get_it(tmp_path):
    done = run_with_path(tmp_path, tmp_path)

    assert done.returncode == 2
    assert "vllm is not on the PATH" in done.stderr
    assert "python3 -m venv ~/vllm && ~/vllm/bin/pip install vllm" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell script as vllm")
def test_vllm_is_run_with_exactly_that_command(tmp_path):
    fake = tmp_path / "vllm"
    fake.write_text('#!/bin/sh\nfor word in "$@"; do echo "$word"; done\nexit 7\n')
    fake.chmod(0o755)
    done = run_with_path(tmp_path, tmp_path)

    assert done.returncode == 7
    assert done.stdout.splitlines() == shlex.split(PLAIN)[1:]
