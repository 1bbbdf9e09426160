"""What a run would call, for `--dry-run`: counted from what is there, without asking anyone."""

from collections.abc import Iterable

from ..errors import UsageError
from ..judge import JudgeSettings
from ..judge.base import QUESTIONS_AT_MOST
from ..pipeline import Agent, AgentSettings, DrawSettings
from ..records import Request
from ..search import OFFLINE_PROVIDERS
from ..store.budget import Budget


def plan(
    agent: Agent,
    requests: list[Request],
    how: AgentSettings,
    drawn_by: DrawSettings | None,
    *,
    budget: Budget,
) -> list[str]:
    """A line for each thing that would be asked, with the most calls and, where prices are known, the most money."""
    wanted = len(requests) * how.attempts
    missing = wanted - _done(agent, requests, how.attempts)
    limits = how.sampling.limits
    where = f" at {how.served.base_url or 'OPENAI_BASE_URL'}" if how.policy == "served" else ", no server"
    lines = [
        f"attempts   {missing:,} of {wanted:,} are still to be made",
        f"policy     {how.policy}{where}: at most {missing * limits.max_calls:,} calls",
        f"search     {how.search}{_is_here(how.search)}: at most {missing * limits.max_tool_calls:,} tool calls",
    ]
    if drawn_by is not None:
        where = f" at {', '.join(drawn_by.urls)}" if drawn_by.urls else ""
        lines.append(f"renderer   {drawn_by.renderer}{where}: at most {missing:,} pictures of programs still to come")
    lines += _most_money(how, drawn_by, missing, budget)
    return [*lines, "nothing was sent"]


def plan_judges(judges: Iterable[JudgeSettings], attempts: int, budget: Budget) -> list[str]:
    """A line for each judge, with the most judgements of attempts still to come, and what they cost at most."""
    return [
        f"judge      {settings.judge}: at most {attempts:,} judgements; {most_of_judging(settings, attempts, budget)}"
        for settings in judges
    ]


def most_of_judging(settings: JudgeSettings, judgements: int, budget: Budget) -> str:
    """The most calls that judgements take, where each reply has to be repaired, and their price where it is known."""
    if settings.computes:
        return "here, no model"
    calls, price = judgements * QUESTIONS_AT_MOST, budget.prices.of("judge")
    money = "no price is configured" if price is None else f"at most {calls * price:.2f} USD by the configured prices"
    return f"at most {calls:,} calls; {money}"


def _done(agent: Agent, requests: list[Request], attempts: int) -> int:
    known = agent.run.read_trajectories()
    try:
        return sum(agent.id_of(request, attempt) in known for request in requests for attempt in range(attempts))
    except UsageError:  # a served model that is not named is known only by asking
        return 0


def _is_here(search: str) -> str:
    return " (here, no network)" if set(search.split(",")) <= set(OFFLINE_PROVIDERS) else ""


def _most_money(how: AgentSettings, drawn_by: DrawSettings | None, attempts: int, budget: Budget) -> list[str]:
    limits, prices = how.sampling.limits, budget.prices
    parts = {
        "policy": prices.of(
            "policy",
            prompt_tokens=limits.max_calls * (limits.max_prompt_tokens + limits.max_response_tokens),
            reply_tokens=limits.max_response_tokens,
        )
        if how.policy == "served"
        else 0.0,
        "search": None if prices.search is None else limits.max_tool_calls * 5 * prices.search,
        "render": prices.render if drawn_by and drawn_by.renderer != "sketch" else 0.0,
    }
    if set(how.search.split(",")) <= set(OFFLINE_PROVIDERS):
        parts["search"] = 0.0
    known = {name: price for name, price in parts.items() if price is not None}
    unknown = [name for name, price in parts.items() if price is None]
    lines = [f"money      at most {attempts * sum(known.values()):.2f} USD by the configured prices"]
    if unknown:
        lines.append(f"           no price is configured for {', '.join(unknown)}")
    return lines
