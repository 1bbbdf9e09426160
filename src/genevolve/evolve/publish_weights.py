"""Whole weights published to vLLM: a checkpoint in a folder, from which the running server loads its weights again.

vLLM's own weight transfer wants a communication group that the trainer joins (NCCL, CUDA IPC). Reading from a folder
wants none: `POST /collective_rpc` has every worker call `reload_weights` with a path. The server needs
`VLLM_SERVER_DEV_MODE=1`. It is paused meanwhile, so that whatever it was saying is finished with the older weights, and
what it remembers of prompts is thrown away.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers")

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from pydantic import JsonValue
from torch import nn
from transformers import PreTrainedModel

from ..errors import PublishError, ServiceError, UsageError
from ..model.load import LoadedModel, save_model, weights_digest
from ..model.processor import Processor
from ..policy.served import ServedPolicy
from .publish import UNPUBLISHED, PublishSettings
from .publish_folder import Written
from .publish_served import ServedWeights

_LOADING = "loading"
"""The version that the server shows while nobody can say which it has."""


class WeightsPublisher:
    """Publishes all weights of a model to the server that a policy asks; low-rank updates are merged into them."""

    def __init__(
        self, policy: ServedPolicy, folder: Path, processor: Processor, settings: PublishSettings | None = None
    ) -> None:
        """Publishes to a served policy, whose owner closes it.

        Args:
            folder: of published checkpoints, which the server sees too.
            processor: of the model, so that each is one that any engine reads.
        """
        self._served = ServedWeights(policy, folder, settings)
        self._processor = processor

    async def prepare(self) -> None:
        """Find out which model is served, and whether its weights can be loaded again.

        Raises:
            UsageError: they cannot; says how to start the server.
            PolicyError: the server cannot be asked.
        """
        await self._served.prepare()
        try:
            await self._served.server.http.get(f"{self._served.root}/is_paused")
        except ServiceError as error:
            raise UsageError(
                f"the server's weights cannot be changed while it runs: {error}. "
                "Start vLLM with VLLM_SERVER_DEV_MODE=1 in its environment."
            ) from error

    async def publish(self, module: nn.Module, *, version: str) -> None:
        """Write the module's weights, and have the server load them.

        Raises:
            PublishError: the server does not load them, or speaks with others.
            UsageError: a reply is being made.
            StoreError: they cannot be written.
        """
        served = self._served
        served.check_silent()
        model = LoadedModel(module=cast(PreTrainedModel, module), processor=self._processor, name=version)
        written = await asyncio.to_thread(
            served.folder.write, version, lambda folder: save_model(model, folder), weights_digest
        )
        await self._load(written)
        await served.check(module, written, model=served.server.model)
        served.policy.speak_with(weights=version)
        await asyncio.to_thread(served.folder.keep_newest, served.settings.kept)

    async def serving(self) -> str | None:
        """The version that the server shows; of one that shows none, the last from here if it speaks as it did then.

        Raises:
            PublishError: the server does not answer.
        """
        served = self._served
        try:
            answer = await served.server.http.get(f"{served.root}/weight_info")
        except ServiceError as error:
            if error.status != 404:
                raise PublishError(f"{served.server.who} does not say which weights it has: {error}") from error
            if not served.is_known:
                return None
            return served.policy.info.weights if await served.answers_as_before() else UNPUBLISHED
        fields = cast(dict[str, Any], answer if isinstance(answer, dict) else {})
        known = {written.name: written.version for written in served.folder.all()}
        return known.get(str(fields.get("weight_version")), UNPUBLISHED)

    async def close(self) -> None:
        """Nothing: the connections are the policy's."""

    async def _load(self, written: Written) -> None:
        try:
            # Older releases know no `mode`, and would break off what is being said.
            await self._told("pause", mode="wait", wait_for_inflight_requests="true", clear_cache="true")
            await self._show(_LOADING)
            await self._told(
                "collective_rpc",
                {"method": "reload_weights", "kwargs": {"weights_path": written.server_path}},
                failing=f"did not load {written.server_path!r}; does it see that folder (server_folder)?",
            )
            await self._told("reset_prefix_cache")
            await self._told("reset_encoder_cache", is_optional=True)
            await self._show(written.name)
        except BaseException:
            # A server that stays paused holds up whoever asks it, for ever; it may have paused and said nothing.
            with suppress(PublishError):  # what went wrong first is what is told
                await self._told("resume")
            raise
        await self._told("resume")

    async def _show(self, version: str) -> None:
        await self._told("update_weight_version", {"new_version": version}, is_optional=True)

    async def _told(
        self,
        what: str,
        payload: JsonValue = None,
        *,
        failing: str = "",
        is_optional: bool = False,
        **params: str,
    ) -> None:
        """Has the server do something that may be done twice; what is optional, not every release knows."""
        server = self._served.server
        doing: Awaitable[None] = server.http.tell(f"{self._served.root}/{what}", payload, params=params)
        try:
            await doing
        except ServiceError as error:
            if is_optional and error.status == 404:
                return
            raise PublishError(f"{server.who} {failing or f'did not do {what!r}'}: {error}") from error
