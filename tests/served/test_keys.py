"""No key reaches a file, a message or an output, whatever the servers do with it."""

import pytest
from aiohttp import web

from genevolve.config import RunConfig, load_config, with_changes
from genevolve.errors import RenderError, UsageError
from genevolve.judge import open_judge
from genevolve.pipeline import do_each, draw_with
from genevolve.policy import open_policy
from genevolve.records import Program
from genevolve.store import ImageStore
from genevolve.testing.faulty_world import FaultyWorld
from genevolve.testing.loopback import LoopbackServer
from support.served import DRAWN, KEYS, SERVED, command, files_with, write_requests

AT_ONCE = {"Retry-After": "0"}


class Parrot:
    """A server that repeats every header it was sent, in each place where a server's words are read."""

    def __init__(self, status: int, *, shape: str) -> None:
        self._status = status
        self._shape = shape
        self.url = ""

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._repeat)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    async def _repeat(self, request):
        # Long enough that whoever shortens it first and cleans it afterwards leaves half a key.
        said = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        said = f"{'x' * 240} {said} {said}"
        match self._shape:
            case "text":
                return web.Response(status=self._status, text=said, headers=AT_ONCE)
            case "error":
                return web.json_response({"error": {"message": said, "code": said}}, status=self._status)
            case "message":
                told = {"message": said, "success": False, "detail": said}
                return web.json_response(told, status=self._status, headers=AT_ONCE)
            case _:
                message = {"role": "assistant", "content": f"<answer>{said}</answer>"}
                choice = {"index": 0, "message": message, "finish_reason": said}
                return web.json_response(
                    {"choices": [choice], "data": [{"url": said}], "organic": said, "images": said}
                )


class Listener(LoopbackServer):
    """A server that wants a key and takes none; it notes which it was shown."""

    def __init__(self):
        self.shown = []

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._note)
        self.url = f"http://{await self._start(app)}/v1"
        return self

    async def _note(self, request):
        self.shown.append(request.headers.get("Authorization"))
        return web.json_response({"error": {"message": "Unauthorized"}}, status=401)


def parts_of(key):
    """The key, and the half of it that a careless cut would leave."""
    return key, key[: len(key) // 2 + 1]


def assert_no_keys(said, *folders):
    for key in KEYS.values():
        for part in parts_of(key):
            assert part not in said
            assert files_with(part, *folders) == []


@pytest.mark.parametrize(
    ("status", "shape"),
    [(500, "text"), (400, "error"), (429, "message"), (200, "text"), (200, "error"), (200, "reply")],
)
async def test_servers_that_repeat_the_key_do_not_get_it_into_a_file_or_an_output(tmp_path, status, shape):
    async with Parrot(status, shape=shape) as parrot, FaultyWorld(requests=1, share=0.0) as world:
        everywhere = {
            "OPENAI_BASE_URL": f"{parrot.url}/v1",
            "SERPER_BASE_URL": parrot.url,
            "BRAVE_BASE_URL": parrot.url,
            "SEARXNG_URL": parrot.url,
            "OPENVERSE_BASE_URL": parrot.url,
            "WIKIPEDIA_API_URL": f"{parrot.url}/w/api.php",
            "COMMONS_API_URL": f"{parrot.url}/w/api.php",
            "GENEVOLVE_RENDERER_URL": f"{parrot.url}/v1",
            **KEYS,
        }
        done = await command("run", "a flag", *SERVED, *DRAWN, "--out", "run", cwd=tmp_path, env=everywhere)
        doctor = await command("doctor", cwd=tmp_path, env={**everywhere, "GENEVOLVE_OFFLINE": "0"})

        # Here only the search and the renderer are parrots, so that their words reach a conversation and a render.
        half = {**world.environment, "SERPER_BASE_URL": parrot.url, "GENEVOLVE_RENDERER_URL": f"{parrot.url}/v1"}
        half |= {name: key for name, key in KEYS.items() if name != "OPENAI_API_KEY"}
        text = world.requests[0].text
        drawn = await command("run", text, *SERVED, *DRAWN, "--out", "half", cwd=tmp_path, env=half)

    assert done.returncode == 1
    assert drawn.returncode == 1
    said = "".join(d.stdout + d.stderr for d in (done, doctor, drawn))
    assert "Traceback" not in said
    assert_no_keys(said, tmp_path)


async def test_a_run_that_goes_well_leaves_no_key_anywhere(tmp_path):
    async with FaultyWorld(requests=3, share=0.0, key=KEYS["OPENAI_API_KEY"]) as world:
        rows = write_requests(world, tmp_path / "requests.jsonl")
        rolled = await command("rollout", rows, *SERVED, "--out", "run", cwd=tmp_path, world=world)
        drawn = await command("render", "run", *DRAWN, cwd=tmp_path, world=world)
        shown = await command("show", "run", cwd=tmp_path, world=world)
        assert any("Bearer" in value for value in world.images.asked[0].headers.values())

    assert (rolled.returncode, drawn.returncode) == (0, 0)
    assert_no_keys("".join(d.stdout + d.stderr for d in (rolled, drawn, shown)), tmp_path)


@pytest.mark.parametrize("given", ["flag", "environment"])
async def test_a_password_in_an_address_is_neither_kept_nor_told(tmp_path, given):
    secret = "pw-5f0e7d21"
    env = {"SEARXNG_URL": f"http://me:{secret}@127.0.0.1:9", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    flags = ("--policy", "served", "--model", "m", "--search", "searxng", "--out", "run")
    address = f"http://me:{secret}@127.0.0.1:9/v1"
    drawn = ("--renderer", "openai", "--renderer-url", address) if given == "flag" else ()
    done = await command("run", "a flag", *flags, *drawn, cwd=tmp_path, env=env)

    assert done.returncode == (2 if given == "flag" else 1), done.stderr
    assert secret not in done.stdout + done.stderr
    assert files_with(secret, tmp_path) == []


KEYS_OF_MODELS = {
    "OPENAI_API_KEY": "sk-of-openai",
    "GENEVOLVE_JUDGE_KEY": "sk-of-the-judge",
    "GENEVOLVE_RENDERER_KEY": "sk-of-the-renderer",
}
ADDRESSES = ("OPENAI_BASE_URL", "OPENAI_API_BASE", "GENEVOLVE_JUDGE_URL", "GENEVOLVE_RENDERER_URL")


async def ask_policy(config: RunConfig, images: ImageStore, by_hand: str | None) -> str:
    """What is said where the settings of a file, other flags on top, are asked."""
    assert config.agent is not None
    changed = with_changes(config.agent, {"sampling.seed": 3, "served.base_url": by_hand})
    policy = open_policy("served", images=images, served=changed.served)
    with pytest.raises(UsageError) as caught:
        await do_each("prepare", policy)
    await do_each("close", policy)
    return str(caught.value)


async def ask_judge(config: RunConfig, images: ImageStore, by_hand: str | None) -> str:
    """As `ask_policy`."""
    assert config.judges is not None
    judge = open_judge(with_changes(config.judges[0], {"parallel": 3, "base_url": by_hand}), images=images)
    with pytest.raises(UsageError) as caught:
        await do_each("prepare", judge)
    await do_each("close", judge)
    return str(caught.value)


async def ask_renderer(config: RunConfig, images: ImageStore, by_hand: str | None) -> str:
    """As `ask_policy`."""
    assert config.draw is not None
    renderer = draw_with(with_changes(config.draw, {"seed": 3, "urls": (by_hand,) if by_hand else None}))
    with pytest.raises(RenderError) as caught:
        await renderer.draw(Program(prompt="a fox"), ())
    await do_each("close", renderer)
    return str(caught.value)


@pytest.mark.parametrize(
    ("ask", "where", "shown"),
    [
        (ask_policy, "file", None),
        (ask_policy, "OPENAI_BASE_URL", "sk-of-openai"),
        (ask_policy, "OPENAI_API_BASE", None),
        (ask_policy, "flag", "sk-of-openai"),
        (ask_judge, "file", None),
        (ask_judge, "GENEVOLVE_JUDGE_URL", "sk-of-the-judge"),
        (ask_judge, "OPENAI_API_BASE", "sk-of-openai"),
        (ask_judge, "OPENAI_BASE_URL", None),
        (ask_judge, "flag", "sk-of-the-judge"),
        (ask_renderer, "file", None),
        (ask_renderer, "GENEVOLVE_RENDERER_URL", "sk-of-the-renderer"),
        (ask_renderer, "flag", "sk-of-the-renderer"),
    ],
)
async def test_an_address_in_a_file_is_shown_no_key_that_the_environment_does_not_pair_with_it(
    tmp_path, monkeypatch, ask, where, shown
):
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)
    for name, key in KEYS_OF_MODELS.items():
        monkeypatch.setenv(name, key)
    async with Listener() as server:
        if where in ADDRESSES:
            monkeypatch.setenv(where, f"{server.url}/")
        config = tmp_path / "config.toml"
        config.write_text(
            f'[agent.served]\nbase_url = "{server.url}"\n'
            f'[[judges]]\njudge = "kscore"\nbase_url = "{server.url}"\n'
            f'[draw]\nrenderer = "openai"\nurls = ["{server.url}"]\n'
        )
        words = await ask(load_config(config), ImageStore(tmp_path / "images"), server.url if where == "flag" else None)

    assert set(server.shown) == {f"Bearer {shown}" if shown else None}
    assert ("Its address stands in a file" in words) == (shown is None and ask is not ask_renderer)


async def test_a_config_that_was_sent_gets_no_key_out_of_the_command(tmp_path):
    async with Listener() as server:
        tmp_path.joinpath("sent.toml").write_text(
            f'[agent]\npolicy = "served"\n[agent.served]\nbase_url = "{server.url}"\n'
        )
        done = await command("run", "a flag", "--config", "sent.toml", cwd=tmp_path, env=KEYS)
        by_hand = await command(
            "run", "a flag", "--config", "sent.toml", "--base-url", server.url, cwd=tmp_path, env=KEYS
        )

    assert (done.returncode, by_hand.returncode) == (2, 2)
    assert "is shown no key: give it with --base-url" in done.stderr
    assert server.shown == [None, f"Bearer {KEYS['OPENAI_API_KEY']}"]
