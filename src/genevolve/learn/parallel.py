"""One process or several: who works on which sequences, and how what they find is put together.

Every process is given the same examples in the same order and takes its share. All run the same number of passes
of each kind, because their gradients, and with FSDP their weights, meet in every one; where a share is too small,
a blank sequence fills up, which has no sampled token and so changes no number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs  # pyright: ignore[reportMissingTypeStubs]
from accelerate.utils import DistributedType, GradientAccumulationPlugin, gather_object  # pyright: ignore[reportMissingTypeStubs]

from ..errors import BatchError, UsageError
from .batch import Example, micro_batches
from .tokens import NOT_SAID, TokenSequence

N = TypeVar("N", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The micro-batches of one process; those with an experience apart from those without."""

    taught: list[list[Example]]
    untaught: list[list[Example]]


def open_accelerator(*, some_unused: bool) -> Accelerator:
    """The processes that this one is part of, as `accelerate launch` started them; one where nobody did.

    Args:
        some_unused: some weights that train may be left out of a pass.

    Raises:
        UsageError: they were started in a way that gradients cannot be seen in.
    """
    # Named here, so that what the environment says of them divides no gradient and rounds none.
    accelerator = Accelerator(
        mixed_precision="no",
        gradient_accumulation_plugin=GradientAccumulationPlugin(num_steps=1),
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=some_unused)],
    )
    known = (DistributedType.NO, DistributedType.MULTI_CPU, DistributedType.MULTI_GPU, DistributedType.FSDP)
    is_first_fsdp = accelerator.distributed_type == DistributedType.FSDP and not accelerator.is_fsdp2
    if accelerator.distributed_type not in known or is_first_fsdp:
        kind = "FSDP version 1" if is_first_fsdp else accelerator.distributed_type.value
        raise UsageError(
            f"training was started with {kind}; expected one process, several with a copy each (DDP), or FSDP "
            "version 2, which shards what DeepSpeed ZeRO-3 shards. Choose one in accelerate config."
        )
    if accelerator.distributed_type == DistributedType.FSDP and some_unused:
        raise UsageError(
            "the part that sees trains and FSDP shards the weights; its gradients cannot meet where some processes "
            "have pictures and others none. Freeze it (freeze_vision), or train with DDP."
        )
    return accelerator


def shares(examples: Sequence[Example], count: int) -> list[list[Example]]:
    """The examples dealt out to `count` processes, longest first and each to who has least to do; deterministic."""
    dealt: list[list[Example]] = [[] for _ in range(count)]
    loads = [0] * count
    for example in sorted(examples, key=lambda one: -one.size):
        least = loads.index(min(loads))
        dealt[least].append(example)
        loads[least] += example.size
    return dealt


def share_of(examples: Sequence[Example], *, rank: int, count: int, max_tokens: int) -> Share:
    """What one process works on."""
    taught = [example for example in examples if example.teacher is not None]
    untaught = [example for example in examples if example.teacher is None]
    return Share(
        taught=_even(taught, rank=rank, count=count, max_tokens=max_tokens),
        untaught=_even(untaught, rank=rank, count=count, max_tokens=max_tokens),
    )


def check_same(accelerator: Accelerator, examples: Sequence[Example]) -> None:
    """Nothing, where every process was given as many examples and tokens.

    Raises:
        BatchError: they differ.
    """
    mine = [float(len(examples)), float(sum(example.size for example in examples))]
    given = gathered(accelerator, mine)
    if given != mine * accelerator.num_processes:
        raise BatchError(
            f"the processes were given different examples (numbers and tokens in turn: {given}); "
            "expected the same everywhere, of which each takes its share"
        )


def summed(accelerator: Accelerator, numbers: Mapping[N, float]) -> dict[N, float]:
    """The sums of some numbers over all processes, which all must have the same names in the same order."""
    # MPS has no double; every other device sums counts of tokens exactly.
    dtype = torch.float32 if accelerator.device.type == "mps" else torch.float64
    mine = torch.tensor(list(numbers.values()), dtype=dtype, device=accelerator.device)
    joined: Any = accelerator
    total = cast(list[float], joined.reduce(mine, reduction="sum").tolist())
    return dict(zip(numbers, total, strict=True))


def gathered(accelerator: Accelerator, values: Sequence[float]) -> list[float]:
    """The values of all processes, one after another."""
    if accelerator.num_processes == 1:
        return list(values)
    every = cast(list[list[float]], gather_object([list(values)]))
    return [value for some in every for value in some]


def _even(examples: Sequence[Example], *, rank: int, count: int, max_tokens: int) -> list[list[Example]]:
    """The micro-batches of one process, filled up to as many as any process has."""
    if not examples:
        return []
    plans = [micro_batches(mine, max_tokens=max_tokens) for mine in shares(examples, count)]
    missing = max(map(len, plans)) - len(plans[rank])
    shortest = min(examples, key=lambda one: one.size)
    return plans[rank] + [[_blank(shortest)] for _ in range(missing)]


def _blank(example: Example) -> Example:
    """An example to pass through a model with nothing to learn from."""
    return Example(
        sequence=_unsaid(example.sequence), teacher=None if example.teacher is None else _unsaid(example.teacher)
    )


def _unsaid(sequence: TokenSequence) -> TokenSequence:
    return replace(
        sequence,
        mask_T=torch.zeros_like(sequence.mask_T),
        kind_T=torch.zeros_like(sequence.kind_T),
        turn_T=torch.full_like(sequence.turn_T, NOT_SAID),
    )
