"""A model in this process that many callers ask at once; one thread does the work for all of them."""

import asyncio
import random
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from torch import nn

from ..errors import UsageError
from .decode import Decoder, Manner, Speaker
from .encode import Prompt
from .processor import Processor
from .settings import EngineSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A reply as token ids."""

    ids: tuple[int, ...]
    """Its end token included, unless it was cut off."""
    logprobs: tuple[float, ...]
    """One per id, in nats: of the whole distribution at the sampling temperature."""
    cut_off: bool


class Engine:
    """Continues prompts; each joins those that are under way, and leaves when it is done."""

    def __init__(self, module: nn.Module, processor: Processor, settings: EngineSettings | None = None) -> None:
        self._decoder = Decoder(module, processor, settings or EngineSettings())
        self._ends = processor.end_ids
        self._waiting: deque[Speaker] = deque()
        self._promised: dict[int, tuple[Speaker, asyncio.Future[Speaker]]] = {}
        self._driver: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")

    async def speak(self, prompt: Prompt, manner: Manner) -> Spoken:
        """A reply to a prompt.

        Raises:
            torch.OutOfMemoryError: there was no room; nobody's reply was made.
        """
        speaker = Speaker(prompt=prompt, manner=manner, chances=random.Random(manner.seed))
        promised: asyncio.Future[Speaker] = asyncio.get_running_loop().create_future()
        self._promised[id(speaker)] = (speaker, promised)
        self._waiting.append(speaker)
        if self._driver is None or self._driver.done():
            self._driver = asyncio.create_task(self._drive())
        try:
            await promised
        finally:
            speaker.left = True  # also where the caller was cancelled: nobody waits for the rest
            self._promised.pop(id(speaker), None)
        return Spoken(
            ids=tuple(speaker.ids),
            logprobs=tuple(speaker.logprobs),
            cut_off=speaker.ids[-1] not in self._ends,
        )

    def use(self, module: nn.Module) -> None:
        """Speak with these weights from now on.

        Raises:
            UsageError: somebody speaks.
        """
        if self._promised:
            raise UsageError("the weights of a model cannot be changed while it speaks; wait for its replies")
        self._decoder.use(module)

    def close(self) -> None:
        """End the thread; the engine is not asked any more."""
        self._thread.shutdown(cancel_futures=True)
        self._decoder.reset()

    async def _drive(self) -> None:
        """Work until nobody waits."""
        loop = asyncio.get_running_loop()
        try:
            while self._promised:
                for speaker in await loop.run_in_executor(self._thread, self._decoder.advance, self._waiting):
                    _, promised = self._promised.get(id(speaker), (None, None))
                    if promised is not None and not promised.done():
                        promised.set_result(speaker)
        # Whatever it was, everybody who waits must hear of it, or would wait for ever.
        except Exception as error:  # noqa: BLE001
            self._waiting.clear()
            self._decoder.reset()
            for _, promised in self._promised.values():
                if not promised.done():
                    promised.set_exception(error)
