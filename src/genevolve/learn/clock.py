"""Seconds by phase."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import torch


class Clock:
    """Adds up what phases take; on a GPU it waits for a phase's work to be done."""

    def __init__(self, device: torch.device) -> None:
        self.seconds: dict[str, float] = {}
        self._device = device

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """What happens inside is added to the phase."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            if self._device.type == "cuda":
                torch.cuda.synchronize(self._device)
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin
