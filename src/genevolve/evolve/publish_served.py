"""What both ways of publishing to vLLM share: the server, the folder, and the proof that the server has the weights."""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers")

import asyncio
from pathlib import Path

from torch import nn

from ..chat import ChatClient
from ..errors import PublishError, UsageError
from ..model.rescore import rescored
from ..policy.served import ServedPolicy
from .publish import PublishSettings
from .publish_folder import PublishedFolder, Written
from .publish_probe import Probed, asked, is_alike, kept_the_older, mean_gap


class ServedWeights:
    """The weights of a served policy, as far as they are known from here."""

    def __init__(self, policy: ServedPolicy, folder: Path, settings: PublishSettings | None) -> None:
        self.policy = policy
        self.settings = settings or PublishSettings()
        self.folder = PublishedFolder(folder, server_folder=self.settings.server_folder)
        self._last: tuple[Written, Probed] | None = None
        """What was published last from here, and what the server said with it."""

    @property
    def server(self) -> ChatClient:
        """Whom the policy asks."""
        return self.policy.server

    @property
    def root(self) -> str:
        """The address of what is no part of the OpenAI API."""
        return self.server.base_url.removesuffix("/v1")

    @property
    def is_known(self) -> bool:
        """Something was published from here, so that it is known how the server spoke then."""
        return self._last is not None

    def check_silent(self) -> None:
        """Nothing, where no reply is being made.

        Raises:
            UsageError: one is.
        """
        if self.policy.is_speaking:
            raise UsageError("weights are published between rounds, and the policy is making a reply; wait for it")

    async def prepare(self) -> None:
        """Have the policy know which model it asks.

        Raises:
            UsageError: the server refuses the key, or has not exactly one model to choose.
            PolicyError: the server cannot be asked.
        """
        await self.policy.prepare()

    async def check(self, module: nn.Module, written: Written, *, model: str) -> None:
        """Makes sure that a model of the server has these weights.

        Raises:
            PublishError: it has others.
        """
        tokens = await asked(self.server, model=model)
        now = Probed(tokens=tokens, own=await asyncio.to_thread(rescored, module, tokens))
        gap = mean_gap(tokens.logprobs, now.own)
        if gap > self.settings.tolerance:
            raise PublishError(
                f"{self.server.who} took {written.name!r} and does not speak with it: its log-probabilities are "
                f"{gap:.3g} nats off those of the trainer, on the mean, and at most {self.settings.tolerance:g} was "
                "expected. Does it serve the model that is trained, unquantised? Restart it, and publish again."
            )
        if self._last and kept_the_older(self._last[1], now):
            raise PublishError(
                f"{self.server.who} took {written.name!r} and answers as it did with {self._last[0].name!r}; expected "
                "its log-probabilities to move as the trainer's did. It kept the older weights: restart it, and "
                "publish again."
            )
        self._last = (written, now)

    async def answers_as_before(self) -> bool:
        """Whether the server speaks as it did when it was last published to from here.

        Raises:
            PublishError: nobody answers.
        """
        if self._last is None:
            return False
        now = await asked(self.server, model=self.server.model)
        return is_alike(self._last[1].tokens, now, tolerance=self.settings.tolerance)
