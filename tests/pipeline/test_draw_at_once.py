"""How many programs are drawn at once, and what is done beside."""

from genevolve.pipeline import DrawSettings, draw_all, draw_with
from genevolve.records import PolicyInfo, Program, Request, Sampling, StopReason, ToolboxInfo, Trajectory
from genevolve.store import RunDir
from genevolve.testing.image_server import ImageServer


def a_trajectory(number: int) -> Trajectory:
    return Trajectory(
        id=f"{number:032x}",
        request=Request(id=f"r{number}", text="a lighthouse"),
        policy=PolicyInfo(name="scripted"),
        prompt_digest="0" * 32,
        toolbox=ToolboxInfo(tools=(), skills="0" * 64),
        sampling=Sampling(),
        program=Program(prompt=f"a lighthouse, number {number}", references=()),
        stop=StopReason.ANSWERED,
    )


async def test_servers_never_draw_more_at_once_than_was_asked_for_and_all_that_they_may(tmp_path):
    run = RunDir.create(tmp_path / "run")
    async with ImageServer(seconds=0.1) as server:
        renderer = draw_with(DrawSettings(renderer="openai", urls=(server.base_url,)))
        tally = await draw_all(run, renderer, [a_trajectory(number) for number in range(12)], parallel=3)
        await renderer.close()

    assert (tally.done, tally.failed) == (12, 0)
    assert server.most_at_once == 3
