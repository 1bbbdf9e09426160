"""`genevolve world`: requests of the small world, as a file that other commands read."""

from typing import Annotated, Literal

import typer


def world(
    seed: Annotated[int, typer.Argument(help="Which world; those of two seeds share nothing but their words.")] = 0,
    *,
    split: Annotated[
        Literal["train", "validation", "evaluation"],
        typer.Option(help="Whom they are about: each split has entities of its own."),
    ] = "evaluation",
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 10,
    text: Annotated[bool, typer.Option("--text", help="Only their words, a line each.")] = False,
) -> None:
    """Print requests of the small world, one JSON object a line: a file of requests for other commands.

    Example: `genevolve world 0 --limit 20 > requests.jsonl`, then
    `genevolve rollout requests.jsonl --world 0 --policy demonstrator --out runs/world`; or one at once:
    `genevolve run --world 0 "$(genevolve world 0 --text --limit 1)"`
    """
    import json

    from ...world import digest_of_requests, open_world
    from ...world.settings import WorldSettings
    from ..settings import note

    requests = open_world(WorldSettings(seed=seed)).requests(split, limit)
    note(f"the first {len(requests):,} {split} requests of world {seed}, digest {digest_of_requests(requests)}")
    for request in requests:
        row = {"id": request.id, "prompt": request.text}
        print(request.text if text else json.dumps(row, ensure_ascii=False))
