"""Whoever rolls out speaks with the weights that training has now, and says which weights it speaks with.

Weights have a version, such as "step-000012". It stands in `PolicyInfo.weights`, which is part of the id of every
trajectory, so attempts of different weights never mix. Publishing can be done again at any time: what is there already
is found to be there. It happens between rounds, while no reply is being made; policies refuse it otherwise.

A policy in this process takes the module itself. One behind vLLM takes an adapter (`publish_lora`) or a whole
checkpoint (`publish_weights`) from a folder that both sides see.
"""

from typing import TYPE_CHECKING, Protocol

from pydantic import Field

from ..errors import UsageError
from ..records import Record

UNPUBLISHED = "unpublished weights"
"""Stands for a version where what answers was not published from here: a server that was started anew, or one that
somebody else publishes to."""

ENGINE_OPTIONS = ("--logprobs-mode", "processed_logprobs", "--generation-config", "vllm")
"""Of `vllm serve` for training: its log-probabilities are those at the sampling temperature, and no default that comes
with a checkpoint, such as a top-k, cuts what is sampled from."""
_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""That vLLM reserves room for; an adapter of a rank between two of them fits the larger."""

if TYPE_CHECKING:
    from torch import nn

    from ..policy.local import LocalPolicy


class Publisher(Protocol):
    """Brings weights to whoever rolls out."""

    async def prepare(self) -> None:
        """Find out before any work whether weights can be published.

        Raises:
            UsageError: what is published to is not there, or cannot take weights; what to do about it.
        """
        ...

    async def publish(self, module: "nn.Module", *, version: str) -> None:
        """Have whoever rolls out speak with these weights, and make sure that it does.

        Raises:
            PublishError: it does not.
            UsageError: a reply is being made, or the module is none that can be published so.
            StoreError: the weights cannot be written.
        """
        ...

    async def serving(self) -> str | None:
        """The version that answers now, or `UNPUBLISHED`; None where it cannot be known.

        Raises:
            PublishError: nobody answers.
        """
        ...

    async def close(self) -> None:
        """Let go of what publishing holds; it can be used again."""
        ...


class PublishSettings(Record):
    """How weights reach a server. The numbers are ours."""

    server_folder: str | None = None
    """What the server calls the folder of published weights, where it sees it under another name."""
    kept: int = Field(default=2, ge=2)
    """Published folders that stay; an adapter that goes is unloaded first."""
    tolerance: float = Field(default=0.1, gt=0)
    """Nats between the server's log-probability of a token and the trainer's, on the mean. Engines in bfloat16 are off
    by hundredths."""


def lora_options(rank: int, *, kept: int = 2) -> list[str]:
    """The further options of `vllm serve` for a model whose adapters of this rank are published.

    Raises:
        UsageError: vLLM takes no adapter of so high a rank.
    """
    room = next((room for room in _RANKS if room >= rank), None)
    if room is None:
        raise UsageError(f"vLLM serves adapters up to rank {_RANKS[-1]}, and {rank} was asked for; lower lora.rank")
    return ["--enable-lora", "--max-lora-rank", str(room), "--max-loras", str(kept), "--api-server-count", "1"]


class LocalPublisher:
    """Hands the module to a policy in this process."""

    def __init__(self, policy: "LocalPolicy") -> None:
        """Publishes to a policy, whose owner closes it."""
        self._policy = policy

    async def prepare(self) -> None:
        """Load the policy's model, unless it is there.

        Raises:
            UsageError: it cannot be loaded.
        """
        await self._policy.prepare()

    async def publish(self, module: "nn.Module", *, version: str) -> None:
        """Have the policy speak with this very module, whatever becomes of its weights.

        Raises:
            UsageError: a reply is being made.
        """
        await self._policy.prepare()
        self._policy.load_weights(module, version)

    async def serving(self) -> str | None:
        """The version that the policy speaks with."""
        return self._policy.info.weights

    async def close(self) -> None:
        """Nothing: what the policy holds is its owner's."""
