"""Our loop beside TRL's GRPOTrainer on the same sequences: are their numbers equal, and what does a step cost?

    python benchmarks/trainer_choice.py --out trainer_choice.json    # one thread, about a minute
    python benchmarks/trainer_choice.py --quick                      # seconds: shows that the numbers are equal

TRL is given finished sequences by the one private method that a subclass would have to override, and takes them
through its own padding, splitting, loss and backward pass. Both recompute the old log-probabilities, take GRPO
with a dual clip as the mean over sequences of sums over tokens, clip the gradient and step AdamW. Sequences have
different lengths, a quarter of what follows the opening was said, and the rest are observations. Cases take turns.
Seconds are the processor's; memory is the most that was held beyond what was there before.
"""
# ruff: noqa: N803, N806 - tensors end in their axes

import argparse
import gc
import json
import os
import platform
import statistics
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import transformers
from small_qwen import IMAGE, VISION_END, Size, make_examples, make_model

from genevolve.learn.batch import Batch, Example, collate
from genevolve.learn.config import LearnSettings
from genevolve.learn.scorer import Asked, Scorer
from genevolve.learn.trainer import Trainer
from genevolve.model.load import freeze_vision
from genevolve.model.processor import load_processor
from genevolve.model.tiny import make_tiny
from learn import measure

TEMPERATURE = 0.7
TOGETHER = 2
"""Sequences in a micro-batch of TRL's; ours may hold as many tokens as two of the longest."""
SMALL = Size(
    vocabulary=1024, width=64, layers=2, heads=4, vision_width=32, vision_layers=2,
    sequences=4, length=128, experience=0, pictures=1, grid=(1, 4, 4),
)  # fmt: skip
WHOLE = replace(SMALL, vocabulary=16_384, width=128, sequences=8, length=1024, grid=(1, 12, 12))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model and what it learns from."""

    name: str
    model: Callable[[], Any]
    examples: list[Example]


def cases(size: Size) -> Iterator[Case]:
    """A model that sees, and one that reads words only."""
    device = torch.device("cpu")
    yield Case(name="Qwen3-VL", model=lambda: make_model(size, device=device), examples=uneven(size))
    blind = replace(size, pictures=0)
    yield Case(name="Qwen3, words only", model=lambda: make_blind(blind), examples=uneven(blind))


def uneven(size: Size) -> list[Example]:
    """Sequences from a quarter of the length to all of it."""
    made: list[Example] = []
    for number in range(size.sequences):
        length = size.length // 4 + (size.length * 3 // 4) * number // (size.sequences - 1)
        (example,) = make_examples(replace(size, length=length, sequences=1), taught=0)
        made.append(replace(example, advantage=1.0 - 1.7 * (number % 2)))
    return made


def make_blind(size: Size) -> Any:
    """A Qwen3 of the same size."""
    library: Any = transformers
    torch.manual_seed(0)
    config = library.Qwen3Config(
        vocab_size=size.vocabulary,
        hidden_size=size.width,
        intermediate_size=3 * size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads // 2,
        head_dim=size.head_dim,
    )
    return library.Qwen3ForCausalLM(config).float()


class Ours:
    """Our trainer."""

    def __init__(self, case: Case) -> None:
        self.examples = case.examples
        longest = max(example.size for example in case.examples)
        self.trainer = Trainer(
            case.model(),
            LearnSettings.model_validate(
                {
                    "distil": {"form": "none"},
                    # Too short a step to move the weights: every round has the same numbers.
                    "update": {"temperature": TEMPERATURE, "learning_rate": 1e-20, "measure_every": 0},
                    "compute": {"micro_batch_tokens": TOGETHER * longest},
                }
            ),
        )
        self.loss = self.gradient_norm = 0.0

    def step(self) -> None:
        """One step."""
        figures = self.trainer.update(self.examples)
        self.loss, self.gradient_norm = figures.loss_grpo or 0.0, figures.gradient_norm or 0.0

    def logp(self) -> list[torch.Tensor]:
        """Log-probabilities of what was said, sequence by sequence."""
        scorer = Scorer(self.trainer.module)
        with torch.no_grad():
            return [
                scorer(collate([example]), Asked(temperature=TEMPERATURE)).tokens.logp_N for example in self.examples
            ]


class Theirs:
    """TRL's trainer, fed with finished sequences."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.batch = collate(case.examples)
        self.model = case.model()
        freeze_vision(self.model)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.trainer = self._trainer(folder)
        trained = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-20)
        self.loss = self.gradient_norm = 0.0

    def _trainer(self, folder: Path) -> Any:
        import trl
        from datasets import Dataset

        library: Any = trl
        rows = len(self.batch.trajectories)
        given = self

        class Fed(library.GRPOTrainer):
            def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:  # noqa: ARG002 - TRL's signature
                return given.inputs()

        arguments = library.GRPOConfig(
            output_dir=str(folder / "out"),
            loss_type="luspo",
            importance_sampling_level="token",
            epsilon=0.2,
            epsilon_high=0.28,
            delta=3.0,
            beta=0.0,
            temperature=TEMPERATURE,
            per_device_train_batch_size=TOGETHER,
            gradient_accumulation_steps=rows // TOGETHER,
            num_generations=2,
            gradient_checkpointing=False,
            use_cpu=True,
            bf16=False,
            report_to=[],
        )
        trainer = Fed(
            model=self.model,
            reward_funcs=lambda **_: [0.0],
            args=arguments,
            train_dataset=Dataset.from_list([{"prompt": "unused"}] * rows),
            processing_class=load_processor(make_tiny(folder / "tiny")).tokenizer,
        )
        trainer.current_gradient_accumulation_steps = rows // TOGETHER
        return trainer

    def step(self) -> None:
        """One step."""
        self.model.train()
        micro_batches = len(self.batch.trajectories) // TOGETHER
        losses = [float(self.trainer.training_step(self.model, {}, None)) for _ in range(micro_batches)]
        trained = [weight for weight in self.model.parameters() if weight.requires_grad]
        found = torch.nn.utils.clip_grad_norm_(trained, 1.0)
        self.loss, self.gradient_norm = sum(losses), float(found)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def inputs(self) -> dict[str, Any]:
        """A generation batch as TRL has it: prompts padded on the left, what follows them on the right."""
        batch = self.batch
        first_B = batch.mask_BT.int().argmax(dim=1)
        prompts = [batch.ids_BT[row, :start] for row, start in enumerate(first_B.tolist())]
        rests = [batch.ids_BT[row, start:end] for row, (start, end) in enumerate(_ends(batch, first_B))]
        said = [batch.mask_BT[row, start:end] for row, (start, end) in enumerate(_ends(batch, first_B))]
        pad, word = torch.nn.utils.rnn.pad_sequence, VISION_END + 1
        inputs: dict[str, Any] = {
            "prompt_ids": pad([ids.flip(0) for ids in prompts], batch_first=True, padding_value=word).flip(1),
            "prompt_mask": pad([torch.ones_like(ids).flip(0) for ids in prompts], batch_first=True).flip(1),
            "completion_ids": pad(rests, batch_first=True, padding_value=word),
            "completion_mask": pad([torch.ones_like(ids) for ids in rests], batch_first=True),
            "tool_mask": pad([mask.long() for mask in said], batch_first=True),
            "advantages": batch.advantage_B,
            "num_items_in_batch": batch.mask_BT.sum(),
        }
        if batch.pixels_PC is not None:
            whole_BT = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], dim=1)
            inputs["pixel_values"], inputs["image_grid_thw"] = batch.pixels_PC, batch.grid_I3
            inputs["num_images"] = torch.bincount(batch.image_row_I, minlength=len(prompts)).tolist()
            inputs["mm_token_type_ids"] = (whole_BT == IMAGE).int() * _real(inputs)
        with torch.no_grad():
            inputs["old_per_token_logps"] = self._logp(inputs, together=TOGETHER)
        return inputs

    def logp(self) -> list[torch.Tensor]:
        """Log-probabilities of what was said, sequence by sequence."""
        inputs = self.inputs()
        logp_BT = inputs["old_per_token_logps"]
        return [logp_BT[row][inputs["tool_mask"][row].bool()] for row in range(len(logp_BT))]

    def _logp(self, inputs: dict[str, Any], *, together: int) -> torch.Tensor:
        whole_BT = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], dim=1)
        seen = ("pixel_values", "image_grid_thw", "num_images", "mm_token_type_ids")
        logp_BT, *_ = self.trainer._get_per_token_logps_and_entropies(
            self.model,
            whole_BT,
            _real(inputs),
            inputs["completion_ids"].shape[1],
            batch_size=together,
            **{name: inputs[name] for name in seen if name in inputs},
        )
        return logp_BT


def _real(inputs: dict[str, Any]) -> torch.Tensor:
    return torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], dim=1)


def _ends(batch: Batch, first_B: torch.Tensor) -> list[tuple[int, int]]:
    return list(zip(first_B.tolist(), batch.lengths_B.tolist(), strict=True))


def compared(case: Case, folder: Path, *, rounds: int) -> dict[str, Any]:
    """What both found, how far apart it is, and what a step cost each of them."""
    ours, theirs = Ours(case), Theirs(case, folder)
    apart = max(float((a - b).abs().max()) for a, b in zip(ours.logp(), theirs.logp(), strict=True))
    seconds: dict[str, list[float]] = {"ours": [], "TRL's": []}
    peaks: dict[str, list[float]] = {"ours": [], "TRL's": []}
    for number in range(rounds + 1):
        for name, loop in (("ours", ours), ("TRL's", theirs)):
            gc.collect()
            spent, peak = measure(torch.device("cpu"), loop.step)
            if number:  # the first round warms up
                seconds[name].append(spent)
                peaks[name] += [] if peak is None else [peak]
    return {
        "case": case.name,
        "sequences": len(case.examples),
        "tokens": sum(len(example.sequence) for example in case.examples),
        "said": sum(int(example.sequence.mask_T.sum()) for example in case.examples),
        "logp_apart": apart,
        "loss": {"ours": ours.loss, "TRL's": theirs.loss},
        "gradient_norm": {"ours": ours.gradient_norm, "TRL's": theirs.gradient_norm},
        "seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "peak_mb": {name: max(values, default=None) for name, values in peaks.items()},
    }


def lines_of(*paths: Path) -> int:
    """Lines of some files."""
    return sum(path.read_text(encoding="utf-8").count("\n") for path in paths)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny shapes, once each")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--out", type=Path, help="write the numbers as JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    size = SMALL if options.quick else WHOLE
    rounds = 1 if options.quick else options.rounds
    rows = []
    for case in cases(size):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(compared(case, Path(folder), rounds=rounds))
    for row in rows:
        print(f"{row['case']}: {row['sequences']} sequences, {row['tokens']:,} tokens, {row['said']:,} said")
        print(f"  log-probabilities at most {row['logp_apart']:.1e} apart")
        for name in ("ours", "TRL's"):
            peak = row["peak_mb"][name]
            print(
                f"  {name:<6} loss {row['loss'][name]:.6f}  gradient norm {row['gradient_norm'][name]:.6f}  "
                f"{row['seconds'][name]:.3f} s a step  {'?' if peak is None else f'{peak:.0f}'} MB"
            )
    if options.out:
        where = {name: version(name) for name in ("torch", "transformers", "trl", "accelerate")}
        machine = {"machine": platform.machine(), "processors": os.cpu_count(), **where}
        options.out.write_text(json.dumps({"on": machine, "size": str(size), "cases": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
