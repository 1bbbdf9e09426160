"""Every setting of a step of learning reaches its weights: two that differ in one setting end in other weights."""

import json
from functools import cache
from typing import Any

import pytest

pytest.importorskip("torch", reason="pip install 'genevolve[train]' runs these")

from support.learning import furthest, learning, stepped

# Updates so long that ratios leave the clips and the student leaves where it began.
FAR = {"updates": 3, "learning_rate": 0.3, "max_gradient_norm": 1e9}
GAP = {"form": "bounded_gap", "weight": 1.0}
CASES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("clip_low", {}, {"grpo": {"clip_low": 0.01}}),
    ("clip_high", {}, {"grpo": {"clip_high": 0.01}}),
    ("dual_clip", {}, {"grpo": {"dual_clip": 1.01}}),
    ("aggregation", {}, {"grpo": {"aggregation": "token-mean"}}),
    ("constant_length", {"grpo": {"aggregation": "constant"}}, {"grpo": {"constant_length": 100}}),
    ("kl_weight", {}, {"grpo": {"kl_weight": 1.0}}),
    ("kl_estimate", {"grpo": {"kl_weight": 1.0}}, {"grpo": {"kl_estimate": "k2"}}),
    ("entropy_weight", {}, {"grpo": {"entropy_weight": 0.1}}),
    ("weight", {}, {"distil": {"weight": 1.0}}),
    ("rho_cap", {}, {"distil": {"rho_cap": 1.001}}),
    ("rho_flows", {}, {"distil": {"rho_flows": False}}),
    ("estimate", {}, {"distil": {"estimate": "k2"}}),
    ("selection", {}, {"distil": {"selection": "all"}}),
    ("most_uncertain", {"distil": {"selection": "all"}}, {"distil": {"selection": "most_uncertain"}}),
    ("uncertain_share", {"distil": {"selection": "most_uncertain"}}, {"distil": {"uncertain_share": 0.9}}),
    ("top_share", {}, {"distil": {"top_share": 0.9}}),
    ("bound", {"distil": GAP}, {"distil": {"bound": 1e-4}}),
    ("top_k", {"distil": GAP}, {"distil": {"top_k": 2}}),
    ("control_variate", {"distil": {"form": "gap_policy"}}, {"distil": {"control_variate": False}}),
    ("shaped", {"distil": {"form": "none"}}, {"distil": {"form": "shaped"}}),
    ("teacher", {}, {"distil": {"teacher": "frozen"}}),
    ("anchor", {}, {"anchor": {"weight": 10.0}}),
    ("floor", {"anchor": {"weight": 10.0}}, {"anchor": {"floor": 0.001}}),
    ("weight_decay", {}, {"update": {"weight_decay": 0.5}}),
    ("max_gradient_norm", {}, {"update": {"max_gradient_norm": 0.1}}),
)


def joined(*parts: dict[str, Any]) -> dict[str, Any]:
    """Settings by part, later ones winning."""
    whole: dict[str, Any] = {"update": dict(FAR)}
    for part in parts:
        for name, fields in part.items():
            whole[name] = {**whole.get(name, {}), **fields}
    return whole


@cache
def ended(written: str) -> dict[str, Any]:
    """The weights after a step with settings that are given as JSON, so that equal ones are run once."""
    return stepped(learning(**json.loads(written)))[1]


@pytest.mark.parametrize(("base", "change"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_setting_that_differs_makes_other_weights(base, change):
    before, after = ended(json.dumps(joined(base))), ended(json.dumps(joined(base, change)))

    assert furthest(before, after) > 1e-6
