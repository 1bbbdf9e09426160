"""Options that several commands share, so that each is spelled and explained once."""

from pathlib import Path
from typing import Annotated

import typer

_AGENT = "How trajectories are made"
_DRAW = "How programs are drawn"
_RUN = "The run"

Out = Annotated[
    Path | None, typer.Option(help="The run folder. Default: runs/DATE-NAME.", rich_help_panel=_RUN, show_default=False)
]
Config = Annotated[
    Path | None,
    typer.Option(
        help="A TOML file of settings, such as the config.toml of another run. Flags win over it.",
        rich_help_panel=_RUN,
        show_default=False,
    ),
]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Do again what failed before.", rich_help_panel=_RUN)]
Parallel = Annotated[int, typer.Option(help="How many are under way at once.", min=1, max=4096, rich_help_panel=_RUN)]

Policy = Annotated[
    str | None,
    typer.Option(help="Who speaks: planner (no model).", rich_help_panel=_AGENT, show_default=False),
]
Search = Annotated[
    str | None,
    typer.Option(
        help="What answers searches: atlas (bundled), local (your index).", rich_help_panel=_AGENT, show_default=False
    ),
]
Index = Annotated[
    Path | None,
    typer.Option(
        help="Search this index of your own files, made by `genevolve index`; a folder works too.",
        rich_help_panel=_AGENT,
        show_default=False,
    ),
]
Skills = Annotated[
    Path | None, typer.Option(help="A folder of further skills.", rich_help_panel=_AGENT, show_default=False)
]
SystemPrompt = Annotated[
    Path | None,
    typer.Option(help="A file that replaces the system prompt.", rich_help_panel=_AGENT, show_default=False),
]
WithoutTool = Annotated[
    list[str] | None,
    typer.Option(
        help="Leave a tool out (search, image_search, query_knowledge); may be given several times.",
        rich_help_panel=_AGENT,
        show_default=False,
    ),
]
Attempts = Annotated[
    int | None,
    typer.Option(
        help="Attempts at each request. Default: 1.", min=1, max=1000, rich_help_panel=_AGENT, show_default=False
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        help="Seed of sampling and drawing; attempt k uses it plus k.", rich_help_panel=_AGENT, show_default=False
    ),
]
Renderer = Annotated[
    str | None,
    typer.Option(help="What draws: sketch (no weights).", rich_help_panel=_DRAW, show_default=False),
]
Size = Annotated[
    str | None,
    typer.Option(
        help="Width x height in pixels, such as 768x1024. Default: after the first reference.",
        rich_help_panel=_DRAW,
        show_default=False,
    ),
]
