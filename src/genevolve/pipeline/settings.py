"""How a run is made: the settings of the agent and of what draws."""

from pydantic import Field, JsonValue

from ..http.keys import Address
from ..policy import ServedSettings
from ..records import Record, Sampling, Size

NO_SKILLS = "none"
"""In place of a folder: the tool is there and has nothing to read, for ablations."""


class AgentSettings(Record):
    """How trajectories are made."""

    policy: str = "planner"
    served: ServedSettings = ServedSettings()
    """How the policy "served" is asked."""
    search: str = "atlas"
    """Name of the provider, or several with commas."""
    index: str | None = None
    """The index file that the "local" provider reads."""
    skills: str | None = None
    """A folder of further skills, or `NO_SKILLS`."""
    system_prompt: str | None = None
    """A file that replaces the system prompt; a checkpoint does best with the one it was trained on."""
    tools: tuple[str, ...] = ("search", "image_search", "query_knowledge")
    text_only: bool = False
    """Show the policy no pictures, as the released runtime does."""
    attempts: int = Field(default=1, ge=1, le=1000)
    sampling: Sampling = Sampling()


class DrawSettings(Record):
    """How programs are drawn."""

    renderer: str = "sketch"
    model: str | None = None
    urls: tuple[Address, ...] = ()
    """Base addresses of the renderer's servers; several are used in turn."""
    size: Size | None = None
    """None: after the first reference."""
    seed: int = 0
    settings: dict[str, JsonValue] = {}
    """Further fields that are passed to the renderer, such as `num_inference_steps`."""
