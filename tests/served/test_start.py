"""What a run finds out before it begins: keys that are missing or refused, servers that are not there."""

import socket

import pytest

from genevolve.testing.faulty_world import FaultyWorld
from support.served import DRAWN, SERVED, command, write_requests


def closed_port():
    """A port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.slow
@pytest.mark.parametrize("named", [("--model", "GenEvolve"), ()])
async def test_with_every_endpoint_down_each_is_named_and_nothing_is_called_saved(tmp_path, named):
    ports = {name: closed_port() for name in ("policy", "search", "renderer")}
    env = {
        "OPENAI_BASE_URL": f"http://127.0.0.1:{ports['policy']}/v1",
        "SERPER_BASE_URL": f"http://127.0.0.1:{ports['search']}",
        "SERPER_API_KEY": "any",
        "GENEVOLVE_RENDERER_URL": f"http://127.0.0.1:{ports['renderer']}/v1",
    }
    flags = ("--policy", "served", *named, "--search", "serper", *DRAWN, "-o", "flag.png", "--out", "run")
    done = await command("run", "a flag", *flags, cwd=tmp_path, env=env)

    assert done.returncode == 1
    assert all(f"127.0.0.1:{port}" in done.stderr for port in ports.values()), done.stderr
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
    assert "picture  " not in done.stdout
    assert not (tmp_path / "flag.png").exists()
    assert list(tmp_path.rglob("*.png")) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"OPENAI_API_KEY": "sk-wrong"}, "OPENAI_API_KEY"),
        ({"SERPER_API_KEY": "wrong"}, "SERPER_API_KEY"),
        ({"SERPER_API_KEY": ""}, "SERPER_API_KEY is not set"),
        ({"OPENAI_BASE_URL": ""}, "OPENAI_BASE_URL"),
        ({"GENEVOLVE_RENDERER_URL": ""}, "GENEVOLVE_RENDERER_URL"),
    ],
)
async def test_a_key_or_address_that_is_missing_or_refused_ends_the_command_before_any_work(tmp_path, changed, told):
    async with FaultyWorld(requests=1, share=0.0) as world:
        env = {**world.environment, **changed}
        done = await command("run", world.requests[0].text, *SERVED, *DRAWN, "--out", "run", cwd=tmp_path, env=env)
        assert world.chat.heard == []
        assert world.images.asked == []

    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not any(value and value in done.stderr for name, value in changed.items() if name.endswith("KEY"))


async def test_a_refused_renderer_key_is_found_before_a_rollout_is_paid_for(tmp_path):
    async with FaultyWorld(requests=1, share=0.0) as world, FaultyWorld(requests=1, share=0.0, key="another") as other:
        # A chat server is as good as any at refusing the list of its models.
        env = {**world.environment, "GENEVOLVE_RENDERER_URL": other.chat.url}
        done = await command("run", world.requests[0].text, *SERVED, *DRAWN, "--out", "run", cwd=tmp_path, env=env)
        assert world.chat.heard == []

    assert done.returncode == 2, done.stderr
    assert "GENEVOLVE_RENDERER_KEY" in done.stderr


@pytest.mark.slow
async def test_a_search_that_is_down_is_told_and_the_run_goes_on_without_it(tmp_path):
    async with FaultyWorld(requests=2, share=0.0) as world:
        rows = write_requests(world, tmp_path / "requests.jsonl")
        env = {**world.environment, "SERPER_BASE_URL": f"http://127.0.0.1:{closed_port()}"}
        done = await command("rollout", rows, *SERVED, "--out", "run", cwd=tmp_path, env=env)

    assert done.returncode == 0, done.stderr
    assert "no answer  serper cannot be reached" in done.stderr
    assert "search failed" in (tmp_path / "run" / "trajectories.jsonl").read_text()
