"""Both dialects give the same program, of the same evidence, for the same script."""

from genevolve.pipeline import AgentSettings, DrawSettings, open_agent
from genevolve.policy import ServedSettings
from genevolve.records import Trajectory
from genevolve.testing.faulty_world import FaultyWorld
from support.served import settle_in


async def test_both_dialects_give_the_same_program_for_the_same_script(tmp_path, monkeypatch):
    told: dict[str, list[Trajectory]] = {}
    for dialect in ("tagged", "native"):
        async with FaultyWorld(requests=4, share=0.0, dialect=dialect) as world:
            settle_in(monkeypatch, world, tmp_path / "cache")
            served = ServedSettings(model="GenEvolve", dialect=dialect)
            settings = AgentSettings(policy="served", served=served, search="serper")
            agent = open_agent(tmp_path / dialect, settings, DrawSettings(), use_cache=False)
            told[dialect] = [await agent.roll_out(request) for request in world.requests]
            await agent.close()
            native = [payload for payload in world.chat.heard if "tools" in payload]
            assert len(native) == (len(world.chat.heard) if dialect == "native" else 0)

    for tagged, native in zip(told["tagged"], told["native"], strict=True):
        assert tagged.program is not None
        assert len(tagged.program.references) == 2
        assert tagged.program == native.program
        assert [turn.action for turn in tagged.turns] == [turn.action for turn in native.turns]
        assert [image.digest for image in tagged.images] == [image.digest for image in native.images]
        assert tagged.stop == native.stop
