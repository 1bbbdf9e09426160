"""What the web answered is asked for once: between runs for a week, within a run for ever."""

from genevolve.pipeline import AgentSettings, DrawSettings, open_agent
from genevolve.policy import ServedSettings
from genevolve.search import open_provider
from genevolve.search.remembered import RememberedProvider
from genevolve.store import ImageStore
from genevolve.store.cache import AnswerStore
from genevolve.testing.faulty_world import FaultyWorld
from support.served import SERVED, command, settle_in, write_requests


def queries(world):
    """What was searched for, whether the key is taken left out."""
    return [query for _, query in world.search.asked if "number" in query]


async def test_a_run_in_another_folder_makes_no_search_and_no_download_again_unless_told_to(tmp_path):
    async with FaultyWorld(requests=3, share=0.0) as world:
        rows = write_requests(world, tmp_path / "requests.jsonl")
        heard: list[tuple[int, int]] = []
        for out, more in (("one", ()), ("two", ()), ("three", ("--no-cache",))):
            done = await command("rollout", rows, *SERVED, *more, "--out", out, cwd=tmp_path, world=world)
            assert done.returncode == 0, done.stderr
            heard.append((len(queries(world)), len(world.files.asked)))

    # A request searches two texts and one set of pictures, and has two pictures.
    assert heard == [(9, 6), (9, 6), (18, 12)]
    folders = [tmp_path / name / "images" for name in ("one", "two")]
    first, second = ({path.name: path.read_bytes() for path in folder.rglob("*.jpg")} for folder in folders)
    assert first == second
    assert len(first) == 6


async def test_an_answer_past_its_age_is_asked_for_again(tmp_path, monkeypatch):
    async with FaultyWorld(requests=1, share=0.0) as world:
        settle_in(monkeypatch, world, tmp_path / "cache")
        for run, max_age in enumerate([3600.0, 3600.0, 0.0]):
            cache = AnswerStore(tmp_path / "answers.sqlite", max_age_seconds=max_age)
            provider = RememberedProvider(
                open_provider("serper"),
                images=ImageStore(tmp_path / str(run) / "images"),
                record=AnswerStore(tmp_path / str(run) / "answers.sqlite"),
                cache=cache,
                pictures=ImageStore(tmp_path / "pictures"),
            )
            hits = await provider.image_search("pictures of number 0", top_k=2)
            assert len([await provider.fetch(hit) for hit in hits]) == 2
            await provider.close()

    assert (len(queries(world)), len(world.files.asked)) == (2, 4)


async def test_a_failed_search_is_never_remembered(tmp_path, monkeypatch):
    async with FaultyWorld(requests=1, share=0.0) as world:
        settle_in(monkeypatch, world, tmp_path / "cache")
        settings = AgentSettings(policy="served", served=ServedSettings(model="GenEvolve"), search="serper")
        for query in ("facts", "history", "pictures"):
            world.befall(0, query, "html")
        for references in (0, 2):
            agent = open_agent(tmp_path / str(references), settings, DrawSettings())
            trajectory = await agent.roll_out(world.requests[0])
            await agent.close()
            assert ("search failed" in trajectory.turns[1].heard[0].text) == (references == 0)
            assert trajectory.program is not None
            assert len(trajectory.program.references) == references
