"""Settings of learning; the defaults are the published ones, and each says where it was published.

"Paper" is arXiv:2605.21605. A setting without a source is our choice. Reading them needs no torch.
"""

from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from ..records import Record
from ..score import Aggregate
from .advantage import RewardParts

Schedule = Literal["cosine", "constant"]
"""How the learning rate goes after its warm-up."""
OptimizerName = Literal["adamw", "muon"]
"""Muon takes the matrices of a model and leaves the rest to AdamW; for small models trained from nothing."""
Selection = Literal["published", "all", "most_uncertain"]
"""Which sampled tokens are distilled, of a sequence with an experience."""
TeacherWeights = Literal["following", "frozen", "averaged"]
"""Whose weights the teacher has."""


class RewardSettings(Record):
    """What an attempt earns, and what that is worth in its group."""

    parts: RewardParts = "image_and_program"
    """Paper: half the drawn image's KScore, half the program's sufficiency."""
    aggregate: Aggregate = Aggregate.NA_HALF
    """What becomes of text accuracy where an image needs no readable text; that of the published tables."""
    mended_earns_nothing: bool = True
    """An answer that had faults to the end earns 0, although a program could be made of it."""
    divide_by_std: bool = True
    """Paper; False as in Dr. GRPO."""
    eps: float = Field(default=1e-6, gt=0)
    """verl's; TRL has 1e-4."""
    by_axis: bool = False
    """Credit by axis instead of by the whole reward."""


class GrpoSettings(Record):
    """The policy loss."""

    clip_low: float = Field(default=0.20, gt=0, lt=1)
    """Paper."""
    clip_high: float = Field(default=0.28, gt=0)
    """Paper."""
    dual_clip: float | None = Field(default=3.0, gt=1)
    """Of the code base that the published one grew from."""
    aggregation: Literal["seq-mean-token-sum", "token-mean", "seq-mean-token-mean", "constant"] = "seq-mean-token-sum"
    """Paper."""
    constant_length: int = Field(default=30_000, ge=1)
    """What "constant" divides a sequence's sum by: the published limit of response tokens."""
    kl_weight: float = Field(default=0.0, ge=0)
    """Paper: 1e-3; off in the code base that it grew from, and off here."""
    kl_estimate: Literal["k1", "k2", "k3", "k3_with_k2_gradient"] = "k3"
    entropy_weight: float = Field(default=0.0, ge=0)
    """No entropy bonus in the code base that the published one grew from."""


class FormDefaults(NamedTuple):
    """What goes with one form of distillation, where nothing else is set."""

    weight: float
    selection: Selection
    teacher: TeacherWeights


PUBLISHED_FORM = FormDefaults(weight=2.0, selection="published", teacher="following")
"""Paper; also of "gap_policy", whose gradient is that of the same divergence."""
OWN_DEFAULTS = {
    "bounded_gap": FormDefaults(weight=1.0, selection="all", teacher="following"),
    "shaped": FormDefaults(weight=1.0, selection="all", teacher="following"),
    "jensen_shannon": FormDefaults(weight=1.0, selection="all", teacher="averaged"),
}
"""Of the other forms: as in the small world, and as in SDPO (arXiv:2601.20802)."""


def _form_defaults(fields: dict[str, Any]) -> FormDefaults:
    return OWN_DEFAULTS.get(fields.get("form", ""), PUBLISHED_FORM)


class DistilSettings(Record):
    """The distillation of experience. Weight, selection and teacher are the form's own unless they are set."""

    form: Literal["none", "published", "bounded_gap", "shaped", "jensen_shannon", "gap_policy"] = "published"
    weight: float = Field(default_factory=lambda fields: _form_defaults(fields).weight, ge=0)
    """Paper: 2, for a mean over selected tokens beside GRPO's seq-mean-token-sum. "shaped" has none but 1."""
    anneal: Literal["constant", "linear", "cosine"] = "constant"
    """Paper: constant, which collapsed in the small world where nothing held the policy to its support."""
    anneal_steps: int = Field(default=20, ge=1)
    """After how many steps an annealed weight is 0."""
    rho_cap: float = Field(default=2.0, ge=1)
    """Paper."""
    rho_flows: bool = True
    """Paper; False gives the gradient of the forward KL."""
    estimate: Literal["k1", "k2", "k3", "k3_with_k2_gradient"] = "k3"
    """Paper."""
    selection: Selection = Field(default_factory=lambda fields: _form_defaults(fields).selection)
    """Paper: decisions and the tokens with the largest |l|."""
    top_share: float = Field(default=0.10, ge=0, le=1)
    """Paper: of a sequence's tokens, those taken for their |l|."""
    uncertain_share: float = Field(default=0.20, ge=0, le=1)
    """Share of "most_uncertain"; arXiv:2506.01939."""
    bound: float = Field(default=1.0, gt=0, le=1)
    """How far one token's gap counts in "bounded_gap" and "shaped", nats."""
    top_k: int | None = Field(default=None, ge=1)
    """How many of the student's tokens "bounded_gap" sums over, the sampled one besides; None: the vocabulary."""
    control_variate: bool = True
    """Whether "gap_policy" takes out the noise that a baseline can."""
    teacher: TeacherWeights = Field(default_factory=lambda fields: _form_defaults(fields).teacher)
    """Paper: the same weights, "following" the student. "frozen" stays as training began, "averaged" trails behind."""
    teacher_decay: float = Field(default=0.95, ge=0, lt=1)
    """What an averaged teacher keeps of itself at each step; ours."""

    def but(self, **changes: object) -> Self:
        """A copy with some fields changed; what was left to the form follows a new form."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self).model_validate({**given, **changes})

    @model_validator(mode="after")
    def _shaping_has_no_weight(self) -> Self:
        if self.form == "shaped" and (self.weight != 1 or self.anneal != "constant"):
            raise ValueError(
                'form = "shaped" changes advantages and adds no loss, so that there is nothing to weigh or to anneal; '
                'leave weight and anneal out, set bound for a weaker shaping, or form = "none" for no teacher'
            )
        return self


class AnchorSettings(Record):
    """The support anchor, which holds the policy to tokens that supervised tuning taught."""

    weight: float = Field(default=0.0, ge=0)
    """Not in the paper; 10 prevented every collapse in the small world, and raised what plain GRPO ends with."""
    floor: float = Field(default=0.01, ge=0.001, lt=1)
    """A token that the supervised policy gave less than this is outside; the lower, the more tokens are compared."""
    watch: bool = False
    """Measure what lies outside also where the weight is 0; costs a forward pass and a copy of what trains."""


class UpdateSettings(Record):
    """One step of reinforcement learning."""

    requests: int = Field(default=8, ge=1)
    """Paper: requests a step. Of the loop around the trainer, which is given finished examples."""
    attempts: int = Field(default=6, ge=2)
    """Paper: K. Of the loop around the trainer."""
    temperature: float = Field(default=0.7, gt=0)
    """Paper, of rollouts for training; log-probabilities are of logits divided by it."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """Paper. Of the loop around the trainer: log-probabilities are of the whole distribution."""
    learning_rate: float = Field(default=1e-6, gt=0)
    """Paper, with a cosine schedule and no warm-up."""
    max_gradient_norm: float = Field(default=1.0, gt=0)
    """Of the code base that the published one grew from."""
    updates: int = Field(default=1, ge=1)
    """Updates on one step's attempts; one in the code base that the published one grew from."""
    steps: int = Field(default=305, ge=1)
    """Over which the learning rate falls to 0: once through the published 2,446 requests, 8 a step."""
    schedule: Schedule = "cosine"
    """Paper."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Of the code base that the published one grew from."""
    adam_eps: float = Field(default=1e-8, gt=0)
    """AdamW's, torch's default: steps are as long as the learning rate where gradients are much larger than this."""
    freeze_vision: bool = True
    """As in supervised tuning; the paper does not say."""
    old_logp: Literal["recomputed", "served"] = "recomputed"
    """Where the log-probabilities before the update are from. "served" takes the sampler's and saves a forward pass."""
    served_weight_cap: float | None = Field(default=None, gt=0)
    """Weigh each token by min(old / served, cap), where rollouts ran ahead of the weights; None: do not."""
    measure_every: int = Field(default=10, ge=0)
    """Steps from one measurement of both gradient norms and of the step's KL to the next, which together cost up to
    five forward passes; 0: never."""


class ComputeSettings(Record):
    """How a step is fitted into memory; changes no number beyond rounding, `bf16` apart. The numbers are ours."""

    micro_batch_tokens: int = Field(default=32_768, ge=1)
    """Tokens that pass through the model together, padding counted; a longer sequence passes alone."""
    bf16: bool | None = None
    """Compute in bf16 where that is safe, weights staying in fp32, as published; None: on a GPU."""
    gradient_checkpointing: bool | None = None
    """Compute activations again going backward instead of keeping them; None: on a GPU."""
    max_skipped: int = Field(default=3, ge=1)
    """Updates in a row that may be skipped because their loss or gradient is not finite, before that is an error."""


class LearnSettings(Record):
    """Reinforcement learning with experience, as a whole."""

    reward: RewardSettings = RewardSettings()
    grpo: GrpoSettings = GrpoSettings()
    distil: DistilSettings = DistilSettings()
    anchor: AnchorSettings = AnchorSettings()
    update: UpdateSettings = UpdateSettings()
    compute: ComputeSettings = ComputeSettings()


class SftSettings(Record):
    """Supervised tuning on a teacher's trajectories, paper section on the cold start."""

    learning_rate: float = Field(default=1e-5, gt=0)
    """Paper, cosine."""
    warmup_share: float = Field(default=0.02, ge=0, le=1)
    """Paper."""
    weight_decay: float = Field(default=1e-6, ge=0)
    """Paper."""
    epochs: int = Field(default=2, ge=1)
    """Paper."""
    batch: int = Field(default=32, ge=1)
    """Paper, sequences."""
    optimizer: OptimizerName = "adamw"
    """The paper does not say; AdamW as in reinforcement."""
    max_tokens: int = Field(default=32_768, ge=1)
    """Paper; a longer sequence is left out and counted."""
    freeze_vision: bool = True
    """Paper: vision tower and projector."""
    max_gradient_norm: float = Field(default=1.0, gt=0)
    """The paper does not say; as in reinforcement."""
    schedule: Schedule = "cosine"
    """Paper."""
    seed: int = 0
    """Of the order in which examples are seen."""
    held_out_every: int = Field(default=100, ge=1)
    """Updates from one look at held-out examples to the next; there is always one at the end."""
    compute: ComputeSettings = ComputeSettings()
