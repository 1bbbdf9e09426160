"""The model that trains, opened as the settings say; and what it became, written where a policy reads it."""

import shlex
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from ..config import ModelSettings, RunConfig
from ..learn.tokens import TrajectoryEncoder
from ..model.encode import ChatEncoder
from ..model.load import LoadedModel, add_lora, load_model, save_model
from ..rollout.window import windowed
from ..store.folders import write_whole_folder
from ..world import open_world
from ..world.model import make_policy

SMALL = "small"
START_FOLDER = ".start-{seed}"
"""Of a run: the model that was made from nothing. Hidden, as all that a folder may have before it is a run's."""
TINY_FOLDER = "tiny"
"""Of a run with `--tiny`: its model, requests and prompt."""
_SMALL_PARAMETERS = 20_000_000


def open_model(settings: ModelSettings, folder: Path) -> LoadedModel:
    """The model that training starts from, with low-rank updates where they are set.

    Args:
        folder: of the run; a model that is made from nothing is kept there, so that a resumed run has the same.

    Raises:
        UsageError: there is no such model.
        MissingExtraError: what trains is not installed.
    """
    start: str | Path = settings.start
    if settings.start == SMALL:
        start = folder / START_FOLDER.format(seed=settings.seed)
        if not (start / "config.json").is_file():
            write_whole_folder(start, lambda partial: make_policy(partial, seed=settings.seed))
    model = load_model(start, settings.load)
    module: Any = model.module if settings.lora is None else add_lora(model.module, settings.lora)
    use_few_threads(module)
    # A run goes on wherever its folder is, so the name does not tell where that is.
    return LoadedModel(module=module, processor=model.processor, name=settings.start)


def use_few_threads(module: Any) -> None:
    """Have one thread compute a small model on a processor: handing work to a second costs more than it does."""
    weights: list[Any] = list(module.parameters())
    if sum(one.numel() for one in weights) < _SMALL_PARAMETERS and weights[0].device.type == "cpu":
        torch: Any = import_module("torch")
        torch.set_num_threads(1)


def encoder_of(model: LoadedModel, read_image: Callable[[str], bytes], *, max_tokens: int) -> TrajectoryEncoder:
    """From conversations to what this model learns from."""
    return TrajectoryEncoder(ChatEncoder(model.processor, read_image), window=windowed, max_tokens=max_tokens)


def write_policy(model: LoadedModel, folder: Path) -> Path:
    """The model as a folder that `--policy local:PATH` reads; one that is there is replaced whole."""
    return write_whole_folder(folder, lambda partial: save_model(model, partial))


def next_command(policy: Path, config: RunConfig) -> str:
    """A command that has a policy answer a request."""
    if config.world is None:
        return f'genevolve run --policy local:{policy} "A poster of the flag of Chad"'
    request = open_world(config.world).requests("evaluation", 1)[0].text
    return f"genevolve run --world {config.world.seed} --policy local:{policy} {shlex.quote(request)}"
