"""What `sft` and `evolve` would start and what memory it would take, for `--dry-run`; nothing is asked or loaded."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from ..config import DemonstrationSettings, ModelSettings, RequestSettings, RunConfig, ServingSettings
from ..embed import EmbedSettings
from ..errors import UsageError
from ..evolve.publish import ENGINE_OPTIONS, lora_options
from ..evolve.settings import EvolveSettings
from ..experience.write import WriterSettings
from ..judge import JudgeSettings
from ..judge.base import QUESTIONS_AT_MOST
from ..learn.config import SftSettings
from ..model.settings import LoraSettings
from ..model.shape import ModelShape
from ..pipeline import AgentSettings, DrawSettings
from .commands.serve_policy import vllm_command
from .footprint import BF16, Footprint, Part, copies_of, serving, teaching, training

SMALL = "small"
_GB = 10**9
HEADROOM = 0.1
"""Of a GPU, for what is not reckoned: pictures, kernels' work space, fragments."""
NOTHING = "nothing was started"


def plan_sft(config: RunConfig) -> list[str]:
    """A line for each thing that supervised tuning takes.

    Raises:
        UsageError: the model's config.json cannot be read.
    """
    model, sft = config.model or ModelSettings(), config.sft or SftSettings()
    shown = config.demonstrations or DemonstrationSettings()
    source = shown.source or f"{shown.count:,} attempts of the small world's demonstrator, made on the spot"
    lines = [
        f"model      {model.start}{_trained_words(model)}",
        f"learns     {source}; {shown.held_out:,} held out",
        f"updates    of {sft.batch} sequences, {sft.epochs} times through all",
    ]
    tokens = max(sft.compute.micro_batch_tokens, sft.max_tokens)
    memory = _memory(config, model, freezes_vision=sft.freeze_vision, copies=[], tokens=tokens, beside=None)
    return [*lines, *memory, NOTHING]


def plan_evolve(config: RunConfig) -> list[str]:
    """A line for each thing that a run of evolution would start, ask, and take.

    Raises:
        UsageError: the model's config.json cannot be read.
    """
    model, evolve = config.model or ModelSettings(), config.evolve or EvolveSettings()
    update = evolve.learn.update
    limits = config.world.limits if config.world else (config.agent or AgentSettings()).sampling.limits
    longest = limits.max_prompt_tokens + limits.max_response_tokens
    tokens = max(evolve.learn.compute.micro_batch_tokens, longest)
    shape = _shape(model)
    memory = _memory(
        config,
        model,
        freezes_vision=update.freeze_vision,
        copies=copies_of(evolve.learn),
        tokens=tokens,
        beside=teaching(shape, evolve.learn, tokens=tokens) if shape else None,
    )
    return [*_started(config, model), *_asked(config, evolve), *memory, *_engine(config, shape), NOTHING]


def _started(config: RunConfig, model: ModelSettings) -> Iterator[str]:
    """Who takes part, and the commands of the servers."""
    agent, draw = config.agent or AgentSettings(), config.draw or DrawSettings()
    yield f"model      {model.start}{_trained_words(model)}"
    if agent.policy == "served":
        yield f"policy     served at {agent.served.base_url or 'OPENAI_BASE_URL'}, weights published as {_way(config)}:"
        yield f"             {_command(config, model)}"
    else:
        yield "policy     the model that trains, in this process"
    if config.world:
        yield f"world      the small world {config.world.seed}: search, skills, sketch, judges and writer compute here"
    else:
        yield f"search     {agent.search}"
        yield f"renderer   {draw.renderer}{f' {draw.model}' if draw.model else ''}{_at(draw.urls)}"
        for judge in config.judges or (JudgeSettings(), JudgeSettings(judge="computed-program")):
            named = f" {judge.model}" if judge.model else ""
            where = "" if judge.computes else _at((judge.base_url or "GENEVOLVE_JUDGE_URL",))
            yield f"judge      {judge.judge}{named}{where}"
    writer, embed = config.writer, config.embed or EmbedSettings()
    if config.world is None or writer is not None:
        writer = writer or WriterSettings()
        who = (
            f"{writer.model}{_at((writer.base_url or 'GENEVOLVE_WRITER_URL',))}"
            if writer.writer == "model"
            else "by rule, no model"
        )
        yield f"writer     {who}"
    served = _at((embed.base_url or "GENEVOLVE_EMBED_URL",)) if embed.embedder == "served" else ""
    yield f"embedder   {embed.embedder}{'' if embed.embedder == 'hashed' else f' {embed.model}'}{served}"


def _asked(config: RunConfig, evolve: EvolveSettings) -> Iterator[str]:
    """The most that a step asks of each part."""
    update = evolve.learn.update
    world = config.world
    limits = world.limits if world else (config.agent or AgentSettings()).sampling.limits
    attempts = update.requests * update.attempts
    judges = config.judges or (() if world else (JudgeSettings(), JudgeSettings(judge="computed-program")))
    asking = sum(not judge.computes for judge in judges)
    yield f"steps      {evolve.rounds:,}, each {update.requests} requests x {update.attempts} = {attempts} attempts"
    yield (
        f"  at most  {attempts * limits.max_calls:,} replies of at most {limits.max_reply_tokens:,} tokens, "
        f"{attempts * limits.max_tool_calls:,} tool calls, {attempts:,} pictures"
    )
    if asking:
        calls = attempts * asking * QUESTIONS_AT_MOST
        yield f"           {attempts * asking:,} judgements by a server, in at most {calls:,} calls"
    total = attempts * (limits.max_prompt_tokens + limits.max_response_tokens)
    yield (
        f"           {attempts:,} x ({limits.max_prompt_tokens:,} prompt + {limits.max_response_tokens:,} response) = "
        f"{total:,} tokens to learn from, observations included"
    )
    if evolve.experience != "none":
        yield f"           {evolve.most_comparisons} comparisons written down, and {update.requests} lookups"
    if evolve.look.every:
        looked = evolve.look.attempts + evolve.look.greedy
        held_out = (config.requests or RequestSettings()).held_out or (
            "the small world's" if world else "there are none"
        )
        yield f"looks      every {evolve.look.every} steps, {looked} attempts at each held-out request ({held_out})"


def _memory(
    config: RunConfig,
    model: ModelSettings,
    *,
    freezes_vision: bool,
    copies: list[str],
    tokens: int,
    beside: Part | None,
) -> Iterator[str]:
    """The memory of training as it is set, and in a word of the other way of training."""
    shape = _shape(model)
    if model.start == SMALL:
        yield "memory     little: the model has under a million parameters"
        return
    if shape is None:
        yield f"memory     not reckoned: the shape of {model.start!r} is not known; put it under [model.shape]"
        return
    limit = int((config.serving or ServingSettings()).gpu_gb * _GB)
    ways = {
        "full weights": training(shape, lora=None, freezes_vision=freezes_vision, copies=copies, tokens=tokens),
        "low-rank updates": training(
            shape, lora=model.lora or LoraSettings(), freezes_vision=freezes_vision, copies=copies, tokens=tokens
        ),
    }
    chosen = "low-rank updates" if model.lora else "full weights"
    (other,) = ways.keys() - {chosen}
    yield f"memory     of training {chosen} of {shape.parameters:,} parameters, in GB (10^9 bytes); ~ is an estimate"
    for part in (*ways[chosen].parts, *([beside] if beside else [])):
        yield _row(part)
    for way in (chosen, other):
        yield f"{way:<18}{_fits(ways[way], limit)}"


def _engine(config: RunConfig, shape: ModelShape | None) -> Iterator[str]:
    agent, served = config.agent or AgentSettings(), config.serving or ServingSettings()
    if shape is None or agent.policy != "served":
        return
    limits = agent.sampling.limits
    yield f"engine     {served.tensor_parallel * served.data_parallel} GPUs of its own, each:"
    gpu = int(served.gpu_gb * _GB)
    for part in serving(
        shape, tensor_parallel=served.tensor_parallel, gpu_bytes=gpu, context=limits.max_context_tokens
    ):
        yield _row(part)
    yield f"           a token takes {shape.kv_numbers:,} x {BF16} = {shape.kv_numbers * BF16:,} bytes of cache"


def _fits(footprint: Footprint, limit: int) -> str:
    alone, gpus = footprint.bytes_on(1), footprint.gpus_for(int(limit * (1 - HEADROOM)))
    words, size = f"{alone / _GB:.1f} GB on one GPU", f"{limit / _GB:.0f} GB"
    if gpus == 1:
        return f"{words}: fits one of {size}, a tenth left free"
    if gpus is None:
        return f"{words}: does not fit 64 of {size}"
    each = f"{footprint.bytes_on(gpus) / _GB:.1f} GB each"
    return f"{words}: does not fit one of {size}; split over {gpus}, {each} (FSDP, from Python: docs/guides/train.md)"


def _row(part: Part) -> str:
    size = f"{'~' if part.estimate else ''}{part.bytes / _GB:.2f}"
    return f"  {part.name:<38}{size:>9}  {part.how}"


def _trained_words(model: ModelSettings) -> str:
    return f", low-rank updates of rank {model.lora.rank}" if model.lora else ", full weights"


def _way(config: RunConfig) -> str:
    served, model = config.serving or ServingSettings(), config.model or ModelSettings()
    return "a LoRA adapter" if (served.way or ("lora" if model.lora else "weights")) == "lora" else "a whole checkpoint"


def _command(config: RunConfig, model: ModelSettings) -> str:
    """The engine's command, with what publishing needs of it."""
    served, agent = config.serving or ServingSettings(), config.agent or AgentSettings()
    port = (agent.served.base_url or "").rstrip("/").removesuffix("/v1").rpartition(":")[2]
    is_lora = _way(config) == "a LoRA adapter"
    rank = (model.lora or LoraSettings()).rank
    words = vllm_command(
        model.start,
        tp=served.tensor_parallel,
        dp=served.data_parallel,
        host="127.0.0.1",
        port=int(port) if port.isdecimal() else 8000,
        name=agent.served.model or "GenEvolve",
        max_model_len=agent.sampling.limits.max_context_tokens,
        more=[*ENGINE_OPTIONS, *(lora_options(rank, kept=served.kept) if is_lora else [])],
    )
    setting = "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True" if is_lora else "VLLM_SERVER_DEV_MODE=1"
    return f"{setting} {shlex.join(words)}"


def _at(addresses: tuple[str, ...]) -> str:
    return f" at {', '.join(addresses)}" if addresses else ""


def _shape(model: ModelSettings) -> ModelShape | None:
    """The shape in the config, or that of the model's own config.json; None where neither tells it."""
    path = Path(model.start).expanduser() / "config.json"
    if model.shape or not path.is_file():
        return model.shape
    try:
        return ModelShape.of(cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8"))))
    except KeyError:  # of another build
        return None
    except (ValueError, OSError) as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error}; copy the model's folder again") from error
