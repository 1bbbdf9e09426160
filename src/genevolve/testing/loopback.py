"""What every server of this folder is: an aiohttp application on a free port of 127.0.0.1, while it is used."""

from types import TracebackType

from aiohttp import web


class LoopbackServer:
    """Used with `async with`; a server says in `__aenter__` what it serves, and is stopped here."""

    _runner: web.AppRunner | None = None

    async def _start(self, app: web.Application, *, port: int = 0, handler_cancellation: bool = True) -> str:
        """Serve an application, and return "host:port"; port 0 takes a free one."""
        self._runner = web.AppRunner(
            app, shutdown_timeout=0.1, handler_cancellation=handler_cancellation, access_log=None
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, bound = self._runner.addresses[0][:2]
        return f"{host}:{bound}"

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
