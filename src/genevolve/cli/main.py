"""The entry point: the commands, and how a mistake is told.

Exit codes: 0 when all worked, 1 when some work failed, 2 when the call was
wrong, 130 when it was interrupted. A stack trace is for our bugs only.
"""

import sys

import typer

from ..errors import GenEvolveError, UsageError
from .commands.bench import bench
from .commands.compare import compare
from .commands.demo import demo
from .commands.doctor import doctor
from .commands.evolve import evolve
from .commands.experience import experience
from .commands.export_results import export_results
from .commands.import_results import import_results
from .commands.index import index
from .commands.judge import judge
from .commands.render import render
from .commands.report import report
from .commands.rollout import rollout
from .commands.run import run
from .commands.serve_policy import serve_policy
from .commands.serve_renderer import serve_renderer
from .commands.sft import sft
from .commands.show import show
from .commands.world import world

app = typer.Typer(
    name="genevolve",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Grounded image generation: an agent looks up what a request needs, chooses references, and writes a "
        "program that a renderer draws.\n\n"
        "Start with `genevolve run \"A poster of the flag of Chad\" -o chad.png`; "
        "it needs no key, no GPU and no network. `genevolve doctor` tells what else is there."
    ),
)  # fmt: skip
_COMMANDS = (
    run, rollout, render, judge, bench, compare, show, report, index, doctor, demo,
    sft, evolve, experience, world, import_results, export_results, serve_policy, serve_renderer,
)  # fmt: skip
for command in _COMMANDS:
    app.command()(command)


@app.callback()
def options(
    *,
    version: bool = typer.Option(False, "--version", help="Print the version and end.", is_eager=True),
) -> None:
    """Options before the command."""
    if version:
        from importlib import metadata

        print(metadata.version("genevolve"))
        raise typer.Exit


def main() -> None:
    """Run the command line and end the process."""
    try:
        app()
    except GenEvolveError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:
        print("stopped; run the same command again to go on from here", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe has gone, as `| head` does: nothing is left to tell anyone.
        sys.stderr.close()
        sys.exit(1)


if __name__ == "__main__":
    main()
