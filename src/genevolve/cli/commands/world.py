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
) -> None:
    """Print requests of the small world, one JSON object a line.

    Example: `genevolve world 0 --limit 20 > requests.jsonl`, then
    `genevolve rollout requests.jsonl --world 0 --policy demonstrator --out runs/world`
    """
    import json

    from ...world import digest_of_requests, open_world
    from ...world.settings import WorldSettings
    from ..settings import note

    requests = open_world(WorldSettings(seed=seed)).requests(split, limit)
    note(f"the first {len(requests):,} {split} requests of world {seed}, digest {digest_of_requests(requests)}")
    for request in requests:
        print(json.dumps({"id": request.id, "prompt": request.text}, ensure_ascii=False))
