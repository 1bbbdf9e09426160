"""What a run may cost, in calls and in money, and what it has cost so far.

A call is admitted before it is sent, at the most that it could cost, and
settled afterwards at what it did cost. So the sum never passes the limit, and
what has no price is counted, told, and taken for free.
"""

import re
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from ..errors import BudgetError, ServiceError, UsageError
from ..records import Record

CallKind = Literal["policy", "search", "image_search", "download", "render", "judge", "writer", "embed"]
_LIMIT = re.compile(r"\s*\$?\s*(\d+(?:\.\d+)?)\s*(usd|\$|calls?)?\s*", re.IGNORECASE)


class Prices(Record):
    """What calls cost, in US dollars; None where it is not known."""

    policy_prompt: float | None = Field(default=None, ge=0)
    """A million tokens that the policy reads."""
    policy_reply: float | None = Field(default=None, ge=0)
    """A million tokens that the policy writes."""
    search: float | None = Field(default=None, ge=0)
    """One query for text."""
    image_search: float | None = Field(default=None, ge=0)
    """One query for images."""
    render: float | None = Field(default=None, ge=0)
    """One picture."""
    judge: float | None = Field(default=None, ge=0)
    """One question to a judge; one that repairs its reply is another."""
    writer: float | None = Field(default=None, ge=0)
    """One question to a model that writes lessons; one that repairs its reply is another."""
    embed: float | None = Field(default=None, ge=0)
    """One call to a served embedder, of as many texts as it takes at once."""

    def of(self, kind: CallKind, *, prompt_tokens: int = 0, reply_tokens: int = 0) -> float | None:
        """The price of one call; None where it has none."""
        match kind:
            case "policy":
                if self.policy_prompt is None or self.policy_reply is None:
                    return None
                return (prompt_tokens * self.policy_prompt + reply_tokens * self.policy_reply) / 1e6
            case "search":
                return self.search
            case "image_search":
                return self.image_search
            case "render":
                return self.render
            case "judge":
                return self.judge
            case "writer":
                return self.writer
            case "embed":
                return self.embed
            case "download":
                return 0.0


@dataclass(slots=True)
class Admission:
    """One admitted call; `cost` is set to what it did cost, once that is known."""

    cost: float


class Budget:
    """Counts every call of a command, and admits none that could pass the limit."""

    def __init__(self, *, usd: float | None = None, calls: int | None = None, prices: Prices | None = None) -> None:
        """A budget; without limits it only counts.

        Args:
            usd: the most that may be spent, in US dollars.
            calls: the most calls that may be sent; downloads are free and not counted against it.
            prices: what calls cost.
        """
        self._usd = usd
        self._most_calls = calls
        self.prices = prices or Prices()
        self._reserved = 0.0
        self.spent_usd = 0.0
        self.calls: Counter[CallKind] = Counter()
        self.unpriced: Counter[CallKind] = Counter()

    @classmethod
    def parse(cls, text: str, prices: Prices | None = None) -> "Budget":
        """A budget written "5usd", "$5" or "200calls".

        Raises:
            UsageError: it is neither, or limits money where nothing has a price.
        """
        match = _LIMIT.fullmatch(text)
        if match is None or not (match[2] or "$" in text):
            raise UsageError(f"--budget is {text!r}; expected money or calls, such as 5usd or 200calls")
        if (match[2] or "").lower().startswith("call"):
            if not match[1].isdecimal():
                raise UsageError(f"--budget is {text!r}; expected a whole number of calls, such as 200calls")
            return cls(calls=int(match[1]), prices=prices)
        if prices is None or prices == Prices():
            raise UsageError(
                "--budget limits money, and nothing has a price; write a [prices] table into a file for --config, "
                "such as policy_prompt = 0.3 and policy_reply = 1.2 (US dollars a million tokens), render = 0.04"
            )
        return cls(usd=float(match[1]), prices=prices)

    @contextmanager
    def admit(self, kind: CallKind, *, at_most: float | None) -> Generator[Admission]:
        """Send one call within; `at_most` is the highest price it can have, None where it has none.

        Raises:
            BudgetError: it could pass the limit; nothing is counted then.
        """
        counted = sum(self.calls.values()) - self.calls["download"]
        if self._most_calls is not None and kind != "download" and counted >= self._most_calls:
            raise BudgetError(f"the budget of {self._most_calls:,} calls is used up")
        most = at_most or 0.0
        if self._usd is not None and self.spent_usd + self._reserved + most > self._usd * (1 + 1e-9):
            raise BudgetError(
                f"the next call ({kind}, up to {most:.4f} USD) could pass the budget of {self._usd:g} USD; "
                f"{self.spent_usd:.4f} USD are spent"
            )
        self.calls[kind] += 1
        if at_most is None:
            self.unpriced[kind] += 1
        self._reserved += most
        admission = Admission(cost=most)
        try:
            yield admission
        finally:
            self._reserved -= most
            self.spent_usd += admission.cost

    def in_words(self) -> list[str]:
        """What was sent and spent, a line each."""
        if not self.calls:
            return ["nothing was sent"]
        lines = [", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in self.calls.items()) + " calls"]
        if self._usd is not None or self.spent_usd:
            of = f" of {self._usd:g}" if self._usd is not None else ""
            lines.append(f"{self.spent_usd:.4f}{of} USD by the configured prices")
        if self._usd is not None and self.unpriced:
            lines.append(f"no price is configured for {', '.join(sorted(self.unpriced))}: taken for free")
        return lines


@contextmanager
def one_call(budget: Budget | None, kind: CallKind) -> Generator[None]:
    """Send one call within whose price is known beforehand; where there is no budget, it is not counted.

    Raises:
        BudgetError: it could pass the limit; nothing is counted then.
    """
    if budget is None:
        yield
        return
    with budget.admit(kind, at_most=budget.prices.of(kind)) as admission:
        try:
            yield
        except ServiceError as error:
            if not error.may_have_served:
                admission.cost = 0.0  # nobody was there, or nobody took it
            raise
