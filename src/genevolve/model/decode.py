"""Many conversations that speak at once with one model, a token each at a time.

Legend: B conversations, V vocabulary.

A newcomer's prompt is read by itself, from where something already known ends;
then it speaks in step with the others until its reply is over. What a
conversation says does not depend on who else speaks, but for the last digits of
sums that are made in another order.
"""

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from transformers.cache_utils import Cache

from .cache import Layers, Prefixes, cache_of, layers_of, restacked
from .encode import Prompt
from .positions import positions_of, sees
from .processor import Processor
from .sampling import draw, log_probabilities
from .settings import EngineSettings

_STEPS = 16
"""Tokens between two looks at who came and who left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one reply is drawn."""

    temperature: float
    top_p: float
    seed: bytes
    """Of the reply's chances; equal seeds give equal replies."""
    max_tokens: int


@dataclass(slots=True, kw_only=True, eq=False)
class Speaker:
    """One reply while it is made."""

    prompt: Prompt
    manner: Manner
    chances: random.Random
    ids: list[int] = field(default_factory=list[int])
    logprobs: list[float] = field(default_factory=list[float])
    next_position: int = 0
    left: bool = False
    """Nobody waits for it any more."""
    is_over: bool = False

    @property
    def read(self) -> int:
        """Tokens whose keys and values are held: all but the last that was said."""
        return len(self.prompt.ids) + len(self.ids) - 1

    @property
    def so_far(self) -> Prompt:
        """All that was read and said."""
        return Prompt(ids=(*self.prompt.ids, *self.ids), images=self.prompt.images)


class Decoder:
    """Speaks for all conversations of one model; called from one thread at a time."""

    def __init__(self, module: torch.nn.Module, processor: Processor, settings: EngineSettings) -> None:
        self._module = module
        self._sees = sees(module)
        self._settings = settings
        self._image_id = processor.image_id
        self._ends = processor.end_ids
        self._banned = [*processor.banned_ids]
        self._vocabulary = len(processor.tokenizer)
        self._known = Prefixes(max_tokens=settings.kept_tokens, image_id=self._image_id)
        self._speakers: list[Speaker] = []
        self._cache: Cache | None = None

    def use(self, module: torch.nn.Module) -> None:
        """Speak with these weights from now on; what others have read is forgotten."""
        self._module, self._sees = module, sees(module)
        self.reset()

    def reset(self) -> None:
        """Let everybody go, and forget everything."""
        self._speakers, self._cache = [], None
        self._known.clear()

    @torch.inference_mode()
    def advance(self, waiting: deque[Speaker]) -> list[Speaker]:
        """Admit who waits, and speak until a reply is over, somebody comes or a few tokens are said; who is done."""
        self._module.eval()  # a trainer may have had them since
        done = [speaker for speaker in self._speakers if speaker.left]
        done += self._welcome(waiting, staying=[speaker for speaker in self._speakers if not speaker.left])
        for _ in range(_STEPS):
            if done or not self._speakers or (waiting and self._has_room(waiting[0], self._speakers)):
                break
            self._step()
            done = [speaker for speaker in self._speakers if speaker.is_over or speaker.left]
        if any(speaker in self._speakers for speaker in done):
            self._gather([speaker for speaker in self._speakers if speaker not in done], [], [])
        return done

    def _welcome(self, waiting: deque[Speaker], *, staying: list[Speaker]) -> list[Speaker]:
        """Read the prompts of those for whom there is room; returns whose reply is over at its first token."""
        newcomers: list[Speaker] = []
        layers: list[Layers] = []
        done: list[Speaker] = []
        while waiting and self._has_room(waiting[0], [*staying, *newcomers]):
            speaker = waiting.popleft()
            if speaker.left:
                continue
            read = self._read(speaker)
            if speaker.is_over:
                done.append(speaker)
            else:
                newcomers.append(speaker)
                layers.append(read)
        if newcomers or len(staying) < len(self._speakers):
            self._gather(staying, newcomers, layers)
        return done

    def _has_room(self, one: Speaker, others: list[Speaker]) -> bool:
        if not others:
            return True
        longest = max(len(one.prompt.ids), *(other.read for other in others))
        count = len(others) + 1
        return count <= self._settings.max_together and count * longest <= self._settings.max_tokens

    def _read(self, speaker: Speaker) -> Layers:
        """Read a prompt and say its first token; returns the keys and values of the prompt."""
        prompt = speaker.prompt
        known = self._known.find(prompt)
        begin, seen = (known.length, known.images) if known else (0, 0)
        cache = cache_of(known.layers if known else [], depth=self._depth)
        positions = positions_of(self._module, prompt, image_id=self._image_id)
        images = prompt.images[seen:]
        pictures: dict[str, torch.Tensor] = {}
        if images:
            pictures["pixel_values"] = torch.cat([image.pixels for image in images]).to(self._device)
            pictures["image_grid_thw"] = torch.tensor([image.grid for image in images], device=self._device)
        logits_BV = self._logits(
            torch.tensor([prompt.ids[begin:]]),
            positions[..., begin:],
            cache,
            torch.ones(1, len(prompt.ids)),
            **pictures,
        )
        speaker.next_position = int(positions.max()) + 1
        self._say([speaker], logits_BV)
        layers = layers_of(cache)
        self._known.keep(prompt, layers)
        return layers

    def _step(self) -> None:
        """Everybody says one more token."""
        speakers = self._speakers
        ids = torch.tensor([[speaker.ids[-1]] for speaker in speakers])
        position = torch.tensor([[speaker.next_position] for speaker in speakers])
        length = max(speaker.read for speaker in speakers) + 1
        read_B1 = torch.tensor([[speaker.read + 1] for speaker in speakers])
        is_read_BT = torch.arange(length)[None] >= length - read_B1  # padded on the left
        positions = position[None].expand(3, -1, -1) if self._sees else position
        logits_BV = self._logits(ids, positions, cast(Cache, self._cache), is_read_BT)
        for speaker in speakers:
            speaker.next_position += 1
        self._say(speakers, logits_BV)

    def _logits(
        self, ids: torch.Tensor, positions: torch.Tensor, cache: Cache, is_read: torch.Tensor, **pictures: torch.Tensor
    ) -> torch.Tensor:
        out: Any = self._module(
            input_ids=ids.to(self._device),
            position_ids=positions.to(self._device),
            attention_mask=is_read.long().to(self._device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
            **pictures,
        )
        return out.logits[:, -1]

    def _say(self, speakers: list[Speaker], logits_BV: torch.Tensor) -> None:
        """Draw the next token of each."""
        device = logits_BV.device
        temperature_B = torch.tensor([speaker.manner.temperature for speaker in speakers], device=device)
        banned_V = torch.zeros(logits_BV.shape[-1], dtype=torch.bool, device=device)
        banned_V[self._banned] = True
        banned_V[self._vocabulary :] = True  # rows that round the size of a layer up, and spell nothing
        logp_BV = log_probabilities(logits_BV, temperature_B)
        token_B = draw(
            logp_BV,
            temperature_B=temperature_B,
            top_p_B=torch.tensor([speaker.manner.top_p for speaker in speakers], device=device),
            chance_B=torch.tensor(
                [speaker.chances.random() for speaker in speakers], dtype=torch.float64, device=device
            ),
            banned_V=banned_V,
        )
        logp_B = logp_BV.gather(-1, token_B[:, None])[:, 0]
        tokens, logps = cast(Any, token_B).tolist(), cast(Any, logp_B).tolist()
        for speaker, token, logp in zip(speakers, tokens, logps, strict=True):
            speaker.ids.append(token)
            speaker.logprobs.append(logp)
            speaker.is_over = token in self._ends or len(speaker.ids) >= speaker.manner.max_tokens

    def _gather(self, staying: list[Speaker], newcomers: list[Speaker], layers: list[Layers]) -> None:
        """Have these speak from now on; what those who leave have read is kept."""
        row_of = {id(speaker): row for row, speaker in enumerate(self._speakers)}
        cache = self._cache
        for speaker in self._speakers:
            if cache is not None and speaker not in staying:
                self._known.keep(speaker.so_far, layers_of(cache, row=row_of[id(speaker)], length=speaker.read))
        rows = [(row_of[id(speaker)], speaker.read) for speaker in staying]
        self._speakers = [*staying, *newcomers]
        self._cache = restacked(cache, rows, layers) if self._speakers else None

    @property
    def _device(self) -> torch.device:
        return next(self._module.parameters()).device

    @property
    def _depth(self) -> int:
        config: Any = self._module.config
        return int(config.get_text_config().num_hidden_layers)
