"""Pipelines of diffusers in this process: tiny ones with random weights, made on the spot."""

import asyncio
import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from genevolve.errors import MissingExtraError, RenderError, UsageError
from genevolve.records import Size
from genevolve.render import open_renderer
from support.pictures import make_png
from support.programs import WORDS, opened, program_with

MISSING = [name for name in ("torch", "diffusers", "transformers") if importlib.util.find_spec(name) is None]
needs_diffusers = pytest.mark.skipif(
    bool(MISSING), reason=f"{', '.join(MISSING)} not installed; pip install 'genevolve[local]' runs these"
)
SMALL = Size(width=64, height=96)
RED, BLUE = make_png((255, 0, 0)), make_png((0, 0, 255))

# The libraries deprecate parts of each other.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """One torch thread, which is faster for so little, and libraries that can be imported."""
    import torch

    from support.tiny_pipelines import mend_torchvision

    mend_torchvision()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def klein(one_thread, tmp_path_factory) -> Path:
    """A tiny FLUX.2 klein in a folder."""
    from support.tiny_pipelines import save_flux2_klein

    return save_flux2_klein(tmp_path_factory.mktemp("klein"))


def renderer_of(folder: Path, **more):
    return open_renderer("diffusers", model=str(folder), **{"size": SMALL, **more})


@needs_diffusers
async def test_the_same_seed_draws_the_same_picture_and_another_seed_another(klein):
    first, again, other = renderer_of(klein, seed=1), renderer_of(klein, seed=1), renderer_of(klein, seed=2)
    drawn = [(await renderer.draw(WORDS, ())).data for renderer in (first, again, first, other)]
    for renderer in (first, again, other):
        await renderer.close()

    assert opened(drawn[0]).size == (64, 96)
    assert drawn[0] == drawn[1] == drawn[2] != drawn[3]


@needs_diffusers
async def test_references_reach_the_pipeline_in_the_programs_order(klein):
    renderer = renderer_of(klein)
    none = await renderer.draw(program_with(0), ())
    one = await renderer.draw(program_with(1), (RED,))
    two = await renderer.draw(program_with(2), (RED, BLUE))
    turned = await renderer.draw(program_with(2), (BLUE, RED))
    await renderer.close()

    assert len({none.data, one.data, two.data, turned.data}) == 4


@needs_diffusers
async def test_drawings_wait_for_each_other_and_the_event_loop_does_not(klein):
    renderer = renderer_of(klein, settings={"num_inference_steps": 8})
    await renderer.draw(WORDS, ())
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    drawn = await asyncio.gather(*(renderer.draw(WORDS, ()) for _ in range(4)))
    ticking.cancel()
    await renderer.close()

    assert len({drawing.data for drawing in drawn}) == 1
    assert ticks >= 10


@needs_diffusers
async def test_a_drawing_that_nobody_waits_for_stops_at_its_next_step(klein):
    renderer = renderer_of(klein, settings={"num_inference_steps": 900})
    drawing = asyncio.create_task(renderer.draw(WORDS, ()))
    await asyncio.sleep(1.0)
    assert not drawing.done()
    drawing.cancel()
    began = time.monotonic()
    await renderer.close()

    assert time.monotonic() - began < 5


@needs_diffusers
def test_it_can_be_used_from_one_event_loop_after_another(klein):
    async def draw() -> bytes:
        drawing = await renderer.draw(WORDS, ())
        await renderer.close()
        return drawing.data

    renderer = renderer_of(klein)
    assert asyncio.run(draw()) == asyncio.run(draw())


@needs_diffusers
async def test_what_a_pipeline_raises_for_one_program_is_that_programs_failure(klein):
    renderer = renderer_of(klein, settings={"num_inference_steps": 0})
    with pytest.raises(RenderError, match=r"Flux2KleinPipeline\) failed") as caught:
        await renderer.draw(WORDS, ())
    await renderer.close()
    assert caught.value.fault == "broken"


@needs_diffusers
async def test_a_setting_that_the_pipeline_does_not_take_is_a_wrong_call(klein):
    renderer = renderer_of(klein, settings={"true_cfg_scale": 4.0})
    with pytest.raises(UsageError, match=r"takes no 'true_cfg_scale'; expected some of .*guidance_scale"):
        await renderer.draw(WORDS, ())
    await renderer.close()
    wrong = renderer_of(klein, settings={"dtype": "float33"})
    with pytest.raises(UsageError, match="float33"):
        await wrong.draw(WORDS, ())
    await wrong.close()


@needs_diffusers
async def test_a_model_that_cannot_be_loaded_is_a_wrong_call(one_thread, tmp_path):
    renderer = renderer_of(tmp_path)
    with pytest.raises(UsageError, match=r"model_index\.json"):
        await renderer.draw(WORDS, ())
    await renderer.close()


@needs_diffusers
async def test_an_editor_without_a_reference_is_refused_before_its_weights_are_loaded(tmp_path):
    tmp_path.joinpath("model_index.json").write_text('{"_class_name": "QwenImageEditPlusPipeline"}')
    renderer = renderer_of(tmp_path)
    with pytest.raises(RenderError, match="draws only from references") as caught:
        await renderer.draw(WORDS, ())
    await renderer.close()
    assert caught.value.fault == "unfit"


@needs_diffusers
@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("torchvision") is None, reason="Qwen's processor needs torchvision")
async def test_qwen_image_edit_draws_from_its_references(one_thread, tmp_path):
    from support.tiny_pipelines import save_qwen_image_edit

    # It encodes references at a million pixels each, so one step takes seconds here.
    renderer = renderer_of(save_qwen_image_edit(tmp_path), settings={"num_inference_steps": 1})
    red = await renderer.draw(program_with(1), (RED,))
    blue = await renderer.draw(program_with(1), (BLUE,))
    await renderer.close()

    assert renderer.reference_limits == (1, 4)
    assert opened(red.data).size == (64, 96)
    assert red.data != blue.data


def test_what_it_needs_is_said_when_it_is_opened():
    with pytest.raises(UsageError, match="--renderer-model"):
        open_renderer("diffusers")
    if MISSING:
        with pytest.raises(MissingExtraError, match=r"pip install 'genevolve\[local\]'"):
            open_renderer("diffusers", model="anything")
    else:
        with pytest.raises(UsageError, match="'generator'"):
            open_renderer("diffusers", model="anything", settings={"generator": 1})
