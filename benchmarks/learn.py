"""What learning costs: log-probabilities without the full logits, the teacher's pass, a step with and without VED.

    python benchmarks/learn.py --out learn.json                  # on the processor, one thread, a few minutes
    python benchmarks/learn.py --device cuda --out learn.json    # on a GPU, a few minutes
    python benchmarks/learn.py --quick                           # seconds: shows that it runs, measures nothing

Three parts. `head`: log-probabilities of N tokens from their hidden states, by `score_tokens`, by the full logits,
and by TRL's chunked kernel where TRL is installed. `teacher`: the pass in which the teacher re-scores what the
student said, over a pass of the student. `step`: a whole update of a small model shaped like Qwen3-VL, plain, and
distilled where all, half or none of the sequences have an experience. Activations are made again going backward,
as a GPU's memory demands; `kept` is without. Cases take turns, so that a busy machine is busy for all of them.
Seconds are the clock's on a GPU and the processor's elsewhere, the median of the rounds. Memory is the most that
was held beyond what was there before: gradients count, hidden states and weights do not.
"""
# ruff: noqa: N806 - tensors end in their axes

import argparse
import ctypes
import gc
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from math import inf
from pathlib import Path

import torch
from logprob_ways import TEMPERATURE, by_full_logits, difference, passes, trl_kernel, ways
from small_qwen import Size, make_examples, make_model

from genevolve.learn.batch import collate
from genevolve.learn.config import ComputeSettings, DistilSettings, LearnSettings, UpdateSettings
from genevolve.learn.scorer import Asked, Scorer
from genevolve.learn.teacher import teach
from genevolve.learn.trainer import Trainer

VOCABULARY = 151_936
"""Of Qwen3-VL."""
PARTS = ("head", "teacher", "step")
STUDENT, TEACHER = "student's pass", "teacher's pass"
PLAIN, ALL, HALF, NONE = "plain", "distilled, all have an experience", "distilled, half have one", "distilled, none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """What is measured on a device."""

    tokens: tuple[int, ...]
    """How many pass the head."""
    width: int
    """Of their hidden states."""
    vocabulary: int
    dtype: torch.dtype
    size: Size
    """Of a step."""
    head_rounds: int
    rounds: int
    """Of the teacher and the step."""


ON_CUDA = Shapes(
    tokens=(4_096, 32_000),
    width=4_096,
    vocabulary=VOCABULARY,
    dtype=torch.bfloat16,
    size=Size(
        vocabulary=VOCABULARY,
        width=1_024,
        layers=16,
        heads=16,
        vision_width=512,
        vision_layers=8,
        sequences=8,
        length=8_192,
        experience=192,
        pictures=8,
        grid=(1, 20, 32),
    ),
    head_rounds=5,
    rounds=5,
)
ON_CPU = Shapes(
    tokens=(256, 1_024),
    width=256,
    vocabulary=VOCABULARY,
    dtype=torch.float32,
    size=Size(
        vocabulary=8_192,
        width=256,
        layers=4,
        heads=8,
        vision_width=64,
        vision_layers=2,
        sequences=4,
        length=1_024,
        experience=24,
        pictures=1,
        grid=(1, 20, 32),
    ),
    head_rounds=2,
    rounds=5,
)
QUICK = Shapes(
    tokens=(64,),
    width=32,
    vocabulary=2_048,
    dtype=torch.float32,
    size=Size(
        vocabulary=512,
        width=64,
        layers=2,
        heads=4,
        vision_width=32,
        vision_layers=1,
        sequences=2,
        length=64,
        experience=4,
        pictures=1,
        grid=(1, 4, 4),
    ),
    head_rounds=1,
    rounds=1,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement."""

    part: str
    what: str
    tokens: int
    rounds: tuple[float, ...] = ()
    """Seconds of each; none where it does not fit into memory."""
    peak_mb: float | None = None
    """None also where the system does not tell."""
    off_by: float | None = None
    """Largest difference to fp32 arithmetic over full logits, nats."""


# The parts


def head_rows(device: torch.device, shapes: Shapes) -> Iterator[Row]:
    """Every way at every number of tokens, without and with a backward pass."""
    for tokens in shapes.tokens:
        chance = torch.Generator(device=device).manual_seed(0)
        hidden_ND = torch.randn(tokens, shapes.width, generator=chance, device=device).to(shapes.dtype)
        weight_VD = torch.randn(shapes.vocabulary, shapes.width, generator=chance, device=device)
        weight_VD = (weight_VD / shapes.width**0.5).to(shapes.dtype)
        ids_N = torch.randint(shapes.vocabulary, (tokens,), generator=chance, device=device)
        for name, way in ways().items():
            off_by = difference(way, hidden_ND[:64], weight_VD, ids_N[:64])
            for both in (False, True):
                what = f"{name}: {'forward + backward' if both else 'forward'}"
                row = Row(part="head", what=what, tokens=tokens, off_by=off_by)
                run = passes(way, hidden_ND, weight_VD, ids_N, both=both)
                # Going backward, the logits, their softmax and its gradient stand side by side.
                needed = tokens * shapes.vocabulary * (16 if both else 12) if way is by_full_logits else 0
                if device.type == "cpu" and needed > free_bytes():
                    yield row
                else:
                    yield from measured(device, [(row, run)], rounds=shapes.head_rounds)


def teacher_rows(device: torch.device, shapes: Shapes) -> Iterator[Row]:
    """A pass of the student without a gradient, and the teacher's over the same tokens."""
    size = shapes.size
    scorer = Scorer(make_model(size, device=device), bf16=device.type == "cuda").eval()
    batch = collate(make_examples(size, taught=size.sequences)).to(device)
    asked = Asked(temperature=TEMPERATURE)

    @torch.no_grad()
    def student() -> object:
        return scorer(batch, asked)

    @torch.no_grad()
    def teacher() -> object:
        return teach(scorer, batch, temperature=TEMPERATURE)

    cases = [(STUDENT, student), (TEACHER, teacher)]
    tokens = size.sequences * size.length
    rows = [(Row(part="teacher", what=what, tokens=tokens), run) for what, run in cases]
    yield from measured(device, rows, rounds=shapes.rounds)


def step_rows(device: torch.device, shapes: Shapes) -> Iterator[Row]:
    """A whole update, plain and distilled."""
    size = shapes.size
    cases = {
        PLAIN: ("none", 0, True),
        ALL: ("published", size.sequences, True),
        HALF: ("published", size.sequences // 2, True),
        NONE: ("published", 0, True),
        f"{PLAIN}, kept": ("none", 0, False),
        f"{ALL}, kept": ("published", size.sequences, False),
    }
    runs: list[tuple[Row, Callable[[], object]]] = []
    for what, (form, taught, checkpointed) in cases.items():
        settings = LearnSettings(
            distil=DistilSettings(form=form),
            # Gradient norms and the KL of a step are measured now and then, with VED or without.
            update=UpdateSettings(measure_every=0),
            compute=ComputeSettings(gradient_checkpointing=checkpointed),
        )
        trainer = Trainer(make_model(size, device=device), settings)
        run = partial(trainer.update, make_examples(size, taught=taught))
        runs.append((Row(part="step", what=what, tokens=size.sequences * size.length), run))
    yield from measured(device, runs, rounds=shapes.rounds)


# Measuring


def measured(device: torch.device, cases: list[tuple[Row, Callable[[], object]]], *, rounds: int) -> Iterator[Row]:
    """Each case once a round, in turn, after one round that does not count."""
    seconds: dict[Row, list[float]] = {row: [] for row, _ in cases}
    peaks: dict[Row, list[float]] = {row: [] for row, _ in cases}
    for number in range(rounds + 1):
        for row, run in cases:
            try:
                spent, peak = measure(device, run)
            except torch.OutOfMemoryError:
                torch.cuda.empty_cache()
                continue
            if number:
                seconds[row].append(spent)
                peaks[row] += [] if peak is None else [peak]
    for row, _ in cases:
        yield replace(row, rounds=tuple(seconds[row]), peak_mb=max(peaks[row], default=None))


def measure(device: torch.device, run: Callable[[], object]) -> tuple[float, float | None]:
    """Seconds of one run, and the MB that it held at most beyond what was there before."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before, began = torch.cuda.memory_allocated(device), time.perf_counter()
        run()
        torch.cuda.synchronize(device)
        return time.perf_counter() - began, (torch.cuda.max_memory_allocated(device) - before) / 1e6
    before_mb = resident_mb("VmRSS", restart=True)
    began = time.process_time()
    run()
    spent, peak_mb = time.process_time() - began, resident_mb("VmHWM")
    return spent, None if before_mb is None or peak_mb is None else peak_mb - before_mb


def resident_mb(field: str, *, restart: bool = False) -> float | None:
    """What Linux says of this process's memory: held now (VmRSS), or at most since a restart (VmHWM)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    if restart:
        gc.collect()
        # What was freed before and not handed back would hide what is taken now.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024 / 1e6


def free_bytes() -> float:
    """Memory that this machine could still give, where the system tells."""
    told = Path("/proc/meminfo")
    lines = told.read_text(encoding="ascii").splitlines() if told.exists() else []
    return next((int(line.split()[1]) * 1024.0 for line in lines if line.startswith("MemAvailable")), inf)


# Telling


def figures_of(rows: Iterable[Row]) -> dict[str, tuple[float, float | None]]:
    """What is to be reached: each figure's value, and the most that it may be; the median over rounds."""
    rounds = {row.what: row.rounds for row in rows}

    def over(above: str, below: str) -> float | None:
        ratios = [one / other for one, other in zip(rounds.get(above, ()), rounds.get(below, ()), strict=False)]
        return statistics.median(ratios) if ratios else None

    named = {
        "teacher's pass / student's pass": (over(TEACHER, STUDENT), 1.05),
        "distilled step / plain step": (over(ALL, PLAIN), 1.20),
        "… where half have an experience": (over(HALF, PLAIN), None),
        "… where none has one": (over(NONE, PLAIN), 1.02),
        "… where activations are kept": (over(f"{ALL}, kept", f"{PLAIN}, kept"), None),
    }
    return {name: (value, target) for name, (value, target) in named.items() if value is not None}


def table(rows: Iterable[Row], figures: dict[str, tuple[float, float | None]]) -> Iterator[str]:
    """Both as lines of text."""
    yield f"{'part':<9}{'what':<40}{'tokens':>8}{'seconds':>10}{'tokens/s':>11}{'peak MB':>9}{'off by':>10}"
    for row in rows:
        if not row.rounds:
            yield f"{row.part:<9}{row.what:<40}{row.tokens:>8,}  does not fit into memory"
            continue
        seconds = statistics.median(row.rounds)
        peak = "?" if row.peak_mb is None else f"{row.peak_mb:,.0f}"
        off_by = "" if row.off_by is None else f"{row.off_by:.1e}"
        numbers = f"{row.tokens:>8,}{seconds:>10.4f}{row.tokens / seconds:>11,.0f}{peak:>9}{off_by:>10}"
        yield f"{row.part:<9}{row.what:<40}{numbers}".rstrip()
    if figures:
        yield f"\n{'figure':<49}{'measured':>8}  at most"
    for name, (value, target) in figures.items():
        met = "" if target is None else f"  {target:g}  {'met' if value <= target else 'missed'}"
        yield f"{name:<49}{value:>8.3f}{met}"


def described(device: torch.device, shapes: Shapes) -> dict[str, str]:
    """Where and on what it was measured."""
    on_gpu = device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(device)
        if on_gpu
        else f"{platform.machine()}, {os.cpu_count()} processors",
        "seconds": "of the clock" if on_gpu else "of the processor, one thread",
        "torch": torch.__version__,
        "trl": version("trl")
        if trl_kernel()
        else "not installed with all it needs, so left out: pip install trl==1.16.0",
        "head": f"width {shapes.width:,}, vocabulary {shapes.vocabulary:,}, {str(shapes.dtype).removeprefix('torch.')}",
        "step": str(shapes.size),
    }


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="parts to measure")
    parser.add_argument("--tokens", nargs="*", type=int, help="how many pass the head, in place of the device's own")
    parser.add_argument("--rounds", type=int, help="how often each is measured")
    parser.add_argument("--quick", action="store_true", help="tiny shapes, once each")
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    shapes = QUICK if arguments.quick else ON_CUDA if device.type == "cuda" else ON_CPU
    if arguments.tokens:
        shapes = replace(shapes, tokens=tuple(arguments.tokens))
    if arguments.rounds:
        shapes = replace(shapes, head_rounds=arguments.rounds, rounds=arguments.rounds)
    if device.type == "cpu":
        # Two threads on shared processors are slower than one, and processor time is only that of one.
        torch.set_num_threads(1)
    parts = {"head": head_rows, "teacher": teacher_rows, "step": step_rows}
    rows = [row for part in PARTS if part in arguments.only for row in parts[part](device, shapes)]
    figures, where = {} if arguments.quick else figures_of(rows), described(device, shapes)
    print("\n".join(f"{name:<9}{value}" for name, value in where.items()))
    print("\n".join(["", *table(rows, figures)]))
    if arguments.out:
        told = {name: {"value": value, "at most": target} for name, (value, target) in figures.items()}
        written = {**where, "figures": told, "rows": [asdict(row) for row in rows]}
        arguments.out.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
