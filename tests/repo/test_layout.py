"""The structure that the architecture page promises."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
DECISIONS = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_no_file_is_past_400_lines_and_no_function_past_60_unless_a_decision_says_why(path):
    name = path.relative_to(ROOT / "src" / "genevolve").as_posix()
    source = path.read_text(encoding="utf-8")
    if name in DECISIONS:
        return
    assert source.count("\n") <= 400
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0].lineno if name.startswith("cli/commands/") else node.lineno
            assert (node.end_lineno or 0) - first + 1 <= 60, f"{name}: {node.name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_every_module_and_every_public_name_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_the_records_page_is_written_from_the_records():
    script = ROOT / "scripts" / "write_records_page.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


HEAVY = "torch transformers diffusers trl datasets gradio"


def loaded_by(code: str) -> set[str]:
    """Names of the top-level modules that a fresh interpreter has after running the code."""
    script = f"import sys\n{code}\nprint(' '.join({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.splitlines()[-1].split())


def test_help_loads_neither_pydantic_nor_aiohttp_nor_pillow():
    loaded = loaded_by(
        "import contextlib, io\n"
        "from genevolve.cli.main import app\n"
        "for argv in (['--help'], ['run', '--help'], ['rollout', '--help'], ['show', '--help']):\n"
        "    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "        app(argv)"
    )
    assert "typer" in loaded
    assert not loaded & {"pydantic", "aiohttp", "PIL", "numpy", *HEAVY.split()}


def test_importing_the_package_and_drawing_offline_loads_nothing_heavy(tmp_path):
    loaded = loaded_by(
        "import genevolve\n"
        f"agent = genevolve.open_agent({str(tmp_path / 'run')!r})\n"
        "assert agent.picture(agent.answer('two red circles')).exists()"
    )
    assert "pydantic" in loaded
    assert not loaded & {"aiohttp", *HEAVY.split()}


def test_every_public_name_can_be_imported():
    import genevolve

    for name in genevolve.__all__:
        assert getattr(genevolve, name).__name__ == name
    assert dir(genevolve) == sorted(genevolve.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = genevolve.nonsense
