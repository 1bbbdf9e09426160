"""Checkpoints of transformers models: loaded from a folder or by their name on the hub, saved, and what of them trains.

Code that a checkpoint brings along is never run.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from .extra import require

require("torch", "transformers")

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, PreTrainedModel
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from ..errors import StoreError, UsageError
from ..language.text import one_line
from . import small
from .closed import ClosedTokenizer
from .extra import quiet_bars
from .processor import Processor, load_processor
from .settings import LoadSettings, LoraSettings

if TYPE_CHECKING:
    from peft import PeftModel

VISION = ("visual", "vision_tower", "vision_model")
"""What the part that sees is called, its projector included, in the model families that transformers has."""
_BLOCKS, _BLOCK = 1024, 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """Weights and what stands beside them."""

    module: PreTrainedModel
    processor: Processor
    name: str
    """As it was asked for: a folder, or a name on the hub."""


def load_model(name: str | Path, settings: LoadSettings | None = None) -> LoadedModel:
    """The model in a folder, or of that name on the hub, ready to be asked.

    Raises:
        UsageError: there is none, it cannot be read, or it would need code of its own.
    """
    settings = settings or LoadSettings()
    folder = checkpoint_folder(name)
    _refuse_code(folder)
    device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = settings.dtype or ("float32" if device == "cpu" else "bfloat16")
    quiet_bars()
    small.register()
    try:
        config = cast(Any, AutoConfig).from_pretrained(folder, trust_remote_code=False)
        sees = config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
        factory: Any = AutoModelForImageTextToText if sees else AutoModelForCausalLM
        module: Any = factory.from_pretrained(
            folder,
            dtype=getattr(torch, dtype),
            attn_implementation=settings.attention,
            trust_remote_code=False,
            local_files_only=True,
        )
        module.to(device).eval()
    except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
        raise UsageError(
            f"the model {str(name)!r} cannot be loaded: {one_line(str(error))}. "
            "Expected a folder with config.json and safetensors, as save_pretrained writes them."
        ) from error
    processor = load_processor(folder)
    _check_rows(folder, module, processor)
    return LoadedModel(module=cast(PreTrainedModel, module), processor=processor, name=str(name))


def save_model(model: LoadedModel, folder: Path) -> Path:
    """Write weights and processor into a folder that `load_model`, or any engine, reads; returns the folder.

    Low-rank updates are written into copies of the weights that they change.

    Raises:
        StoreError: they cannot be written.
    """
    quiet_bars()
    module: Any = model.module
    if hasattr(module, "merge_and_unload"):
        from copy import deepcopy

        module = deepcopy(module).merge_and_unload()
    with said_in_words(folder):
        module.save_pretrained(folder)
        model.processor.save(folder)
    return folder


@contextmanager
def said_in_words(folder: Path) -> Generator[None]:
    """Says what keeps weights from being written into a folder.

    Raises:
        StoreError: something does.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        why = error.strerror if isinstance(error, OSError) else one_line(str(error), max_chars=200)
        raise StoreError(f"the weights cannot be written into {str(folder)!r}: {why}; free some space") from error


def freeze_vision(module: torch.nn.Module) -> int:
    """Keep the part that sees, and its projector, from training, as published; how many parameters that are."""
    frozen = 0
    for name, parameter in module.named_parameters():
        if any(part in VISION for part in name.split(".")):
            parameter.requires_grad_(False)
            frozen += parameter.numel()
    return frozen


def add_lora(module: PreTrainedModel, settings: LoraSettings | None = None) -> "PeftModel":
    """The model with trainable low-rank updates, its own weights frozen.

    Raises:
        MissingExtraError: peft is not installed.
    """
    require("peft")
    from peft import LoraConfig, get_peft_model

    settings = settings or LoraSettings()
    config: Any = LoraConfig(
        r=settings.rank,
        lora_alpha=cast(int, settings.alpha),
        lora_dropout=settings.dropout,
        target_modules=list(settings.layers),
        task_type="CAUSAL_LM",
    )
    return cast("PeftModel", get_peft_model(module, config))


def checkpoint_folder(name: str | Path) -> Path:
    """The folder of a checkpoint; one on the hub is downloaded first.

    Raises:
        UsageError: there is no such folder, and none of that name can be had.
    """
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return folder
    if folder.exists() or str(name).count("/") != 1 or str(name).startswith((".", "/", "~")):
        raise UsageError(
            f"there is no model in {str(name)!r}; expected a folder with a config.json and weights, "
            "or a name on the hub such as Qwen/Qwen3-VL-8B-Instruct"
        )
    import huggingface_hub

    hub: Any = huggingface_hub
    try:
        return Path(hub.snapshot_download(str(name), allow_patterns=["*.json", "*.safetensors", "*.txt", "*.jinja"]))
    except (OSError, ValueError) as error:
        raise UsageError(f"the model {str(name)!r} cannot be had from the hub: {one_line(str(error))}") from error


def weights_digest(folder: Path) -> str:
    """Names the weights in a folder: equal digests mean equal weights, unless they were changed by hand.

    Of a large file it reads the length and a thousand places: training changes a file everywhere.
    """
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), folder / "config.json"]):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        step = max(_BLOCK, size // _BLOCKS)
        with path.open("rb") as file:
            for begin in range(0, size, step):
                file.seek(begin)
                digest.update(file.read(_BLOCK))
    return digest.hexdigest()[:32]


def _check_rows(folder: Path, module: Any, processor: Processor) -> None:
    """Refuses weights without a row for every id; further rows are usual, but not where the vocabulary is closed."""
    rows, ids = module.get_input_embeddings().num_embeddings, len(processor.tokenizer)
    if ids > rows or (ids < rows and isinstance(processor.tokenizer, ClosedTokenizer)):
        raise UsageError(
            f"the tokenizer in {str(folder)!r} has {ids:,} tokens and the weights have rows for {rows:,}; "
            "expected the files of one model. Copy them again from where it was trained."
        )


def _refuse_code(folder: Path) -> None:
    for path in (folder / "config.json", folder / "tokenizer_config.json"):
        if path.is_file() and "auto_map" in cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8"))):
            raise UsageError(
                f"{str(path)!r} names code of its own (auto_map), which is not run here; "
                "expected an architecture that transformers has"
            )
