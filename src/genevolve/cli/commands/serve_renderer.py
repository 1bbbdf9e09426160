"""`genevolve serve-renderer`: the command that serves an image model to the renderer `openai`, run or printed.

An engine lives in an environment of its own and is spoken to over HTTP. Its
flags are those of `vllm serve --omni` and `sglang serve` in autumn 2026.
"""

import os
import shlex
import shutil
import sys
from enum import StrEnum
from typing import Annotated

import typer

_PANEL = "The server"


class Engine(StrEnum):
    """What can serve an image model."""

    VLLM_OMNI = "vllm-omni"
    SGLANG = "sglang"


_INSTALL = {Engine.VLLM_OMNI: "pip install vllm vllm-omni", Engine.SGLANG: "pip install 'sglang[diffusion]'"}


def serve_renderer(
    model: Annotated[str, typer.Argument(help="An image model: a folder, or its name on the hub.")],
    more: Annotated[
        list[str] | None,
        typer.Argument(
            help="Further options for the engine, after `--`.", metavar="[-- OPTION...]", show_default=False
        ),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="What serves it.", rich_help_panel=_PANEL)] = Engine.VLLM_OMNI,
    gpus: Annotated[int, typer.Option(help="GPUs that share each drawing.", min=1, rich_help_panel=_PANEL)] = 1,
    host: Annotated[str, typer.Option(help="The address to listen at.", rich_help_panel=_PANEL)] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.", min=1, max=65535, rich_help_panel=_PANEL)] = 8001,
    print_only: Annotated[bool, typer.Option("--print", help="Print the command and end.")] = False,
) -> None:
    """Serve an image model with an engine that is installed in an environment of its own.

    Example: `genevolve serve-renderer Qwen/Qwen-Image-Edit-2511`, then
    `genevolve render runs/try --renderer openai --renderer-url http://localhost:8001/v1`
    """
    from ...errors import UsageError

    if model.startswith("-"):
        raise UsageError(f"{model!r} is no model; expected a folder or a name such as Qwen/Qwen-Image-Edit-2511")
    command = serve_command(engine, model, host=host, port=port, gpus=gpus, more=more or [])
    if print_only:
        print(shlex.join(command))
        return
    program = shutil.which(command[0])
    if program is None:
        raise UsageError(
            f"{command[0]} is not on the PATH. Its pins conflict with other packages', so give it an environment of "
            f"its own:\n  python3 -m venv ~/images && ~/images/bin/{_INSTALL[engine]}\n"
            "then run this again with PATH=~/images/bin:$PATH before it, "
            "or use --print and start the command where the engine is."
        )
    print(f"starting  {shlex.join(command)}", file=sys.stderr, flush=True)
    os.execv(program, command)


def serve_command(
    engine: Engine, model: str, *, host: str, port: int, gpus: int = 1, more: list[str] | None = None
) -> list[str]:
    """The words of the command; several GPUs share each drawing, by sequence parallelism."""
    where = ["--host", host, "--port", str(port)]
    if engine is Engine.SGLANG:
        # Without its type, a model that it does not recognise would be served as a language model.
        command = ["sglang", "serve", "--model-path", model, "--model-type", "diffusion", *where]
        shared = ["--num-gpus", str(gpus)]
    else:
        command = ["vllm", "serve", model, "--omni", *where]
        shared = ["--ulysses-degree", str(gpus)]
    return [*command, *(shared if gpus > 1 else []), *(more or [])]
