"""Log-probabilities a few tokens at a time against the computation over full logits."""
# ruff: noqa: E402 - torch is asked for before what needs it; tensors end in their axes

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'genevolve[train]'")

from genevolve.errors import BatchError
from genevolve.learn.distil import expected_gap, jensen_shannon
from genevolve.learn.logprob import Against, Head, in_place, predicting, score_tokens

N, D, V, K = 11, 6, 23, 4
TEMPERATURE = 0.7


def drawn(*shape: int, seed: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Normal numbers."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def inputs(dtype: torch.dtype = torch.float32):
    """Hidden states, a head with bias, tokens, tokens also asked about, and a teacher's hidden states."""
    hidden_ND, weight_VD, bias_V = (
        drawn(*shape, seed=seed, dtype=dtype).requires_grad_() for seed, shape in enumerate([(N, D), (V, D), (V,)])
    )
    ids_N = torch.randint(0, V, (N,), generator=torch.Generator().manual_seed(3))
    also_NK = torch.randint(-2, V, (N, K), generator=torch.Generator().manual_seed(4))
    return hidden_ND, weight_VD, bias_V, ids_N, also_NK, drawn(N, D, seed=5, dtype=dtype)


def full(hidden_ND, weight_VD, bias_V, ids_N, also_NK, teacher_ND):
    """The same quantities from the full logits."""
    logp_NV = ((hidden_ND @ weight_VD.T + bias_V) / TEMPERATURE).log_softmax(dim=-1)
    teacher_NV = ((teacher_ND @ weight_VD.T + bias_V) / TEMPERATURE).log_softmax(dim=-1).detach()
    top = logp_NV.topk(3)
    return {
        "logp": logp_NV.gather(1, ids_N[:, None])[:, 0],
        "entropy": -(logp_NV.exp() * logp_NV).sum(dim=1),
        "also": logp_NV.gather(1, also_NK.clamp(min=0)).masked_fill(also_NK < 0, -torch.inf),
        "top": top.values,
        "top ids": top.indices,
        "measure": jensen_shannon(logp_NV, teacher_NV),
    }


def chunked(hidden_ND, weight_VD, bias_V, ids_N, also_NK, teacher_ND, chunk_tokens=None):
    """What `score_tokens` says of them."""
    head = Head(weight_VD=weight_VD, bias_V=bias_V)
    scores = score_tokens(
        hidden_ND,
        head,
        ids_N,
        temperature=TEMPERATURE,
        also_NK=also_NK,
        top_k=3,
        against=Against(hidden_ND=teacher_ND, head=head, measure=jensen_shannon),
        chunk_tokens=chunk_tokens,
    )
    return {
        "logp": scores.logp_N,
        "entropy": scores.entropy_N,
        "also": scores.also_logp_NK,
        "top": scores.top_logp_NK,
        "top ids": scores.top_ids_NK,
        "measure": scores.measure_N,
    }


def gradients(values, parameters):
    """Gradients of a sum in which every value has a weight of its own."""
    total = 0
    for seed, name in enumerate(("logp", "entropy", "also", "top", "measure")):
        finite = values[name].masked_fill(values[name] == -torch.inf, 0)
        total = total + (finite * drawn(*finite.shape, seed=20 + seed, dtype=finite.dtype)).sum()
    return torch.autograd.grad(total, parameters)


@pytest.mark.parametrize("chunk_tokens", [1, 4, 11, None])
def test_values_and_gradients_equal_those_of_the_full_logits(chunk_tokens):
    given = inputs()
    expected, found = full(*given), chunked(*given, chunk_tokens)
    for name, value in expected.items():
        assert torch.allclose(found[name].detach(), value.detach(), rtol=0, atol=1e-5), name
    for a, b in zip(gradients(found, given[:3]), gradients(expected, given[:3]), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-5)


def test_the_backward_pass_is_the_derivative_of_the_forward_pass():
    hidden_ND, weight_VD, bias_V, ids_N, *_ = inputs(torch.float64)

    def scored(hidden, weight, bias):
        scores = score_tokens(hidden, Head(weight_VD=weight, bias_V=bias), ids_N, temperature=1.3, chunk_tokens=4)
        return scores.logp_N, scores.entropy_N

    assert torch.autograd.gradcheck(scored, (hidden_ND, weight_VD, bias_V), fast_mode=True)


def test_one_output_alone_may_carry_the_gradient():
    hidden_ND, weight_VD, bias_V, ids_N, also_NK, teacher_ND = inputs()
    given = (hidden_ND, weight_VD, bias_V, ids_N, also_NK, teacher_ND)
    for name in ("logp", "entropy", "measure"):
        (a,) = torch.autograd.grad(chunked(*given, 4)[name].sum(), hidden_ND)
        (b,) = torch.autograd.grad(full(*given)[name].sum(), hidden_ND)
        assert torch.allclose(a, b, atol=1e-5)


def test_the_temperature_divides_the_logits_before_the_softmax():
    # logits 2 and 0: at temperature 2 the odds are e
    head = Head(weight_VD=torch.tensor([[2.0], [0.0]]))
    scores = score_tokens(torch.ones(1, 1), head, torch.tensor([0]), temperature=2.0)
    assert scores.logp_N.item() == pytest.approx(-torch.tensor(1 + torch.e**-1).log().item())


def test_a_head_that_is_frozen_gets_no_gradient_and_the_hidden_states_do():
    hidden_ND, weight_VD, bias_V, ids_N, *_ = inputs()
    head = Head(weight_VD=weight_VD.detach(), bias_V=bias_V.detach())
    score_tokens(hidden_ND, head, ids_N).logp_N.sum().backward()
    assert hidden_ND.grad is not None
    assert weight_VD.grad is None
    no_bias = Head(weight_VD=weight_VD)
    score_tokens(hidden_ND.detach(), no_bias, ids_N).logp_N.sum().backward()
    assert weight_VD.grad is not None


def test_the_other_model_gets_no_gradient():
    hidden_ND, weight_VD, _, ids_N, *_ = inputs()
    other = drawn(N, D, seed=9).requires_grad_()
    other_weight = drawn(V, D, seed=10).requires_grad_()
    against = Against(hidden_ND=other, head=Head(weight_VD=other_weight), measure=expected_gap)
    scores = score_tokens(hidden_ND, Head(weight_VD=weight_VD), ids_N, against=against)
    assert scores.measure_N is not None
    scores.measure_N.sum().backward()
    assert other.grad is None
    assert other_weight.grad is None


def test_half_precision_is_summed_in_single():
    # The inputs are rounded to bf16 once; a bf16 sum over D = 512 products would be off by about 1e-2.
    hidden_ND, weight_VD = drawn(64, 512, seed=1, dtype=torch.bfloat16), drawn(50, 512, seed=2, dtype=torch.bfloat16)
    weight_VD = (weight_VD / 8).requires_grad_()
    ids_N = torch.arange(64) % 50
    scores = score_tokens(hidden_ND, Head(weight_VD=weight_VD), ids_N, chunk_tokens=1)
    exact = weight_VD.detach().double().requires_grad_()
    logp_NV = (hidden_ND.double() @ exact.T).log_softmax(dim=-1)
    expected = logp_NV.gather(1, ids_N[:, None])[:, 0]
    assert scores.logp_N.dtype is torch.float32
    assert torch.allclose(scores.logp_N.double(), expected, atol=1e-4)
    (gradient,) = torch.autograd.grad(scores.logp_N.sum(), weight_VD)
    (exact_gradient,) = torch.autograd.grad(expected.sum(), exact)
    # One rounding to bf16 at the end, half of 2^-7 relative; 64 roundings of chunks would be several times that.
    assert gradient.dtype is torch.bfloat16
    assert torch.allclose(gradient.double(), exact_gradient, rtol=2**-8, atol=1e-4)


def test_an_autocast_region_does_not_lower_the_precision():
    hidden_ND, weight_VD, _, ids_N, *_ = inputs()

    def scored():
        logp_N = score_tokens(hidden_ND, Head(weight_VD=weight_VD), ids_N).logp_N
        return logp_N, *torch.autograd.grad(logp_N.sum(), (hidden_ND, weight_VD))

    plain = scored()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = scored()
    assert all(torch.equal(a, b) for a, b in zip(inside, plain, strict=True))


def test_no_token_at_all_is_scored_as_nothing():
    _, weight_VD, bias_V, *_ = inputs()
    hidden_ND = torch.zeros(0, D, requires_grad=True)
    none = torch.zeros(0, dtype=torch.long)
    found = chunked(hidden_ND, weight_VD, bias_V, none, none.view(0, 1), torch.zeros(0, D))
    assert found["logp"].shape == (0,)
    assert found["top ids"].shape == (0, 3)
    found["logp"].sum().backward()
    assert hidden_ND.grad is not None
    assert weight_VD.grad is not None
    assert not weight_VD.grad.any()


def test_the_state_before_a_sampled_token_predicts_it():
    hidden_BTD = torch.arange(8.0).view(2, 4, 1)
    mask_BT = torch.tensor([[False, True, False, True], [False, False, True, False]])
    assert predicting(hidden_BTD, mask_BT).flatten().tolist() == [0, 2, 5]
    assert in_place(torch.tensor([7.0, 8.0, 9.0]), mask_BT).tolist() == [[0, 7, 0, 8], [0, 0, 9, 0]]


def test_sampled_tokens_of_a_padded_batch_have_their_log_probabilities_and_no_other_position_counts():
    hidden_BTD, weight_VD = drawn(3, 7, D, seed=1).requires_grad_(), drawn(V, D, seed=2)
    ids_BT = torch.randint(0, V, (3, 7), generator=torch.Generator().manual_seed(3))
    mask_BT = torch.tensor([[0, 0, 1, 1, 0, 0, 1], [0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 0, 0]], dtype=torch.bool)
    scores = score_tokens(predicting(hidden_BTD, mask_BT), Head(weight_VD=weight_VD), ids_BT[mask_BT])
    logp_BT = in_place(scores.logp_N, mask_BT)

    shifted = (hidden_BTD[:, :-1] @ weight_VD.T).log_softmax(dim=-1)
    expected = shifted.gather(2, ids_BT[:, 1:, None])[..., 0].masked_fill(~mask_BT[:, 1:], 0)
    assert torch.allclose(logp_BT[:, 1:], expected, atol=1e-5)
    (gradient,) = torch.autograd.grad(logp_BT.sum(), hidden_BTD)
    assert torch.equal(gradient.abs().sum(dim=-1)[:, :-1] > 0, mask_BT[:, 1:])
    assert not gradient[:, -1].any()


def test_a_sequence_that_begins_with_a_sampled_token_is_refused():
    with pytest.raises(BatchError, match="sequence 1 "):
        predicting(torch.zeros(2, 3, 1), torch.tensor([[False, True, True], [True, False, False]]))


def test_what_does_not_fit_is_refused_in_words():
    hidden_ND, weight_VD, _, ids_N, *_ = inputs()
    with pytest.raises(BatchError, match="temperature 0"):
        score_tokens(hidden_ND, Head(weight_VD=weight_VD), ids_N, temperature=0)
    with pytest.raises(BatchError, match="do not fit"):
        score_tokens(hidden_ND, Head(weight_VD=weight_VD), ids_N[:-1])


MEMORY = """
import resource, torch
from genevolve.learn.logprob import Head, score_tokens
torch.set_num_threads(1)
tokens, width, words = 1000, 32, 151_936
hidden = torch.randn(tokens, width, requires_grad=True)
weight = torch.randn(words, width, requires_grad=True)
ids = torch.randint(0, words, (tokens,))
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
score_tokens(hidden[:2], Head(weight_VD=weight), ids[:2], chunk_tokens=2).logp_N.sum().backward()
before = peak()
scores = score_tokens(hidden, Head(weight_VD=weight), ids, chunk_tokens=20)
(scores.logp_N.sum() + scores.entropy_N.sum()).backward()
print(peak() - before)
"""


@pytest.mark.slow
def test_a_large_vocabulary_needs_the_memory_of_a_chunk_and_not_of_the_logits():
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True, timeout=240)
    # Logits of 1,000 tokens over 151,936 words are 580 MiB, and several such are held at once when all of them pass
    # together (2,900 MiB were measured). A chunk of 20 is 12 MiB, the gradient of the head 19 MiB.
    assert float(done.stdout) < 500
