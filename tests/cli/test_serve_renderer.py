"""The commands that serve an image model."""

import os
import sys

import pytest

from support.command import genevolve

MODEL = "Qwen/Qwen-Image-Edit-2511"


@pytest.mark.parametrize(
    ("options", "command"),
    [
        ([], f"vllm serve {MODEL} --omni --host 127.0.0.1 --port 8001"),
        (
            ["--gpus", "4", "--port", "9", "--", "--vae-use-tiling"],
            f"vllm serve {MODEL} --omni --host 127.0.0.1 --port 9 --ulysses-degree 4 --vae-use-tiling",
        ),
        (
            ["--engine", "sglang"],
            f"sglang serve --model-path {MODEL} --model-type diffusion --host 127.0.0.1 --port 8001",
        ),
        (
            ["--engine", "sglang", "--gpus", "2", "--host", "0.0.0.0"],
            f"sglang serve --model-path {MODEL} --model-type diffusion --host 0.0.0.0 --port 8001 --num-gpus 2",
        ),
    ],
)
def test_the_command_is_printed_as_it_would_be_run(tmp_path, options, command):
    before, _, after = " ".join(options).partition("-- ")
    done = genevolve(
        "serve-renderer", MODEL, "--print", *before.split(), *(["--", after] if after else []), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == command


def test_the_engine_becomes_the_process(tmp_path, monkeypatch):
    engine = tmp_path / "sglang"
    engine.write_text(f"#!{sys.executable}\nimport sys\nprint('engine got', sys.argv[1:])\nsys.exit(7)\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    done = genevolve("serve-renderer", MODEL, "--engine", "sglang", cwd=tmp_path)

    assert done.returncode == 7
    assert done.stdout.startswith("engine got ['serve', '--model-path', 'Qwen/Qwen-Image-Edit-2511'")
    assert "127.0.0.1" in done.stderr


def test_an_engine_that_is_not_there_is_a_wrong_call_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = genevolve("serve-renderer", MODEL, cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install vllm" in done.stderr
