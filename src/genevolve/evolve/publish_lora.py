"""Low-rank updates published to vLLM: written as PEFT writes them, loaded while the server runs, asked by name.

The server needs `VLLM_ALLOW_RUNTIME_LORA_UPDATING=True` and the options of `publish.lora_options`. Every version gets a
name of its own instead of taking the place of the one before (vLLM's `load_inplace`): cached prefixes belong to a name,
so none outlives its weights, and a repeated call finds the name loaded. The adapter before stays, the older ones go.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers", "peft")

import asyncio
from functools import partial
from pathlib import Path
from typing import Any, cast

from torch import nn

from ..errors import PublishError, ServiceError, UsageError
from ..model.adapter import adapter_digest, save_adapter
from ..policy.served import ServedPolicy
from .publish import UNPUBLISHED, PublishSettings
from .publish_folder import Written
from .publish_served import ServedWeights


class LoraPublisher:
    """Publishes the low-rank updates of a model to the server that a policy asks."""

    def __init__(self, policy: ServedPolicy, folder: Path, settings: PublishSettings | None = None) -> None:
        """Publishes to a served policy, whose owner closes it.

        Args:
            folder: of published adapters, which the server sees too.
        """
        self._served = ServedWeights(policy, folder, settings)

    async def prepare(self) -> None:
        """Find out which model is served, and whether adapters can be loaded.

        Raises:
            UsageError: they cannot; says how to start the server.
            PolicyError: the server cannot be asked.
        """
        await self._served.prepare()
        try:
            await self._order("unload", {"lora_name": "none-of-this-name"})
        except ServiceError as error:
            if error.status == 404 and "adapter" in str(error):
                return
            raise UsageError(
                f"adapters cannot be loaded while the server runs: {error}. Start vLLM with --enable-lora and "
                "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its environment."
            ) from error

    async def publish(self, module: nn.Module, *, version: str) -> None:
        """Write the module's low-rank updates, load them, and have the policy ask for them.

        Raises:
            PublishError: the server does not load them, or speaks with others.
            UsageError: a reply is being made, or the module has none.
            StoreError: they cannot be written.
        """
        served = self._served
        served.check_silent()
        save = partial(save_adapter, module)
        written = await asyncio.to_thread(served.folder.write, version, save, adapter_digest)
        await self._load(written)
        await served.check(module, written, model=written.name)
        served.policy.speak_with(weights=version, model=written.name)
        await self._unload_old()
        await asyncio.to_thread(served.folder.keep_newest, served.settings.kept)

    async def serving(self) -> str | None:
        """The version of the adapter that the policy asks for, if the server has it from here.

        Raises:
            PublishError: the server does not answer.
        """
        served = self._served
        is_ours = served.server.model in await self._ours()
        return served.policy.info.weights if is_ours else UNPUBLISHED

    async def close(self) -> None:
        """Nothing: the connections are the policy's."""

    async def _load(self, written: Written) -> None:
        roots = await self._roots()
        if roots.get(written.name) == written.server_path:
            return
        if written.name in roots:  # the same weights from a folder that may be gone, as of another run
            await self._unload(written.name)
        try:
            await self._order("load", {"lora_name": written.name, "lora_path": written.server_path})
        except ServiceError as error:
            # It may have been loaded all the same: an answer was lost, and the call repeated.
            if written.name not in await self._roots():
                raise PublishError(
                    f"{self._served.server.who} did not load {written.server_path!r}: {error}. Does it see that "
                    "folder (server_folder), and is --max-lora-rank high enough?"
                ) from error
        if written.name not in (names := await self._roots()):
            raise PublishError(
                f"{self._served.server.who} says that it loaded {written.name!r}, and has only: "
                f"{', '.join(sorted(names)) or 'nothing'}. Is it one server, or several behind one address?"
            )

    async def _unload_old(self) -> None:
        kept = {written.name for written in self._served.folder.all()[-self._served.settings.kept :]}
        for name in sorted(await self._ours() - kept):
            await self._unload(name)

    async def _unload(self, name: str) -> None:
        try:
            await self._order("unload", {"lora_name": name})
        except ServiceError as error:
            if error.status != 404:  # what is gone is gone
                raise PublishError(
                    f"{self._served.server.who} did not let the adapter {name!r} go: {error}. Restart it if it runs "
                    "out of room for adapters."
                ) from error

    async def _order(self, what: str, payload: dict[str, str]) -> None:
        server = self._served.server
        await server.http.tell(f"{server.base_url}/{what}_lora_adapter", payload)

    async def _ours(self) -> set[str]:
        """The adapters that the server has from our folder."""
        folder = self._served.folder
        return {name for name, root in (await self._roots()).items() if root == folder.server_path(name)}

    async def _roots(self) -> dict[str, str]:
        """The models that the server has, adapters included, and where each was loaded from."""
        server = self._served.server
        try:
            answer = await server.http.get(f"{server.base_url}/models")
        except ServiceError as error:
            raise PublishError(f"{server.who} does not say which models it has: {error}") from error
        fields = cast(dict[str, Any], answer if isinstance(answer, dict) else {})
        listed = cast(list[dict[str, Any]], fields.get("data") or [])
        return {str(entry["id"]): str(entry.get("root")) for entry in listed if "id" in entry}
