"""A config at tiny size: everything that is large or far away is replaced by something small and near, and told.

The model is a random Qwen3-VL that was tuned, for a minute, to look for a picture and to answer; a server on loopback
serves it and takes its adapters, others judge, draw and write. Searches are answered by the bundled atlas, whose
pictures the model sees. Every other setting of the file stays.
"""

import json
import random
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from ..config import ModelSettings, RequestSettings, RunConfig, ServingSettings, flattened
from ..curate.recipes import make_requests
from ..embed import EmbedSettings
from ..errors import UsageError
from ..evolve.settings import EvolveSettings
from ..experience.write import WriterSettings
from ..judge import JudgeSettings
from ..judge.kscore import KSCORE
from ..judge.program import PROGRAM
from ..judge.rubric import Rubric
from ..learn.config import SftSettings
from ..learn.sft import Tuner
from ..model.load import load_model
from ..model.settings import LoraSettings
from ..model.tiny import make_tiny
from ..pipeline import AgentSettings, DrawSettings, keep_requests
from ..records import Request, Size, Trajectory, digest_bytes
from ..rollout import SystemPrompt, rollout
from ..search import open_provider
from ..skills import load_skills
from ..store import RunDir
from ..store.folders import write_whole_folder
from ..testing.engine_server import EngineServer
from ..testing.image_server import ImageServer
from ..testing.judge_server import JudgeServer, Seen
from ..testing.scripted import ScriptedPolicy
from ..tools import Toolbox
from .learner import TINY_FOLDER, encoder_of, use_few_threads, write_policy
from .settings import note

LORA = LoraSettings(rank=8, alpha=16.0)
LIMITS: dict[str, Any] = {"max_calls": 3, "max_tool_calls": 2, "max_reply_tokens": 128, "max_seconds": 120.0}
SIZE = Size(width=256, height=256)
TRAIN, HELD_OUT, STEPS, REQUESTS, ATTEMPTS = 6, 2, 2, 2, 3
PROMPT = "You look for a picture with image_search, and then answer with a program."
PROMPTS = (
    "A poster of the first reference image.",
    "The first reference image on white.",
    "A card with the first reference image and a title.",
    "Two circles above the first reference image.",
)
"""Answers that the tiny model is taught, so that its attempts differ."""
_TUNING = SftSettings(learning_rate=5e-3, epochs=10, batch=2)


async def stand_ins(run: RunDir, config: RunConfig, stack: AsyncExitStack) -> RunConfig:
    """The config with everything large replaced; its servers run as long as the stack is open.

    Raises:
        UsageError: the config is one of the small world, which is tiny as it is.
    """
    if config.world is not None:
        raise UsageError("the small world is tiny as it is; leave --tiny out, or set steps lower")
    agent, draw = config.agent or AgentSettings(), config.draw or DrawSettings()
    folder = run.root / TINY_FOLDER
    requests = _requests(run, folder)
    (folder / "prompt.md").write_text(PROMPT, encoding="utf-8")
    agent = agent.but(system_prompt=str(folder / "prompt.md"))
    checkpoint = await _checkpoint(run, folder, requests, agent)
    engine = await stack.enter_async_context(EngineServer(checkpoint, name=agent.served.model or "GenEvolve"))
    painter = await stack.enter_async_context(ImageServer())
    model, evolve = config.model or ModelSettings(), config.evolve or EvolveSettings()
    update = evolve.learn.update
    small = config.but(
        model=ModelSettings(start=str(checkpoint), lora=model.lora or LORA),
        requests=RequestSettings(train=str(folder / "train.jsonl"), held_out=str(folder / "held_out.jsonl")),
        agent=agent.but(
            policy="served",
            search="atlas",
            served=agent.served.but(base_url=engine.url, model=agent.served.model or "GenEvolve", token_ids=True),
            sampling=agent.sampling.but(limits=agent.sampling.limits.but(**LIMITS)),
        ),
        draw=_drawn_by(draw, painter),
        judges=tuple([await _judged_by(judge, stack) for judge in config.judges or ()]) or None,
        writer=await _written_by(config.writer, stack),
        embed=EmbedSettings() if config.embed and config.embed.embedder != "hashed" else config.embed,
        serving=(config.serving or ServingSettings()).but(way="lora", tensor_parallel=1, data_parallel=1),
        evolve=evolve.but(
            steps=min(STEPS, evolve.rounds),
            learn=evolve.learn.but(update=update.but(requests=REQUESTS, attempts=ATTEMPTS)),
            memory=evolve.memory.but(threshold=None),
        ),
    )
    _tell(config, small)
    return small


def _drawn_by(draw: DrawSettings, painter: ImageServer) -> DrawSettings:
    if draw.renderer == "sketch":
        return draw.but(size=draw.size or SIZE)
    speaks = draw.renderer if draw.renderer in {"openai", "qwen-service"} else "openai"
    return draw.but(renderer=speaks, urls=(painter.base_url if speaks == "openai" else painter.url,), size=SIZE)


async def _judged_by(judge: JudgeSettings, stack: AsyncExitStack) -> JudgeSettings:
    if judge.computes:
        return judge
    rubric = {"kscore": KSCORE, "program": PROGRAM}.get(judge.judge)
    if rubric is None:
        raise UsageError(
            f"the judge {judge.judge!r} gives no reward; expected kscore and program, or those that compute"
        )
    model = judge.model or "judge"
    server = await stack.enter_async_context(JudgeServer(lambda seen: _marks(rubric, seen), models=(model,)))
    return judge.but(base_url=server.url, model=model, rpm=None)


def _marks(rubric: Rubric, seen: Seen) -> dict[str, JsonValue]:
    """Marks by chance, which follow from what the judge is shown."""
    shown = digest_bytes(b"".join([seen.text.encode(), *seen.pictures]))
    chance = random.Random(f"{rubric.name} {shown}")
    marks: dict[str, JsonValue] = {axis.name: chance.choice(axis.levels) for axis in rubric.form.axes}
    return {"rationale": "By chance, as a tiny run is judged.", **marks, **dict.fromkeys(rubric.form.flags, False)}


async def _written_by(writer: WriterSettings | None, stack: AsyncExitStack) -> WriterSettings | None:
    if writer is None or writer.writer == "rule":
        return writer
    lesson: dict[str, JsonValue] = {
        "search_strategy": "Look for the picture before you answer.",
        "knowledge_activation": "",
        "reference_selection": "Take the first picture that fits the request.",
        "prompt_construction": "Say what the reference is for.",
        "failure_avoidance": "",
    }
    model = writer.model or "writer"
    server = await stack.enter_async_context(JudgeServer(lambda _: lesson, models=(model,)))
    return writer.but(base_url=server.url, model=model, rpm=None)


def _requests(run: RunDir, folder: Path) -> list[Request]:
    """Requests about flags, written as published rows with their targets; those to learn on are returned."""
    made = make_requests("train", count=8 * (TRAIN + HELD_OUT), images=run.images)
    about = [one for one in made if one.recipe and len(one.recipe.references) == 1][: TRAIN + HELD_OUT]
    keep_requests(run, [Request(id=one.id, text=one.text) for one in about[:TRAIN]])
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    rows: list[str] = []
    for one in about:
        assert one.recipe is not None
        (pictures / f"{one.id}.png").write_bytes(run.images.read(one.recipe.references[0].digest))
        rows.append(json.dumps({"id": one.id, "question": one.text, "gt_image": f"pictures/{one.id}.png"}))
    (folder / "train.jsonl").write_text("\n".join(rows[:TRAIN]) + "\n", encoding="utf-8")
    (folder / "held_out.jsonl").write_text("\n".join(rows[TRAIN:]) + "\n", encoding="utf-8")
    return about[:TRAIN]


async def _checkpoint(run: RunDir, folder: Path, requests: list[Request], agent: AgentSettings) -> Path:
    """A tiny Qwen3-VL that was tuned to look for a picture and to answer; made once a run."""
    target = folder / "model"
    if (target / "config.json").is_file():
        return target
    prompt = SystemPrompt.from_file(folder / "prompt.md")
    toolbox = Toolbox(provider=open_provider("atlas"), skills=load_skills(), text_only=agent.text_only)
    shown = [await _demonstration(run, one, prompt, toolbox, words) for one in requests for words in PROMPTS]
    texts = [text for one in shown for turn in one.turns for text in (turn.reply, *(m.text for m in turn.heard))]
    random_weights = write_whole_folder(folder / "random", lambda partial: make_tiny(partial, texts=texts))
    model = load_model(random_weights)
    use_few_threads(model.module)
    encoder = encoder_of(model, run.images.read, max_tokens=_TUNING.max_tokens)
    sequences = [sequence for one in shown for sequence in encoder.demonstrated(one).sequences]
    tuner = Tuner(model.module, sequences, _TUNING)
    losses = [figures.loss or 0.0 for figures in tuner.run()]
    note(f"tiny       a random Qwen3-VL, tuned in {tuner.total} updates to a loss of {losses[-1]:.2g}")
    return write_policy(model, target)


async def _demonstration(
    run: RunDir, request: Request, prompt: SystemPrompt, toolbox: Toolbox, words: str
) -> Trajectory:
    """An attempt that looks for the picture which the request is about, and answers with the first that was found."""
    assert request.recipe is not None
    search = {
        "name": "image_search",
        "arguments": {"query": f"flag of {request.recipe.references[0].entity}", "top_k": 2},
    }
    answer = {"gen_prompt": words, "reference_images": [{"img_id": "IMG_001"}]}
    policy = ScriptedPolicy(
        f"<tool_call>{json.dumps(search, ensure_ascii=False)}</tool_call>", f"<answer>{json.dumps(answer)}</answer>"
    )
    return await rollout(request, policy=policy, toolbox=toolbox, images=run.images, prompt=prompt)


def _tell(before: RunConfig, after: RunConfig) -> None:
    """Every setting that was replaced."""
    old, new = (flattened(one.model_dump(mode="json", exclude_none=True)) for one in (before, after))
    for key in sorted({**old, **new}):
        if old.get(key) != new.get(key):
            note(f"replaced   {key}: {old.get(key, 'not set')} -> {new.get(key, 'left out')}")
