"""Sequences side by side: padded tensors, the pictures of all, and the teacher's view of those that have an experience.

Legend: B sequences, T tokens, E sequences with an experience, P patches of C
numbers, I pictures.

Padding is on the right and carries no loss, so that positions are those of the
sequence alone. A batch follows from its examples and their order only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from ..errors import BatchError
from .tokens import NOT_SAID, TokenSequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One sequence, and what is to be learned from it."""

    sequence: TokenSequence
    advantage: float = 0.0
    """How much better than its group; unused in supervised tuning."""
    advantage_T: torch.Tensor | None = None
    """The same for each token, where credit is given decision by decision; it replaces `advantage`."""
    teacher: TokenSequence | None = None
    """The sequence as the teacher reads it; None where there is no experience."""

    @property
    def size(self) -> int:
        """Tokens of its longest view."""
        return max(len(self.sequence), len(self.teacher) if self.teacher else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Examples as tensors."""

    trajectories: tuple[str, ...]
    """One name per row."""
    ids_BT: torch.Tensor
    real_BT: torch.Tensor
    """False on padding."""
    mask_BT: torch.Tensor
    """True where the policy said the token; its log-probability is read from the logits one position before."""
    kind_BT: torch.Tensor
    turn_BT: torch.Tensor
    """Number of the reply; `NOT_SAID` on padding and on what the policy did not say."""
    image_BT: torch.Tensor
    """True where the token stands for a piece of a picture."""
    lengths_B: torch.Tensor
    advantage_B: torch.Tensor
    advantage_BT: torch.Tensor
    """The advantage of each token that was said, 0 elsewhere."""
    served_logp_BT: torch.Tensor | None
    """As the serving engine reported; None unless every row has it."""
    pixels_PC: torch.Tensor | None
    grid_I3: torch.Tensor | None
    image_row_I: torch.Tensor
    """The row that each picture belongs to, ascending."""
    teacher: "Batch | None" = None
    """The same sampled tokens after a context with the experience; E rows."""
    teacher_row_E: torch.Tensor
    """The row of this batch that each of the teacher's belongs to."""
    old_logp_BT: torch.Tensor | None = None
    """Under the weights before the update; the trainer fills it in."""

    @property
    def has_experience_B(self) -> torch.Tensor:
        """True where the teacher reads the row with an experience."""
        found_B = torch.zeros(len(self.trajectories), dtype=torch.bool, device=self.ids_BT.device)
        found_B[self.teacher_row_E] = True
        return found_B

    def inputs(self) -> dict[str, torch.Tensor]:
        """What a model of transformers is called with."""
        words = {"input_ids": self.ids_BT, "attention_mask": self.real_BT.long()}
        if self.pixels_PC is None or self.grid_I3 is None:
            return words
        # Rotary positions in three directions follow from which tokens are a picture's.
        seen = {"pixel_values": self.pixels_PC, "image_grid_thw": self.grid_I3}
        return {**words, **seen, "mm_token_type_ids": self.image_BT.int()}

    def to(self, device: torch.device | str) -> "Batch":
        """The batch on a device."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        moved = {name: value.to(device) for name, value in fields.items() if isinstance(value, torch.Tensor)}
        return replace(self, **moved, teacher=self.teacher.to(device) if self.teacher else None)

    def with_old_logp(self, old_logp_BT: torch.Tensor) -> "Batch":
        """The batch with the log-probabilities under the weights before the update."""
        return replace(self, old_logp_BT=old_logp_BT.detach())


def collate(examples: Sequence[Example]) -> Batch:
    """The examples as one batch, a row each, in their order.

    Raises:
        BatchError: there are none, or a teacher's view does not hold the very tokens that were sampled.
    """
    if not examples:
        raise BatchError("there is no example to make a batch of; expected at least one. Skip empty steps before.")
    batch = _padded([example.sequence for example in examples], [_advantage(example) for example in examples])
    batch = replace(batch, advantage_B=torch.tensor([example.advantage for example in examples]))
    rows = [(row, example.teacher) for row, example in enumerate(examples) if example.teacher is not None]
    for row, teacher in rows:
        _check_view(examples[row].sequence, teacher)
    if not rows:
        return batch
    views = _padded([teacher for _, teacher in rows], [torch.zeros(len(teacher)) for _, teacher in rows])
    return replace(batch, teacher=views, teacher_row_E=torch.tensor([row for row, _ in rows]))


def as_student(batch: Batch, value_ET: torch.Tensor) -> torch.Tensor:
    """A value of each token in the teacher's view, at the places that the tokens have in the batch; 0 elsewhere.

    Raises:
        BatchError: the batch has no teacher's view.
    """
    if batch.teacher is None:
        raise BatchError("no sequence of the batch has an experience, so that there is nothing of a teacher's to place")
    mask_ET = batch.mask_BT[batch.teacher_row_E]
    placed_ET = value_ET.new_zeros(mask_ET.shape)
    placed_ET[mask_ET] = value_ET[batch.teacher.mask_BT]
    out_BT = value_ET.new_zeros(batch.mask_BT.shape)
    out_BT[batch.teacher_row_E] = placed_ET
    return out_BT


def micro_batches(examples: Sequence[Example], *, max_tokens: int) -> list[list[Example]]:
    """The examples in batches of at most `max_tokens` tokens each, padding counted; a longer one stands alone.

    Longest first, equal lengths in their order: little padding, and the most memory is needed at once.
    """
    batches: list[list[Example]] = []
    room = 0
    for example in sorted(examples, key=lambda one: -one.size):
        if batches and room >= batches[-1][0].size:
            batches[-1].append(example)
        else:
            batches.append([example])
            room = max_tokens
        room -= batches[-1][0].size
    return batches


def _advantage(example: Example) -> torch.Tensor:
    """The advantage of each token of a sequence."""
    mask_T = example.sequence.mask_T
    each_T = torch.full(mask_T.shape, example.advantage) if example.advantage_T is None else example.advantage_T
    if each_T.shape != mask_T.shape:
        raise BatchError(
            f"trajectory {example.sequence.trajectory!r} has {len(mask_T)} tokens and {len(each_T)} advantages; "
            "expected one a token"
        )
    return each_T.float() * mask_T


def _check_view(sequence: TokenSequence, teacher: TokenSequence) -> None:
    if not torch.equal(sequence.ids_T[sequence.mask_T], teacher.ids_T[teacher.mask_T]):
        raise BatchError(
            f"the teacher's view of trajectory {sequence.trajectory!r} holds other replies than were sampled; "
            "make it with TrajectoryEncoder.taught of the same sequence"
        )


def _padded(sequences: Sequence[TokenSequence], advantages: Sequence[torch.Tensor]) -> Batch:
    images = [(row, image) for row, sequence in enumerate(sequences) for image in sequence.images]

    def side_by_side(of: Callable[[TokenSequence], torch.Tensor], padding: int = 0) -> torch.Tensor:
        return torch.nn.utils.rnn.pad_sequence([of(one) for one in sequences], batch_first=True, padding_value=padding)

    served = [one.served_logp_T for one in sequences if one.served_logp_T is not None]
    return Batch(
        trajectories=tuple(sequence.trajectory for sequence in sequences),
        ids_BT=side_by_side(lambda one: one.ids_T),
        real_BT=side_by_side(lambda one: torch.ones_like(one.mask_T)),
        mask_BT=side_by_side(lambda one: one.mask_T),
        kind_BT=side_by_side(lambda one: one.kind_T),
        turn_BT=side_by_side(lambda one: one.turn_T, NOT_SAID),
        image_BT=side_by_side(lambda one: one.image_T),
        lengths_B=torch.tensor([len(sequence) for sequence in sequences]),
        advantage_B=torch.zeros(len(sequences)),
        advantage_BT=torch.nn.utils.rnn.pad_sequence(list(advantages), batch_first=True),
        served_logp_BT=torch.nn.utils.rnn.pad_sequence(served, batch_first=True)
        if len(served) == len(sequences)
        else None,
        pixels_PC=torch.cat([image.pixels for _, image in images]) if images else None,
        grid_I3=torch.tensor([image.grid for _, image in images]) if images else None,
        image_row_I=torch.tensor([row for row, _ in images], dtype=torch.long),
        teacher_row_E=torch.tensor([], dtype=torch.long),
    )
