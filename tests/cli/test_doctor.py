"""`genevolve doctor` on search over a network: what is set, what answers, what is refused, and never the key."""

import asyncio
import subprocess
from pathlib import Path

from genevolve.testing.search_server import SearchServer
from support.command import genevolve

KEY = "k3y-that-must-not-be-told"


async def doctor(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished command, with these variables and no others of ours; it may ask the network unless they say no."""
    return await asyncio.to_thread(genevolve, "doctor", cwd=tmp_path, env={"GENEVOLVE_OFFLINE": "0", **environment})


async def test_every_provider_that_is_set_up_is_asked_and_named(tmp_path):
    async with SearchServer(key=KEY) as server:
        done = await doctor(tmp_path, **server.environment)

    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("serper", "brave", "searxng", "wikimedia", "openverse"):
        assert f"{name}: " in done.stdout
    assert done.stdout.count("it answered in") == 5
    assert "SERPER_API_KEY is set" in done.stdout
    assert KEY not in done.stdout + done.stderr


async def test_a_refused_key_is_broken_and_a_key_that_is_not_set_is_only_missing(tmp_path):
    async with SearchServer(key="another") as server:
        environment = {**server.environment, "SERPER_API_KEY": KEY}
        del environment["BRAVE_API_KEY"]
        done = await doctor(tmp_path, **environment)

    assert done.returncode == 1
    assert "broken   search" in done.stdout
    assert "Check SERPER_API_KEY" in done.stdout
    assert "not set up: brave (BRAVE_API_KEY)" in done.stdout
    assert KEY not in done.stdout + done.stderr


async def test_without_keys_and_without_a_network_all_is_in_order(tmp_path):
    nobody = dict.fromkeys(("OPENVERSE_BASE_URL", "WIKIPEDIA_API_URL", "COMMONS_API_URL"), "http://127.0.0.1:9")
    done = await doctor(tmp_path, **nobody)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "cannot be reached" in done.stdout


async def test_a_machine_that_is_said_to_be_offline_asks_nobody(tmp_path):
    async with SearchServer() as server:
        done = await doctor(tmp_path, **server.environment, GENEVOLVE_OFFLINE="1")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "GENEVOLVE_OFFLINE is set" in done.stdout
    assert server.asked == []
