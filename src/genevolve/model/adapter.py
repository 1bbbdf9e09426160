"""Low-rank updates on disk, in PEFT's own form, which engines load at run time."""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from .extra import require

require("torch", "transformers")

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from torch import nn
from transformers import PreTrainedModel

from ..errors import UsageError
from ..language.text import one_line
from .load import LoadedModel, said_in_words

_WEIGHTS, _SETTINGS = "adapter_model.safetensors", "adapter_config.json"


def save_adapter(module: nn.Module, folder: Path) -> Path:
    """Write a model's low-rank updates, and nothing else of it, into a folder; returns the folder.

    Raises:
        UsageError: it has none, or it trains more than an adapter's file can hold.
        StoreError: they cannot be written.
    """
    require("peft")
    from peft import PeftModel

    if not isinstance(module, PeftModel):
        raise UsageError(
            "the model has no low-rank updates to write; add some before training (add_lora), or publish full weights"
        )
    beyond = sorted(name for name, weight in module.named_parameters() if weight.requires_grad and "lora_" not in name)
    if beyond:
        raise UsageError(
            f"{len(beyond)} weights train that are no low-rank updates, such as {beyond[0]!r}, and an adapter would "
            "leave them behind; expected the model's own weights frozen. Publish full weights instead."
        )
    # "auto" would look the base model up on the hub, to find out whether its vocabulary has grown.
    with said_in_words(folder):
        cast(Any, module).save_pretrained(folder, save_embedding_layers=False)
    return folder


def adapter_digest(folder: Path) -> str:
    """Names the low-rank updates in a folder by their content: the weights, and how they are scaled and placed."""
    settings = cast(dict[str, Any], json.loads((folder / _SETTINGS).read_text(encoding="utf-8")))
    scaled = {name: settings.get(name) for name in ("r", "lora_alpha", "use_rslora")}
    with (folder / _WEIGHTS).open("rb") as file:
        weights = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(f"{weights} {json.dumps(scaled)}".encode()).hexdigest()


def with_adapter(model: LoadedModel, folder: Path) -> LoadedModel:
    """The model with the low-rank updates of a folder; the module given becomes part of it.

    Raises:
        UsageError: there are none, or they are of another model.
    """
    require("peft")
    from peft import PeftModel

    if not (folder / _WEIGHTS).is_file():
        raise UsageError(
            f"there is no adapter in {str(folder)!r}; expected a folder with adapter_config.json and {_WEIGHTS}"
        )
    try:
        module: Any = cast(Any, PeftModel).from_pretrained(model.module, folder)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise UsageError(f"the adapter in {str(folder)!r} does not fit the model: {one_line(str(error))}") from error
    return replace(model, module=cast(PreTrainedModel, module.eval()))
