"""A model in this process behind the part of vLLM's wire that training needs: chat with token ids, and new weights.

    async with EngineServer(checkpoint) as server:
        policy = ServedPolicy(server.url, images=store, settings=ServedSettings(token_ids=True))

What it is told to load it really loads, from the path that it is given, so whatever it says afterwards is sampled from
those weights. It can misbehave as servers do. Unlike vLLM it keeps the ids of a conversation from turn to turn, and
remembers no prefix past a change of weights.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers")

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import web

from ..errors import PolicyError, UsageError
from ..policy.base import Conversation, LocalSettings, Reply
from ..policy.local import LocalPolicy
from ..store.images import ImageStore
from .chat_server import error_answer
from .engine_wire import UnreadableError, completion, read_conversation
from .loopback import LoopbackServer

Misbehaviour = Literal["fail_to_load", "load_nothing", "keep_old_weights", "lose_answers", "lose_pause"]
"""What goes wrong with new weights: an error; a success that is none; a new name for the older weights; every other
answer, or that to a pause, breaks off after the work."""

_UNLABELLED = "default"


@dataclass(slots=True, kw_only=True, eq=False)
class _Served:
    """A model by one of the names that the server has."""

    policy: LocalPolicy
    root: str
    parent: str | None = None
    replies: int = field(default=0)
    """Being made now."""


class EngineServer(LoopbackServer):
    """Serves a checkpoint, and takes adapters and weights while it runs; use it with `async with`."""

    def __init__(
        self,
        checkpoint: Path,
        *,
        name: str = "GenEvolve",
        key: str = "",
        settings: LocalSettings | None = None,
        takes_adapters: bool = True,
        is_in_dev_mode: bool = True,
        tells_versions: bool = True,
        seconds_to_load: float = 0.0,
    ) -> None:
        """A server of a checkpoint's folder; it is started by `async with`.

        Args:
            name: what clients call the model.
            key: what a caller must show; "" lets everyone in.
            settings: how models are loaded and asked.
            takes_adapters: as with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True.
            is_in_dev_mode: as with VLLM_SERVER_DEV_MODE=1.
            tells_versions: knows /weight_info, as releases since the middle of 2026 do.
            seconds_to_load: that new weights take, each time.
        """
        self._checkpoint = checkpoint
        self._name = name
        self._key = key
        self._settings = settings
        self._takes_adapters = takes_adapters
        self._is_in_dev_mode = is_in_dev_mode
        self._tells_versions = tells_versions
        self.seconds_to_load = seconds_to_load
        self.misbehaviour: Misbehaviour | None = None
        """What befalls every change of weights from now on."""
        self.orders: list[str] = []
        """What the server was told to do, by the end of the address, in order."""
        self.url = ""
        """The base address, once it is started."""
        self._version = _UNLABELLED
        self._models: dict[str, _Served] = {}
        self._is_open = asyncio.Event()
        self._is_silent = asyncio.Condition()
        self._changing = asyncio.Lock()
        self._answered = 0
        self._changes: set[asyncio.Task[web.StreamResponse]] = set()

    @property
    def models(self) -> dict[str, str]:
        """The names that the server has, and the folder of each."""
        return {name: served.root for name, served in self._models.items()}

    @property
    def replies(self) -> int:
        """Being made now."""
        return sum(served.replies for served in self._models.values())

    async def restart(self) -> None:
        """Be as at the start: the checkpoint's own weights, no adapter, no version."""
        for name in list(self._models):
            await self._let_go(self._models.pop(name))
        self._version = _UNLABELLED
        self._is_open.set()
        self._models[self._name] = await self._open(self._checkpoint)

    async def __aenter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="engine-")
        self._images = ImageStore(Path(self._folder.name))
        await self.restart()
        app = web.Application(client_max_size=100_000_000, middlewares=[self._at_the_door])
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_post("/v1/chat/completions", self._complete)
        if self._takes_adapters:
            app.router.add_post("/v1/load_lora_adapter", self._load_adapter)
            app.router.add_post("/v1/unload_lora_adapter", self._unload_adapter)
        if self._is_in_dev_mode:
            app.router.add_post("/pause", self._pause)
            app.router.add_post("/resume", self._resume)
            app.router.add_get("/is_paused", self._tell_paused)
            app.router.add_post("/collective_rpc", self._call_workers)
            app.router.add_post("/reset_prefix_cache", self._forget)
            app.router.add_post("/reset_encoder_cache", self._forget)
            if self._tells_versions:
                app.router.add_get("/weight_info", self._tell_version)
                app.router.add_post("/update_weight_version", self._take_version)
        self.url = f"http://{await self._start(app)}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        await asyncio.gather(*self._changes, return_exceptions=True)
        for served in self._models.values():
            await served.policy.close()
        self._folder.cleanup()

    @web.middleware
    async def _at_the_door(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if self._key and request.headers.get("Authorization") != f"Bearer {self._key}":
            return error_answer(401, "Unauthorized")
        order = request.path.rpartition("/")[2]
        if request.method == "POST" and order != "completions":
            self.orders.append(order)
        return await handler(request)

    async def _list_models(self, _: web.Request) -> web.Response:
        cards = [
            {"id": name, "object": "model", "owned_by": "vllm", "root": served.root, "parent": served.parent}
            for name, served in self._models.items()
        ]
        return web.json_response({"object": "list", "data": cards})

    async def _complete(self, request: web.Request) -> web.Response:
        payload: dict[str, Any] = await request.json()
        try:
            heard = await asyncio.to_thread(read_conversation, payload, self._images)
        except UnreadableError as error:
            return error_answer(400, str(error))
        await self._is_open.wait()
        served = self._models.get(payload["model"])
        if served is None:
            return error_answer(404, f"The model `{payload['model']}` does not exist.")
        try:
            reply = await self._reply(served, heard)
        except PolicyError as error:
            return error_answer(400, str(error))
        return web.json_response(completion(payload, reply))

    async def _reply(self, served: _Served, heard: Conversation) -> Reply:
        served.replies += 1
        try:
            return await served.policy.reply(heard)
        finally:
            served.replies -= 1
            async with self._is_silent:
                self._is_silent.notify_all()
            if served.replies == 0 and served not in self._models.values():
                await served.policy.close()

    async def _load_adapter(self, request: web.Request) -> web.StreamResponse:
        payload: dict[str, Any] = await request.json()
        name, path = payload.get("lora_name"), payload.get("lora_path")
        if not name or not path:
            return error_answer(400, "Both 'lora_name' and 'lora_path' must be provided.")
        in_place = bool(payload.get("load_inplace"))
        return await self._change(request, lambda: self._loaded_adapter(name, path, in_place=in_place))

    async def _loaded_adapter(self, name: str, path: str, *, in_place: bool) -> web.Response:
        if name in self._models and not in_place:
            return error_answer(
                400,
                f"The lora adapter '{name}' has already been loaded. "
                "If you want to load the adapter in place, set 'load_inplace' to True.",
            )
        if not Path(path).is_dir():
            return error_answer(404, f"Loading lora {name} failed: No adapter found for {path}")
        await asyncio.sleep(self.seconds_to_load)
        base = self._models[self._name]
        if self.misbehaviour == "keep_old_weights":
            before = next(reversed(self._models.values()))
            new = _Served(policy=before.policy, root=path, parent=self._name)
        else:
            new = await self._open(Path(base.root), adapter=Path(path))
        if self.misbehaviour != "load_nothing":
            self._models[name] = new
        return web.Response(text=f"Success: LoRA adapter '{name}' added successfully.")

    async def _unload_adapter(self, request: web.Request) -> web.Response:
        name = (await request.json()).get("lora_name")
        served = self._models.get(name)
        if served is None or served.parent is None:
            return error_answer(404, f"The lora adapter '{name}' cannot be found.")
        del self._models[name]
        await self._let_go(served)
        return web.Response(text=f"Success: LoRA adapter '{name}' removed successfully.")

    async def _call_workers(self, request: web.Request) -> web.StreamResponse:
        payload: dict[str, Any] = await request.json()
        if payload.get("method") != "reload_weights":
            return error_answer(500, f"a worker has no method {payload.get('method')!r}")
        path = payload.get("kwargs", {}).get("weights_path", str(self._checkpoint))
        return await self._change(request, lambda: self._loaded_weights(path))

    async def _loaded_weights(self, path: str) -> web.Response:
        await asyncio.sleep(self.seconds_to_load)
        if self.misbehaviour not in {"keep_old_weights", "load_nothing"}:
            new = await self._open(Path(path))
            before, self._models[self._name] = self._models[self._name], new
            await self._let_go(before)
        return web.json_response({"results": [None]})

    async def _change(
        self, request: web.Request, change: Callable[[], Coroutine[Any, Any, web.Response]]
    ) -> web.StreamResponse:
        """What comes of a change of weights, which goes on where the caller does not wait for it."""
        task = asyncio.create_task(self._changed(request, change))
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        return await asyncio.shield(task)

    async def _changed(
        self, request: web.Request, change: Callable[[], Coroutine[Any, Any, web.Response]]
    ) -> web.StreamResponse:
        async with self._changing:
            if self.misbehaviour == "fail_to_load":
                return error_answer(500, "CUDA error: an illegal memory access was encountered")
            try:
                answer = await change()
            except UsageError as error:
                return error_answer(500, str(error))
        self._answered += 1
        if self.misbehaviour == "lose_answers" and self._answered % 2 and request.transport is not None:
            request.transport.abort()
        return answer

    async def _pause(self, request: web.Request) -> web.Response:
        if request.query.get("mode") != "wait":
            return error_answer(400, "this server knows only mode=wait")
        self._is_open.clear()
        async with self._is_silent:
            await self._is_silent.wait_for(lambda: self.replies == 0)
        if self.misbehaviour == "lose_pause" and request.transport is not None:
            request.transport.abort()
        return web.json_response({"status": "paused"})

    async def _resume(self, _: web.Request) -> web.Response:
        self._is_open.set()
        return web.json_response({"status": "resumed"})

    async def _tell_paused(self, _: web.Request) -> web.Response:
        return web.json_response({"is_paused": not self._is_open.is_set()})

    async def _forget(self, _: web.Request) -> web.Response:
        return web.Response()  # new weights come with a memory of their own here

    async def _tell_version(self, _: web.Request) -> web.Response:
        return web.json_response({"weight_version": self._version})

    async def _take_version(self, request: web.Request) -> web.Response:
        self._version = (await request.json())["new_version"]
        return web.json_response({"success": True, "new_version": self._version})

    async def _open(self, folder: Path, *, adapter: Path | None = None) -> _Served:
        policy = LocalPolicy(folder, images=self._images, settings=self._settings, weights="served", adapter=adapter)
        await policy.prepare()
        return _Served(policy=policy, root=str(adapter or folder), parent=self._name if adapter else None)

    async def _let_go(self, served: _Served) -> None:
        """Free a model that has no name any more, once nobody waits for its words."""
        others = [other.policy for other in self._models.values()]
        if served.replies == 0 and served.policy not in others:
            await served.policy.close()
