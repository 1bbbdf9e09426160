"""A tiny random Qwen3-VL with a real tokenizer, template and image processor, made on the spot without a download.

It has every part of the large one (patches, vision features in several layers,
rotary positions in three directions), so that what works with it works with the
large one; it only knows nothing.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from .extra import require

require("torch", "transformers")

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import torch
import transformers
from tokenizers.pre_tokenizers import ByteLevel
from transformers.models.qwen2_vl import image_processing_pil_qwen2_vl

from ..skills import load_skills
from ..store.thumbnail import MAX_PIXELS
from .extra import quiet_bars
from .processor import END_OF_REPLY, IMAGE_TOKEN, VIDEO_TOKEN

SPECIAL_TOKENS = ("<|im_start|>", "<|vision_start|>", "<|vision_end|>", IMAGE_TOKEN, VIDEO_TOKEN)
VOCABULARY = 1024
_PATCH_PX = 16
_library: Any = transformers
"""Its classes have types in part only."""
_images: Any = image_processing_pil_qwen2_vl

DIALECT = (
    '<think>what is still missing</think>\n<tool_call>{"name": "search", "arguments": {"queries": ["capital of"], '
    '"top_k": 5}}</tool_call>',
    '<think>what must look like itself</think>\n<tool_call>{"name": "image_search", "arguments": {"query": "flag of", '
    '"top_k": 5}}</tool_call>',
    '<think>advice</think>\n<tool_call>{"name": "query_knowledge", "arguments": {"skill_name": "text_rendering"}}'
    "</tool_call>",
    '<think>enough</think>\n<answer>{"gen_prompt": "A poster, the flag of the first reference image, the words", '
    '"reference_images": [{"img_id": "IMG_001", "note": "the colours of the flag"}]}</answer>',
    "<tool_response>\n[image_search: flag]\nIMG_001: title: Flag\n   url: https://\n   local_path: images/\n"
    "[end of results]\n</tool_response>",
)
"""What replies and observations look like; the tokenizer learns its words from this and from the skills."""


def make_tiny(folder: Path, *, seed: int = 0, texts: Iterable[str] = ()) -> Path:
    """Write a checkpoint of about 0.4 million random parameters into a folder that `load_model` reads; returns it.

    Args:
        seed: of the weights; the tokenizer depends on the texts alone.
        texts: further words that the tokenizer learns, such as the system prompt.

    Raises:
        MissingExtraError: TRL, whose package has the chat template of Qwen3-VL, is not installed.
    """
    require("trl")
    quiet_bars()
    tokenizer = _tokenizer((*DIALECT * 20, *(skill.text for skill in load_skills()), *texts))
    tokenizer.chat_template = files("trl").joinpath("chat_templates", "qwen3_vl.jinja").read_text(encoding="utf-8")
    tokenizer.save_pretrained(folder)
    _images.Qwen2VLImageProcessorPil(
        size={"shortest_edge": 4 * (2 * _PATCH_PX) ** 2, "longest_edge": MAX_PIXELS},
        patch_size=_PATCH_PX,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
    ).save_pretrained(folder)
    chance: Any = torch.random
    with chance.fork_rng(devices=[]):
        chance.manual_seed(seed)
        _library.Qwen3VLForConditionalGeneration(_config(tokenizer)).save_pretrained(folder)
    return folder


def _tokenizer(texts: Iterable[str]) -> Any:
    alphabet: list[str] = cast(Any, ByteLevel).alphabet()
    letters = {letter: number for number, letter in enumerate(sorted(alphabet))}
    blank = _library.Qwen2TokenizerFast(vocab=letters, merges=[], pad_token="<|endoftext|>", eos_token=END_OF_REPLY)
    tokenizer = blank.train_new_from_iterator(texts, vocab_size=VOCABULARY - len(SPECIAL_TOKENS))
    tokenizer.add_special_tokens({"additional_special_tokens": list(SPECIAL_TOKENS)})
    return tokenizer


def _config(tokenizer: Any) -> Any:
    width = 64
    ids = tokenizer.get_vocab()
    return _library.Qwen3VLConfig(
        text_config={
            "vocab_size": VOCABULARY,
            "hidden_size": width,
            "intermediate_size": 160,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "max_position_embeddings": 65_536,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [4, 2, 2]},
            # Random weights of the usual size say nearly the same whatever they read.
            "initializer_range": 0.1,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": width,
            "patch_size": _PATCH_PX,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0],
            "initializer_range": 0.1,
        },
        image_token_id=ids[IMAGE_TOKEN],
        video_token_id=ids[VIDEO_TOKEN],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=True,
    )
