"""A fixed question to a server, whose answer tells with which weights it speaks.

The question goes the way of every rollout and comes back with ids and log-probabilities. Where the server has certain
weights, its numbers and those that the weights give the same tokens differ by rounding alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from ..chat import ChatClient
from ..chat.reading import read_completion
from ..errors import PublishError, ServiceError
from ..records import TokenSpan

QUESTION = "Describe a poster with the flag of Chad, a red bird and the word HELLO."
TOKENS = 64
_ODDS = 10.0
"""Natural logarithm; about 22,000 to 1."""
_ROUNDING = 1e-6
"""Of a log-probability in float32, in nats."""
_FIELDS = {
    "max_tokens": TOKENS,
    "seed": 0,
    # Of the whole distribution: a server's own defaults, taken from the checkpoint, would cut it.
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": -1,
    "min_p": 0.0,
    "repetition_penalty": 1.0,
    "return_token_ids": True,
    "logprobs": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a server answered, and what the weights that it should have make of it."""

    tokens: TokenSpan
    own: tuple[float, ...]
    """The log-probability that those weights give to each token of the reply."""


async def asked(server: ChatClient, *, model: str) -> TokenSpan:
    """What a model of a server says to a fixed question.

    Raises:
        PublishError: it says nothing, or not with which tokens.
    """
    payload = {"model": model, "messages": [{"role": "user", "content": QUESTION}], **_FIELDS}
    try:
        answer = await server.http.post(f"{server.base_url}/chat/completions", payload, billed=False)
        tokens = read_completion(answer, who=server.who).tokens
    except ServiceError as error:
        raise PublishError(f"the model {model!r} was published, and does not answer: {error}") from error
    if tokens is None:
        raise PublishError(
            f"{server.who} does not say which tokens it sampled; expected token ids and log-probabilities, which "
            "training needs too. vLLM returns them since 0.10.2."
        )
    return tokens


def mean_gap(some: Sequence[float], others: Sequence[float]) -> float:
    """How far log-probabilities of the same tokens are apart, on the mean, in nats; infinite where there are none."""
    gaps = _differences(some, others)
    return sum(map(abs, gaps)) / len(gaps) if gaps else float("inf")


def is_alike(before: TokenSpan, now: TokenSpan, *, tolerance: float) -> bool:
    """Whether two answers can be of the same weights: they begin with the same tokens, told with the same numbers."""
    same = _same_tokens(before, now)
    return same > 0 and mean_gap(before.logprobs[:same], now.logprobs[:same]) <= tolerance


def kept_the_older(before: Probed, now: Probed) -> bool:
    """Whether a server goes on with older weights: its numbers stayed where they were, and should have moved.

        s_t = served_t now - served_t before        d_t = the same of the weights that it should have
        odds = T/2 * log( sum (s_t - d_t)^2 / sum s_t^2 )

    The odds are those of "s is noise" against "s is d and noise", each with the noise that fits it best. Whatever an
    engine is off by on a token is in both terms of s and falls out; where d is below the noise, nothing is decided.
    """
    same = _same_tokens(before.tokens, now.tokens)
    if same < len(before.tokens.reply) / 2:
        return False  # it goes on in other words
    moved = _differences(now.tokens.logprobs[:same], before.tokens.logprobs[:same])
    expected = _differences(now.own[:same], before.own[:same])
    off = _squares(_differences(moved, expected)) / _squares(moved)
    return same / 2 * log(off) > _ODDS


def _squares(numbers: Sequence[float]) -> float:
    """Their sum of squares, and what rounding adds to it."""
    return sum(number**2 + _ROUNDING**2 for number in numbers)


def _same_tokens(before: TokenSpan, now: TokenSpan) -> int:
    """How many tokens two replies to one prompt begin with in common.

    An engine that works on several conversations at once may round in another way and go on with another token.
    """
    if before.context != now.context:
        return 0
    pairs = zip(before.reply, now.reply, strict=False)
    return next(
        (place for place, (one, other) in enumerate(pairs) if one != other), min(len(before.reply), len(now.reply))
    )


def _differences(some: Sequence[float], others: Sequence[float]) -> list[float]:
    return [one - other for one, other in zip(some, others, strict=True)]
