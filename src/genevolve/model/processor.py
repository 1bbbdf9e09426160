"""What stands beside the weights of a checkpoint: tokenizer, chat template and how pictures become patches.

The image processor is the one on Pillow: it needs no torchvision, and gives the
same numbers on every machine.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import transformers

from ..errors import UsageError
from ..language.text import one_line
from . import closed

if TYPE_CHECKING:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

IMAGE_TOKEN = "<|image_pad|>"
VIDEO_TOKEN = "<|video_pad|>"
END_OF_REPLY = "<|im_end|>"
_PATTERNS = (
    "tokenizer*",
    "vocab*",
    "merges*",
    "special_tokens*",
    "added_tokens*",
    "chat_template*",
    "*processor*.json",
)
"""Files of a processor, under every name that releases of transformers gave them."""
_IMAGE_PROCESSORS = ("Qwen2VLImageProcessor", "Qwen2VLImageProcessorFast", "Qwen2VLImageProcessorPil")


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """Words and pictures as a model reads them."""

    tokenizer: Any
    """A `PreTrainedTokenizerBase`, which has types in part only, or a `ClosedTokenizer`."""
    image_processor: "Qwen2VLImageProcessorPil | None"
    """None for a model that reads words only."""
    folder: Path
    """Where its files are."""

    @property
    def image_id(self) -> int | None:
        """The id that stands for a piece of a picture; None where the tokenizer has none."""
        return self._id(IMAGE_TOKEN)

    @property
    def video_id(self) -> int | None:
        """The id that stands for a piece of a video."""
        return self._id(VIDEO_TOKEN)

    @property
    def end_ids(self) -> frozenset[int]:
        """Ids that end a reply."""
        ends = (self._id(END_OF_REPLY), self.tokenizer.eos_token_id)
        return frozenset(number for number in ends if number is not None)

    @property
    def end_of_reply(self) -> str:
        """The token that ends a reply, as a text."""
        return END_OF_REPLY if self._id(END_OF_REPLY) is not None else self.tokenizer.eos_token

    @property
    def banned_ids(self) -> frozenset[int]:
        """Ids that a reply must not hold: the model would look for a picture behind them."""
        return frozenset(number for number in (self.image_id, self.video_id) if number is not None)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of some ids, special tokens left out, as servers return it."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def spelled(self, ids: Sequence[int]) -> str:
        """The text of some ids, special tokens included."""
        return self.tokenizer.decode(list(ids), clean_up_tokenization_spaces=False)

    def decode_one(self, number: int) -> str:
        """The token of an id, special or not."""
        return self.tokenizer.convert_ids_to_tokens(number)

    def save(self, folder: Path) -> None:
        """Copy its files, all of them and unchanged, so that any engine reads the copy as it read the original."""
        folder.mkdir(parents=True, exist_ok=True)
        names = {path.name for pattern in _PATTERNS for path in self.folder.glob(pattern) if path.is_file()}
        for name in sorted(names):
            if (self.folder / name).resolve() != (folder / name).resolve():
                shutil.copyfile(self.folder / name, folder / name)

    def _id(self, token: str) -> int | None:
        number = self.tokenizer.convert_tokens_to_ids(token)
        # A token that is not there has the number of the unknown one, where there is such.
        return number if number is not None and self.decode_one(number) == token else None


def load_processor(folder: Path) -> Processor:
    """The processor of a checkpoint's folder.

    Raises:
        UsageError: there is none, it has no chat template, or its pictures are cut in a way that is not known here.
    """
    if (folder / closed.FILE_NAME).is_file():
        return Processor(tokenizer=closed.read_tokenizer(folder), image_processor=None, folder=folder)
    factory: Any = transformers.AutoTokenizer
    try:
        tokenizer = factory.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise UsageError(
            f"the tokenizer in {str(folder)!r} cannot be loaded: {one_line(str(error))}. Expected a tokenizer.json "
            f"beside the weights or, where the vocabulary is closed, {closed.FILE_NAME}."
        ) from error
    if not tokenizer.chat_template:
        raise UsageError(
            f"the tokenizer in {str(folder)!r} has no chat template; expected a chat_template.jinja beside it, "
            "as checkpoints of instructed models have"
        )
    return Processor(tokenizer=tokenizer, image_processor=_image_processor(folder), folder=folder)


def _image_processor(folder: Path) -> "Qwen2VLImageProcessorPil | None":
    settings = _image_settings(folder)
    if settings is None:
        return None
    kind = settings.get("image_processor_type")
    if kind not in _IMAGE_PROCESSORS:
        raise UsageError(
            f"pictures of the model in {str(folder)!r} are made by {kind!r}; expected a model of the Qwen-VL family "
            f"({_IMAGE_PROCESSORS[0]}). Serve others with genevolve serve-policy."
        )
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(**{key: value for key, value in settings.items() if key in _CUTTING})


_CUTTING = frozenset(
    {
        *("do_convert_rgb", "do_normalize", "do_rescale", "do_resize", "image_mean", "image_std", "resample"),
        *("rescale_factor", "size", "min_pixels", "max_pixels", "patch_size", "temporal_patch_size", "merge_size"),
    }
)


def _image_settings(folder: Path) -> dict[str, Any] | None:
    """The settings of an image processor, from the file of its own or from that of the whole processor."""
    for name in ("preprocessor_config.json", "processor_config.json"):
        path = folder / name
        if path.is_file():
            fields = cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8")))
            settings = cast(dict[str, Any], fields.get("image_processor", fields))
            if "image_processor_type" in settings:
                return settings
    return None
