"""A loop that is quick on a CPU: a tiny model that learned to answer in a few ways, and judges who like some better.

The model is a Qwen3-VL of 0.4 million parameters, the renderer is the sketch, the policy is in this process or behind a
server on loopback; everything between them is the package's own.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from genevolve.embed import HashedEmbedder
from genevolve.evolve.settings import EvolveSettings, LookSettings
from genevolve.experience.contrast import Contrast
from genevolve.experience.write import Written
from genevolve.judge import Judge
from genevolve.pipeline import Agent
from genevolve.policy import Policy
from genevolve.records import (
    Attempt,
    JudgeInfo,
    Lesson,
    Limits,
    Request,
    Sampling,
    Size,
    Verdict,
    VerdictKind,
    WriterInfo,
)
from genevolve.render.sketch import SketchRenderer
from genevolve.rollout.window import windowed
from genevolve.skills import Skills
from genevolve.store import ImageStore, RunDir
from genevolve.testing.scripted import ScriptedPolicy
from genevolve.testing.shelf import ShelfProvider
from genevolve.tools import Toolbox
from support.learning import learning
from support.tiny_models import SHORT_PROMPT, tiny_folder

PROMPTS = ("A red circle", "Two blue stars", "A green square and a star", "Three red hearts in the middle")
"""What the model says, each about as often."""
REQUESTS = [
    Request(id="dot", text="Draw a dot"),
    Request(id="many", text="Show many things"),
    Request(id="calm", text="Something calm to look at"),
]
HELD_OUT = [Request(id="held", text="A picture for a wall")]
LIMITS = Limits(max_calls=1, max_tool_calls=0, max_reply_tokens=60)
WEIGHTS = {"faithfulness": 0.1, "visual_correctness": 0.4, "text_accuracy": 0.4, "aesthetics": 0.1}


def answer(prompt: str) -> str:
    """A reply that ends an attempt."""
    return f'<answer>{{"gen_prompt": "{prompt}", "reference_images": []}}</answer>'


class LengthJudge:
    """Likes long prompts: a prompt of thirty characters or more has the full score on every axis."""

    def __init__(self, kind: VerdictKind) -> None:
        self.kind: VerdictKind = kind
        self.info = JudgeInfo(name=f"length of the {kind}")

    def lacks(self, attempt: Attempt) -> str | None:
        return None

    async def judge(self, attempt: Attempt) -> Verdict:
        program, render = attempt.trajectory.program, attempt.render
        assert program is not None
        score = round(min(1.0, len(program.prompt) / 30), 2)
        of = render.id if self.kind == "image" and render else attempt.trajectory.id
        axes = WEIGHTS if self.kind == "image" else ("sufficiency",)
        return Verdict(of=of, kind=self.kind, judge=self.info, scores=dict.fromkeys(axes, score))


class LengthWriter:
    """Says how the better prompt began."""

    info = WriterInfo(name="length", rubric="1")

    def __init__(self) -> None:
        self.asked = 0

    async def write(self, contrast: Contrast) -> Written:
        self.asked += 1
        await asyncio.sleep(0)
        program = contrast.best.trajectory.program
        words = f"begin like this: {program.prompt[:12]}" if program else ""
        return Written(lesson=Lesson(prompt_construction=words))


def agent_of(folder: Path, policy: Policy | Callable[[ImageStore], Policy]) -> Agent:
    """An agent without tools that draws sketches of 64 pixels in a run folder."""
    run = RunDir.create(folder)
    provider = ShelfProvider(pictures={})
    return Agent(
        run=run,
        policy=policy(run.images) if callable(policy) else policy,
        toolbox=Toolbox(provider=provider, skills=Skills({}), only=()),
        prompt=SHORT_PROMPT,
        sampling=Sampling(limits=LIMITS),
        renderer=SketchRenderer(size=Size(width=64, height=64)),
        provider=provider,
    )


def judges() -> tuple[Judge, Judge]:
    """One of images and one of programs."""
    return LengthJudge("image"), LengthJudge("program")


@cache
def _kept_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="talker-")


@cache
def talker_folder() -> Path:
    """The tiny model, tuned until it answers with one of `PROMPTS`."""
    import torch

    from genevolve.learn.config import SftSettings
    from genevolve.learn.sft import Tuner
    from genevolve.model.load import load_model, save_model
    from genevolve.model.settings import LoadSettings

    torch.set_num_threads(1)
    model = load_model(tiny_folder(), LoadSettings(device="cpu"))
    root = Path(_kept_folder().name)
    encoder = encoder_of(model, root / "shown")

    async def shown() -> list[Any]:
        agents = [agent_of(root / "shown", ScriptedPolicy(answer(prompt))) for prompt in PROMPTS]
        return [await agent.roll_out(request) for agent in agents for request in (*REQUESTS, *HELD_OUT)]

    with ThreadPoolExecutor(1) as thread:  # a test may run an event loop of its own
        trajectories = thread.submit(lambda: asyncio.run(shown())).result()
    sequences = [encoder.demonstrated(one).sequences[0] for one in trajectories]
    settings = SftSettings(learning_rate=5e-3, schedule="constant", batch=len(sequences), epochs=60)
    for _ in Tuner(model.module, sequences, settings).run():
        pass
    return save_model(model, root / "talker")


def talker(folder: Path | None = None) -> Any:
    """The tuned tiny model, freshly loaded; from `talker_folder()` of another process, if given."""
    import torch

    from genevolve.model.load import load_model
    from genevolve.model.settings import LoadSettings

    torch.set_num_threads(1)
    return load_model(folder or talker_folder(), LoadSettings(device="cpu"))


def encoder_of(model: Any, folder: Path) -> Any:
    """Encodes what an agent in this folder was shown and said."""
    from genevolve.learn.tokens import TrajectoryEncoder
    from genevolve.model.encode import ChatEncoder

    images = RunDir.create(folder).images
    return TrajectoryEncoder(ChatEncoder(model.processor, images.read), window=windowed, max_tokens=1024)


def evolving(*, steps: int = 2, **changes: Any) -> EvolveSettings:
    """Settings of a loop of two requests and three attempts a step."""
    parts: dict[str, Any] = dict(changes.pop("learn", {}))
    # Steps as large as Adam's, so that a few of them show.
    steps_of_adam = {"learning_rate": 3e-4, "adam_eps": 1e-6}
    update = {
        "requests": 2,
        "attempts": 3,
        "temperature": 1.0,
        "top_p": 1.0,
        **steps_of_adam,
        **parts.pop("update", {}),
    }
    learn = learning(update=update, **parts)
    given = {"min_gap": 0.05, "look": LookSettings(every=0), **changes}
    return EvolveSettings.model_validate({"learn": learn, "steps": steps, **given})


def loop_in(folder: Path, settings: EvolveSettings | None = None, *, model: Any = None, **parts: Any) -> Any:
    """A loop whose policy is the tuned tiny model, in this process."""
    from genevolve.evolve.loop import Loop
    from genevolve.evolve.publish import LocalPublisher
    from genevolve.learn.trainer import Trainer
    from genevolve.policy.local import LocalPolicy

    settings, model = settings or evolving(), model or talker()
    agent = agent_of(folder, lambda images: LocalPolicy(model, images=images, weights="before"))
    loop = Loop(
        agent=agent,
        judges=judges(),
        writer=LengthWriter(),
        embedder=HashedEmbedder(),
        model=model,
        encoder=encoder_of(model, folder),
        trainer=Trainer(model.module, settings.learn),
        publisher=LocalPublisher(agent.policy),  # pyright: ignore[reportArgumentType]
        requests=REQUESTS,
        settings=settings,
    )
    return replace(loop, **parts)


def saved_weights(folder: Path) -> dict[str, Any]:
    """The weights of the policy that a run ended with."""
    from safetensors.torch import load_file

    return load_file(folder / "policy" / "model.safetensors")


def differing(one: dict[str, Any], other: dict[str, Any]) -> Sequence[str]:
    """The names of weights that are not the very same."""
    import torch

    assert one.keys() == other.keys()
    return [name for name in one if not torch.equal(one[name], other[name])]
