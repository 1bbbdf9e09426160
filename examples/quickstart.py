"""A grounded picture in six lines, synchronous; then two more side by side, asynchronous."""

import asyncio

from genevolve import Attempt, open_agent

agent = open_agent("runs/quickstart")
attempt = agent.answer('A poster of the flag of the country whose capital is Ouagadougou, title "FASO" in bold serif')
if attempt.trajectory.program:
    print(attempt.trajectory.program.prompt)
print(agent.picture(attempt))


async def several(*requests: str) -> list[Attempt]:
    """Side by side, for programs that have an event loop already."""
    return list(await asyncio.gather(*map(agent.attempt, requests)))


for attempt in asyncio.run(several("The flag of Peru above three blue waves", "Five orange stars in a circle")):
    print(agent.picture(attempt))
