"""What the config of an evolution must not say: what cannot be, and what nothing would read, is refused in words.

It looks at settings alone, so that nothing is loaded, asked or written before.
"""

from ..config import RequestSettings, RunConfig
from ..errors import UsageError
from ..pipeline import AgentSettings
from ..world.settings import WorldSettings
from .small_world import PROVIDER, drawn_in

_OF_THE_WORLD = ("search", "index", "skills", "system_prompt", "tools", "text_only")
"""Settings of an agent that the small world brings along."""
_AS_IN_THE_WORLD = {"search": PROVIDER, "text_only": True}
"""What the `config.toml` of a run in the small world says of them."""
_JUDGES_OF_THE_WORLD = {"computed", "computed-program"}
"""That its runs are judged by, also afterwards."""


def refuse_unfit(config: RunConfig) -> None:
    """Nothing, where a policy can be evolved with these settings and each of them has a meaning.

    Raises:
        UsageError: one cannot be, or would have no effect; says which, and what to do.
    """
    agent, requests = config.agent or AgentSettings(), config.requests or RequestSettings()
    if agent.served.dialect != "tagged":
        raise UsageError(
            f"dialect under [agent.served] is {agent.served.dialect!r}, and a policy is trained in the tagged dialect "
            "alone: its prompt and the tokens that it learns from are of that one. Set it to 'tagged', or leave it out."
        )
    if config.world is not None:
        _refuse_beside_world(config, config.world, agent)
    _refuse_of_held_out(requests, in_world=config.world is not None)


def _refuse_beside_world(config: RunConfig, world: WorldSettings, agent: AgentSettings) -> None:
    plain = AgentSettings()
    changed = [
        name
        for name in _OF_THE_WORLD
        if getattr(agent, name) not in (getattr(plain, name), _AS_IN_THE_WORLD.get(name, getattr(plain, name)))
    ]
    given = [
        *(["[[judges]]"] if {judge.judge for judge in config.judges or ()} - _JUDGES_OF_THE_WORLD else []),
        *(["[draw]"] if config.draw not in (None, drawn_in(world)) else []),
        *(f"{name} under [agent]" for name in changed),
    ]
    if given:
        raise UsageError(
            "the small world brings its own search, skills, words, canvas and judges, so these have no effect in it: "
            f"{', '.join(given)}. Leave them out, or leave [world] out."
        )


def _refuse_of_held_out(requests: RequestSettings, *, in_world: bool) -> None:
    """Nothing, where what is said of held-out requests is said of some that there are."""
    is_of_world = in_world and requests.held_out is None
    if requests.held_out_split != "validation" and not is_of_world:
        raise UsageError(
            "held_out_split under [requests] chooses among the small world's own requests, and those that are held "
            "out here are not; leave it out"
        )
    if requests.held_out_count is not None and requests.held_out is None and not in_world:
        raise UsageError(
            "held_out_count under [requests] has no effect, because nothing is held out; set held_out to a file of "
            "requests, or leave the count out"
        )
