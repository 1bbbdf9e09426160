"""Options that several commands share, so that each is spelled and explained once."""

from pathlib import Path
from typing import Annotated

import typer

_AGENT = "How trajectories are made"
_DRAW = "How programs are drawn"
_JUDGE = "Who judges"
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
    typer.Option(
        help="Who speaks: planner (no model), direct (no agent: the request as it is), served (a model behind an "
        "OpenAI-compatible server), local:PATH (a transformers model in this process).",
        rich_help_panel=_AGENT,
        show_default=False,
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        help="Where the policy is served, such as http://localhost:8000/v1. Else OPENAI_BASE_URL.",
        rich_help_panel=_AGENT,
        show_default=False,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(help="The policy's name at its server.", rich_help_panel=_AGENT, show_default=False),
]
Dialect = Annotated[
    str | None,
    typer.Option(
        help="How the policy calls tools: tagged (GenEvolve checkpoints), native (stock models).",
        rich_help_panel=_AGENT,
        show_default=False,
    ),
]
TextOnly = Annotated[
    bool, typer.Option("--text-only", help="Show the policy no pictures, only their titles.", rich_help_panel=_AGENT)
]
Search = Annotated[
    str | None,
    typer.Option(
        help="What answers searches: atlas (bundled), local (your index), wikimedia, openverse, serper, brave, "
        "searxng; several with commas.",
        rich_help_panel=_AGENT,
        show_default=False,
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
    Path | None,
    typer.Option(
        help="A folder of further skills; none leaves out the bundled ones too.",
        rich_help_panel=_AGENT,
        show_default=False,
    ),
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
World = Annotated[
    int | None,
    typer.Option(
        help="Stand in the small world of this seed: its requests, search, skills, canvas and limits. Who speaks there "
        "besides: demonstrator (often wrong; the default), oracle.",
        min=0,
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
    typer.Option(
        help="What draws: sketch (no weights), openai (any images API), qwen-service, gemini, diffusers.",
        rich_help_panel=_DRAW,
        show_default=False,
    ),
]
RendererUrl = Annotated[
    list[str] | None,
    typer.Option(
        "--renderer-url",
        "--service-url",
        help="Where the renderer is served; several are used in turn. Else GENEVOLVE_RENDERER_URL.",
        rich_help_panel=_DRAW,
        show_default=False,
    ),
]
RendererModel = Annotated[
    str | None, typer.Option(help="The renderer's model.", rich_help_panel=_DRAW, show_default=False)
]
RendererSetting = Annotated[
    list[str] | None,
    typer.Option(
        help="A further field for the renderer, such as num_inference_steps=28; may be given several times.",
        rich_help_panel=_DRAW,
        show_default=False,
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        help="Stop before this is passed: 5usd (with a [prices] table in --config) or 200calls.",
        rich_help_panel=_RUN,
        show_default=False,
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be called, and call nothing.", rich_help_panel=_RUN)
]
Replay = Annotated[
    Path | None,
    typer.Option(
        help="Answer from what this run recorded alone; no server is asked.", rich_help_panel=_RUN, show_default=False
    ),
]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Take no answers of the web that earlier runs were given.", rich_help_panel=_RUN),
]
Size = Annotated[
    str | None,
    typer.Option(
        help="Width x height in pixels, such as 768x1024. Default: after the first reference.",
        rich_help_panel=_DRAW,
        show_default=False,
    ),
]
Judge = Annotated[
    list[str] | None,
    typer.Option(
        help="May be given twice, for images and for programs. A vision model by a rubric: kscore, program, "
        "wise-legacy, wise-verified. No model, from a request's recipe: computed, computed-ocr, computed-program.",
        rich_help_panel=_JUDGE,
        show_default=False,
    ),
]
JudgeModel = Annotated[str | None, typer.Option(help="The judge's model.", rich_help_panel=_JUDGE, show_default=False)]
JudgeUrl = Annotated[
    str | None,
    typer.Option(
        help="Where the judge is served, such as http://localhost:8002/v1. Else GENEVOLVE_JUDGE_URL, OPENAI_API_BASE.",
        rich_help_panel=_JUDGE,
        show_default=False,
    ),
]
Rubric = Annotated[
    Path | None,
    typer.Option(help="A file that replaces the rubric.", rich_help_panel=_JUDGE, show_default=False),
]
Rpm = Annotated[
    float | None,
    typer.Option(
        help="Calls to the judge a minute at most, retries included.",
        min=0.01,
        rich_help_panel=_JUDGE,
        show_default=False,
    ),
]
JudgeParallel = Annotated[
    int | None,
    typer.Option(help="Judgements under way at once. Default: 8.", min=1, rich_help_panel=_JUDGE, show_default=False),
]
WhichRenderer = Annotated[
    str | None,
    typer.Option("--renderer", help="Whose drawings, where a run has several.", show_default=False),
]
WhichJudge = Annotated[
    str | None,
    typer.Option(
        "--judge",
        help="Whose verdicts, where a run has several: NAME, NAME:MODEL or NAME:MODEL@RUBRIC.",
        show_default=False,
    ),
]
