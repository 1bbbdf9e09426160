"""A diffusers pipeline in this process, one drawing at a time.

The first drawing loads the weights. All of it happens in one thread of its own,
so the event loop stays free and nothing contends for the device.
"""

import asyncio
import contextlib
import importlib
import importlib.util
import inspect
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import JsonValue

from ..errors import MissingExtraError, RenderError, UsageError
from ..language.text import one_line
from ..records import Program, RendererInfo, Size
from .base import Drawing, canvas_size
from .drawn import broken
from .prepare import PreparedReference, check_reference_count, prepare_references

MOST_REFERENCES = 4
DEFAULTS: dict[str, dict[str, JsonValue]] = {
    # How the published system draws.
    "QwenImageEditPlusPipeline": {
        "num_inference_steps": 40,
        "true_cfg_scale": 4.0,
        "guidance_scale": 1.0,
        "negative_prompt": " ",
    },
    # The distilled model; its card.
    "Flux2KleinPipeline": {"num_inference_steps": 4, "guidance_scale": 1.0},
}
"""What a pipeline is called with where the settings do not say; any other keeps its own defaults."""
_REFERENCES = {
    "QwenImageEditPlusPipeline": (1, MOST_REFERENCES),
    "QwenImageEditPipeline": (1, 1),
    "Flux2Pipeline": (0, MOST_REFERENCES),
    "Flux2KleinPipeline": (0, MOST_REFERENCES),
}
"""Where the arguments do not tell: a list of pictures may be several references, or a batch."""
_LOADING = frozenset({"device", "dtype", "offload", "revision", "variant"})
_OURS = frozenset({"prompt", "image", "width", "height", "generator", "num_images_per_prompt", "output_type"})


class DiffusersRenderer:
    """Draws with QwenImageEditPlusPipeline, Flux2KleinPipeline, or whatever pipeline a model's files name."""

    def __init__(
        self,
        *,
        model: str | None,
        size: Size | None = None,
        seed: int = 0,
        settings: dict[str, JsonValue] | None = None,
    ) -> None:
        """A renderer by a model's folder or its name on the hub; nothing is loaded yet.

        Args:
            settings: arguments of the pipeline's call, such as `num_inference_steps`; and of loading: `device`
                ("cuda" where there is one), `dtype` ("bfloat16" on a GPU, "float32" otherwise), `offload` (true keeps
                on the GPU only the part that works), `revision`, `variant`.

        Raises:
            UsageError: no model is named, or a setting is not for the user to set.
            MissingExtraError: torch or diffusers is not installed.
        """
        if not model:
            raise UsageError(
                "the renderer diffusers needs a model; give --renderer-model a folder or a name on the hub, "
                "such as black-forest-labs/FLUX.2-klein-4B"
            )
        if missing := [name for name in ("torch", "diffusers") if importlib.util.find_spec(name) is None]:
            raise MissingExtraError(*missing, extra="local")
        if wrong := _OURS & set(settings or {}):
            raise UsageError(f"the renderer diffusers sets {min(wrong)!r} itself; leave it out of the settings")
        self._model, self._size, self._seed = model, size, seed
        self._settings = dict(settings or {})
        self._pipeline: Any = None
        self._thread: ThreadPoolExecutor | None = None

    @property
    def info(self) -> RendererInfo:
        """How it draws."""
        return RendererInfo(
            name="diffusers", model=self._model, size=self._size, seed=self._seed, settings=dict(self._settings)
        )

    @property
    def reference_limits(self) -> tuple[int, int]:
        """Of the pipeline; before it is loaded, of what a local folder says that it is."""
        if self._pipeline is not None:
            return limits_of(self._pipeline)
        with contextlib.suppress(OSError, ValueError):
            index = json.loads((Path(self._model) / "model_index.json").read_text(encoding="utf-8"))
            return _REFERENCES.get(index.get("_class_name"), (0, MOST_REFERENCES))
        return 0, MOST_REFERENCES

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        """Draw a program.

        Raises:
            RenderError: the program does not fit, or the pipeline failed.
            UsageError: the model cannot be loaded, or its pipeline takes no such setting.
        """
        check_reference_count(program, self.reference_limits, renderer=f"diffusers ({self._model})")
        stop = threading.Event()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="diffusers")
        try:
            work = partial(self._draw, program, references, stop)
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except asyncio.CancelledError:
            stop.set()
            raise

    async def close(self) -> None:
        """Free the weights; the next drawing loads them again."""
        thread, self._thread, self._pipeline = self._thread, None, None
        if thread is not None:
            await asyncio.to_thread(thread.shutdown, cancel_futures=True)

    def _draw(self, program: Program, references: tuple[bytes, ...], stop: threading.Event) -> Drawing:
        if self._pipeline is None:
            self._pipeline = self._load()
        pipeline = self._pipeline
        check_reference_count(program, limits_of(pipeline), renderer=f"diffusers ({type(pipeline).__name__})")
        prepared = prepare_references(program, references)
        arguments = self._arguments(pipeline, program, prepared, stop)
        torch: Any = importlib.import_module("torch")
        try:
            with torch.inference_mode():
                image: Any = pipeline(**arguments).images[0]
        except _StoppedError as error:
            raise RenderError("the drawing was stopped", fault="busy") from error
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            raise RenderError(
                "the pipeline ran out of memory; give a smaller --size, or the setting offload=true",
                fault="broken",
            ) from error
        # A pipeline is a library of its own: what it raises for one program must not end the run.
        except (
            RuntimeError,
            ValueError,
            TypeError,
            LookupError,
            ArithmeticError,
            AttributeError,
            AssertionError,
        ) as error:
            raise broken(f"diffusers ({type(pipeline).__name__})", f"failed: {one_line(str(error))}") from error
        return Drawing(data=_png(image))

    def _arguments(
        self, pipeline: Any, program: Program, prepared: tuple[PreparedReference, ...], stop: threading.Event
    ) -> dict[str, Any]:
        """What the pipeline is called with.

        Raises:
            UsageError: it takes no argument of a setting's name.
        """
        torch: Any = importlib.import_module("torch")
        taken = _parameters(pipeline)
        size = canvas_size(self._size, prepared[0].image if prepared else None)
        chosen = {k: v for k, v in self._settings.items() if k not in _LOADING}
        if unknown := set(chosen) - set(taken):
            raise UsageError(
                f"{type(pipeline).__name__} takes no {min(unknown)!r}; expected some of {', '.join(taken)}"
            )

        def at_step_end(_pipeline: Any, _step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            if stop.is_set():
                raise _StoppedError
            return tensors

        arguments: dict[str, Any] = {
            **DEFAULTS.get(type(pipeline).__name__, {}),
            **chosen,
            "prompt": program.prompt,
            **({"width": size.width, "height": size.height} if "width" in taken else {}),
            # Noise from the processor is the same on every device.
            "generator": torch.Generator("cpu").manual_seed(self._seed),
        }
        if prepared:
            images = [reference.image for reference in prepared]
            arguments["image"] = images if limits_of(pipeline)[1] > 1 else images[0]
        if "callback_on_step_end" in taken:
            arguments["callback_on_step_end"] = at_step_end
        return arguments

    def _load(self) -> Any:
        torch: Any = importlib.import_module("torch")
        diffusers: Any = importlib.import_module("diffusers")
        gpu = torch.cuda.is_available()
        device = str(self._settings.get("device") or ("cuda" if gpu else "cpu"))
        dtype = getattr(torch, str(self._settings.get("dtype") or ("bfloat16" if device != "cpu" else "float32")), None)
        if not isinstance(dtype, torch.dtype):
            raise UsageError(f"there is no dtype {self._settings['dtype']!r}; expected bfloat16, float16 or float32")
        if not sys.stderr.isatty():
            diffusers.utils.logging.disable_progress_bar()
        which = {name: self._settings[name] for name in ("revision", "variant") if name in self._settings}
        try:
            pipeline = diffusers.DiffusionPipeline.from_pretrained(self._model, dtype=dtype, **which)
            if self._settings.get("offload"):
                pipeline.enable_model_cpu_offload(device=device)
            else:
                pipeline.to(device)
        except (OSError, ValueError, ImportError, AttributeError, RuntimeError) as error:
            raise UsageError(
                f"the model {self._model!r} cannot be loaded: {one_line(str(error))}. "
                "Expected a folder with a model_index.json, or the name of such a model on the hub."
            ) from error
        pipeline.set_progress_bar_config(disable=True)
        return pipeline


class _StoppedError(Exception):
    """Nobody waits for the drawing any more."""


def limits_of(pipeline: Any) -> tuple[int, int]:
    """The fewest and the most references that a pipeline draws with: as known of it, else by its `image` argument."""
    known = _REFERENCES.get(type(pipeline).__name__)
    image = _parameters(pipeline).get("image")
    if known or image is None:
        return known or (0, 0)
    return (1 if image.default is inspect.Parameter.empty else 0), 1


def _parameters(pipeline: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(type(pipeline).__call__).parameters)


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.convert("RGB").save(out, "PNG", compress_level=3)
    return out.getvalue()
