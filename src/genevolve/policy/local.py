"""A policy that is a model of transformers in this process.

Its tokens are exact: a prompt is made of the very ids that were read and sampled
in the turns before and of what was said since, so that a conversation is one
sequence and nothing is tokenised twice. What it reports as a log-probability is
that of the whole distribution at the sampling temperature, before the nucleus is
cut out of it: what a trainer recomputes from the same weights.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers")

import asyncio
import os
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

import torch
from transformers import PreTrainedModel

from ..errors import EncodingError, PolicyError, UsageError
from ..model.adapter import with_adapter
from ..model.decode import Manner
from ..model.encode import ChatEncoder, Prompt, image_digests
from ..model.engine import Engine, Spoken
from ..model.load import LoadedModel, checkpoint_folder, load_model, weights_digest
from ..records import Message, PolicyInfo, Sampling, TokenSpan, Usage
from ..store.images import ImageStore
from ..store.kept import Kept
from .base import Conversation, LocalSettings, Reply

_KEPT_BYTES = 256_000_000
"""Of token ids of conversations that may go on: thousands of the longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Transcript:
    """A conversation as ids, up to the end of a reply."""

    ids: tuple[int, ...]
    is_ended: bool
    """The ids hold the token that ends a reply; not so where it was cut off."""


class LocalPolicy:
    """Answers with a model of its own; close it when it is not needed any more."""

    def __init__(
        self,
        model: str | Path | LoadedModel,
        *,
        images: ImageStore,
        settings: LocalSettings | None = None,
        weights: str | None = None,
        adapter: Path | None = None,
    ) -> None:
        """A policy.

        Args:
            model: a folder, a name on the hub, or a model that is loaded.
            images: where the pictures of conversations are.
            weights: the version of the weights; None names them by a digest of their files.
            adapter: a folder with low-rank updates of the model, which is then one that is not loaded yet.

        Raises:
            UsageError: an adapter comes with a model that is loaded, and would change it for others.
        """
        if adapter is not None and isinstance(model, LoadedModel):
            raise UsageError(
                "an adapter would change the loaded model for whoever else has it; give the model's folder"
            )
        self._adapter = adapter
        self._name = model.name if isinstance(model, LoadedModel) else str(model)
        self._images = images
        self._settings = settings or LocalSettings()
        self._weights = weights
        self._given = model if isinstance(model, LoadedModel) else None
        """A model that is not ours to free."""
        self._model: LoadedModel | None = None
        self._loading = asyncio.Lock()
        self._transcripts = Kept[bytes, _Transcript](_KEPT_BYTES)

    @property
    def info(self) -> PolicyInfo:
        """Who it is.

        Raises:
            UsageError: there is no such model.
        """
        if self._weights is None:
            self._weights = weights_digest(checkpoint_folder(self._name))
        return PolicyInfo(name="local", model=self._name, weights=self._weights)

    async def prepare(self) -> None:
        """Load the model, unless it is there.

        Raises:
            UsageError: it cannot be loaded.
        """
        async with self._loading:
            if self._model is None:
                self._take(self._given or await asyncio.to_thread(self._load))
                await asyncio.to_thread(lambda: self.info)

    async def reply(self, conversation: Conversation) -> Reply:
        """The model's next reply.

        Raises:
            PolicyError: the conversation cannot be read by this model, or there is no memory for it.
            UsageError: the model cannot be loaded, or tools are offered in the native dialect.
        """
        if conversation.tools:
            raise UsageError("a local policy speaks the tagged dialect; serve the model to speak the native one")
        await self.prepare()
        try:
            words, prompt = await asyncio.to_thread(self._read, conversation)
        except EncodingError as error:
            raise PolicyError(str(error)) from error
        manner = self._manner(prompt, conversation.sampling)
        try:
            spoken = await self._engine.speak(prompt, manner)
        except torch.OutOfMemoryError as error:
            raise PolicyError(
                "there is no memory for the conversation; lower max_together, max_tokens or kept_tokens of the engine"
            ) from error
        return self._told(conversation, words, prompt, spoken)

    def load_weights(self, module: torch.nn.Module, version: str) -> None:
        """Speak with these weights from now on; `info` has their version.

        The module may be the very one that is trained: it is asked between updates, and never changed.

        Raises:
            UsageError: no model is loaded, or a reply is being made.
        """
        if self._model is None:
            raise UsageError("the policy has no model yet; `await policy.prepare()` loads it")
        self._engine.use(module)
        self._given = self._model = replace(self._model, module=cast(PreTrainedModel, module))
        self._weights = version

    async def close(self) -> None:
        """Free what the policy holds; the next reply takes it up again, with the same weights."""
        if self._model is not None:
            self._model = None
            await asyncio.to_thread(self._engine.close)

    def _load(self) -> LoadedModel:
        model = load_model(self._name, self._settings.load)
        return with_adapter(model, self._adapter) if self._adapter else model

    def _take(self, model: LoadedModel) -> None:
        self._model = model
        self._chat = ChatEncoder(model.processor, self._images.read, max_pixels=self._settings.max_pixels)
        self._engine = Engine(model.module, model.processor, self._settings.engine)
        config: Any = model.module.config
        self._context = int(config.get_text_config().max_position_embeddings)

    def _manner(self, prompt: Prompt, sampling: Sampling) -> Manner:
        room = min(sampling.limits.max_reply_tokens, self._context - len(prompt.ids))
        if room < 1:
            raise PolicyError(
                f"the conversation has {len(prompt.ids):,} tokens and the model reads at most {self._context:,}; "
                "lower max_context_tokens of the limits"
            )
        return Manner(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            # Each reply of an attempt has chances of its own, whoever else speaks and in whatever order.
            seed=os.urandom(16) if sampling.seed is None else _name(sampling.seed, prompt.ids),
            max_tokens=room,
        )

    def _read(self, conversation: Conversation) -> tuple[str, Prompt]:
        """The conversation in the template's words, and as ids: those of the turns before as they were."""
        messages = conversation.messages
        words = self._chat.written(messages, asked=True)
        images = self._chat.features(messages)
        said = max((place for place, message in enumerate(messages) if message.role == "assistant"), default=None)
        if said is not None:
            before, end = messages[: said + 1], self._chat.processor.end_of_reply
            known_words = self._chat.written(before, asked=False)
            known_words = known_words[: known_words.rfind(end) + len(end)]
            known = self._transcripts.get(self._key(conversation.sampling, known_words, before))
            if known and words.startswith(known_words):
                new_words = words[len(known_words) - (0 if known.is_ended else len(end)) :]
                new_images = images[len(image_digests(before)) :]
                return words, Prompt(ids=known.ids + self._chat.ids(new_words, new_images), images=images)
        return words, Prompt(ids=self._chat.ids(words, images), images=images)

    def _told(self, conversation: Conversation, words: str, prompt: Prompt, spoken: Spoken) -> Reply:
        """The reply, its ids remembered for the turns after it."""
        processor = self._chat.processor
        text = processor.decode(spoken.ids)
        last = processor.decode_one(spoken.ids[-1])
        key = self._key(conversation.sampling, words + text + processor.end_of_reply, conversation.messages)
        transcript = _Transcript(ids=prompt.ids + spoken.ids, is_ended=last == processor.end_of_reply)
        self._transcripts.put(key, transcript, size=8 * len(transcript.ids))
        return Reply(
            text=text,
            usage=Usage(prompt_tokens=len(prompt.ids), completion_tokens=len(spoken.ids)),
            tokens=TokenSpan(context=prompt.ids, reply=spoken.ids, logprobs=spoken.logprobs),
            cut_off=spoken.cut_off,
        )

    @staticmethod
    def _key(sampling: Sampling, words: str, messages: tuple[Message, ...]) -> bytes:
        # Attempts may say the same in other tokens; each is told apart by its seed.
        return _name(sampling.seed, words, image_digests(messages))


def _name(*values: object) -> bytes:
    return blake2b(repr(values).encode(), digest_size=16).digest()
