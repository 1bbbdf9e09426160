"""`genevolve serve-policy`: the vLLM command for a policy's checkpoint, run or printed."""

from typing import Annotated

import typer

_PANEL = "The server"


def serve_policy(
    model: Annotated[str, typer.Argument(help="A checkpoint: a folder, or a name that vLLM can load.")],
    more: Annotated[
        list[str] | None,
        typer.Argument(help="Further options for vLLM, after `--`.", metavar="[-- OPTION...]", show_default=False),
    ] = None,
    tp: Annotated[int, typer.Option(help="GPUs a copy of the model is split over.", min=1, rich_help_panel=_PANEL)] = 1,
    dp: Annotated[int, typer.Option(help="Copies of the model.", min=1, rich_help_panel=_PANEL)] = 1,
    host: Annotated[str, typer.Option(help="The address to listen at.", rich_help_panel=_PANEL)] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.", min=1, max=65535, rich_help_panel=_PANEL)] = 8000,
    name: Annotated[str, typer.Option(help="What clients call the model.", rich_help_panel=_PANEL)] = "GenEvolve",
    max_model_len: Annotated[
        int, typer.Option(help="Tokens a conversation may have.", min=1024, rich_help_panel=_PANEL)
    ] = 65_536,
    native: Annotated[
        bool,
        typer.Option("--native", help="For a stock model: read its own tool calls.", rich_help_panel=_PANEL),
    ] = False,
    print_only: Annotated[bool, typer.Option("--print", help="Print the command and end.")] = False,
) -> None:
    """Serve a policy with vLLM, which must be installed in an environment of its own.

    Example: `genevolve serve-policy ./checkpoint --tp 1 --dp 8`, then
    `genevolve run "…" --policy served --base-url http://localhost:8000/v1 --model GenEvolve`
    """
    import os
    import shlex
    import shutil
    import sys

    from ...errors import UsageError

    command = vllm_command(
        model,
        tp=tp,
        dp=dp,
        host=host,
        port=port,
        name=name,
        max_model_len=max_model_len,
        native=native,
        more=more or [],
    )
    if print_only:
        print(shlex.join(command))
        return
    program = shutil.which(command[0])
    if program is None:
        raise UsageError(
            "vllm is not on the PATH. Its pins conflict with other packages', so give it an environment of its own:\n"
            "  python3 -m venv ~/vllm && ~/vllm/bin/pip install vllm\n"
            "then run this again with PATH=~/vllm/bin:$PATH before it, "
            "or use --print and start the command where vllm is."
        )
    print(f"starting  {shlex.join(command)}", file=sys.stderr, flush=True)
    os.execv(program, command)


def vllm_command(
    model: str,
    *,
    tp: int,
    dp: int,
    host: str,
    port: int,
    name: str,
    max_model_len: int,
    native: bool = False,
    more: list[str] | None = None,
) -> list[str]:
    """The words of the command that serves a checkpoint as this package asks it."""
    # Stock Qwen models write their calls in the hermes form.
    tools = ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"] if native else []
    return [
        *("vllm", "serve", model),
        *("--served-model-name", name),
        *("--host", host),
        *("--port", str(port)),
        *("--data-parallel-size", str(dp)),
        *("--tensor-parallel-size", str(tp)),
        *("--max-model-len", str(max_model_len)),
        *("--limit-mm-per-prompt", '{"image":24,"video":0}'),
        "--enable-prefix-caching",
        *tools,
        *(more or []),
    ]
