"""Keys and values of what models have read: of conversations that go on side by side, and of those that may be resumed.

Legend: B conversations, H heads, L tokens so far, D width of a head.

Side by side, conversations are padded on the left, so that all of them speak at
the right end. What a conversation has read is kept after its reply; whoever
comes with a prompt that begins with the same ids and the same pictures, the same
conversation at its next turn or another attempt at its request, goes on from there.
"""

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

import numpy as np
import torch
from transformers.cache_utils import Cache, DynamicLayer

from .encode import Prompt

Layers = list[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values of each layer, (B, H, L, D)."""
_MARK = 8
"""Bytes of a token's mark."""
_ROOM = 256
"""Tokens that a layer makes room for at once: joining tensors for every token would copy all of them every time."""


class GrowingLayer(DynamicLayer):
    """A layer's keys and values with room for more behind them."""

    def __init__(self, keys: torch.Tensor | None = None, values: torch.Tensor | None = None) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self._store: list[torch.Tensor] = []
        if keys is not None and values is not None:
            self.update(keys, values)

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        *args: Any,  # noqa: ARG002 - of caches that are unlike this one
        **kwargs: Any,  # noqa: ARG002 - of caches that are unlike this one
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add what was read, and return all of it."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self._store = [key_states[:, :, :0], value_states[:, :, :0]]
        begin = self.get_seq_length()
        end = begin + key_states.shape[-2]
        if end > self._store[0].shape[-2]:
            self._store = [_with_room(store, begin, end + _ROOM) for store in self._store]
        for store, states in zip(self._store, (key_states, value_states), strict=True):
            store[:, :, begin:end] = states
        self.keys, self.values = (store[:, :, :end] for store in self._store)
        return self.keys, self.values


def _with_room(store: torch.Tensor, length: int, capacity: int) -> torch.Tensor:
    roomy = store.new_zeros((*store.shape[:2], capacity, store.shape[3]))
    roomy[:, :, :length] = store[:, :, :length]
    return roomy


def cache_of(layers: Layers, *, depth: int) -> Cache:
    """A cache that holds these layers; an empty one of that depth where there are none."""
    made = [GrowingLayer(keys, values) for keys, values in layers] or [GrowingLayer() for _ in range(depth)]
    return Cache(layers=cast(Any, made))


def layers_of(cache: Cache, *, row: int = 0, length: int | None = None) -> Layers:
    """The last `length` tokens of one conversation of a cache, as copies."""
    return [(_tail(layer.keys, row, length), _tail(layer.values, row, length)) for layer in _growing(cache)]


def restacked(cache: Cache | None, rows: Sequence[tuple[int, int]], newcomers: Sequence[Layers]) -> Cache:
    """A cache of some conversations of another one, followed by newcomers, each padded on the left.

    Layer by layer, so that at most one layer is there twice.

    Args:
        rows: of those that stay: their row in the cache, and their length.
    """
    lengths = [length for _, length in rows] + [layers[0][0].shape[-2] for layers in newcomers]
    old = _growing(cache) if cache is not None else []
    made: list[GrowingLayer] = []
    for depth in range(len(old) or len(newcomers[0])):
        keys = [_tail(old[depth].keys, row, length) for row, length in rows]
        values = [_tail(old[depth].values, row, length) for row, length in rows]
        keys += [layers[depth][0] for layers in newcomers]
        values += [layers[depth][1] for layers in newcomers]
        made.append(GrowingLayer(_padded(keys, max(lengths)), _padded(values, max(lengths))))
        if old:
            old[depth] = GrowingLayer()
    return Cache(layers=cast(Any, made))


def _growing(cache: Cache) -> list[Any]:
    return cast(list[Any], cache.layers)


def _tail(states: torch.Tensor, row: int, length: int | None) -> torch.Tensor:
    begin = 0 if length is None else states.shape[-2] - length
    return states[row : row + 1, :, begin:].clone()


def _padded(states: Sequence[torch.Tensor], length: int) -> torch.Tensor:
    return torch.cat([torch.nn.functional.pad(one, (0, 0, length - one.shape[-2], 0)) for one in states])


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The beginning of a prompt that was read before."""

    length: int
    images: int
    """Pictures that stand in it, whole."""
    layers: Layers


class Prefixes:
    """What was read, by its ids; the least lately used goes first when there is too much.

    Of sorted sequences, the one that has most in common with another stands beside the place of that other.
    """

    def __init__(self, *, max_tokens: int, image_id: int | None) -> None:
        self._max_tokens = max_tokens
        self._image_id = image_id
        self._entries: OrderedDict[bytes, Layers] = OrderedDict()
        self._sorted: list[bytes] = []
        self._tokens = 0

    def find(self, prompt: Prompt) -> Known | None:
        """The longest beginning of a prompt that is known, at least one token short of all of it; None if none is."""
        wanted = self._marked(prompt)
        at = bisect_right(self._sorted, wanted)
        beside = self._sorted[max(0, at - 1) : at + 1]
        best, name = max(((_common(wanted, known), known) for known in beside), default=(0, b""))
        best = self._whole_pictures(prompt, min(best, len(prompt.ids) - 1))
        if best <= 0:
            return None
        self._entries.move_to_end(name)
        layers = [(keys[:, :, :best], values[:, :, :best]) for keys, values in self._entries[name]]
        return Known(length=best, images=self._pictures_in(prompt, best), layers=layers)

    def keep(self, prompt: Prompt, layers: Layers) -> None:
        """Remember what was read of a prompt; what is a beginning of it need not be remembered any more."""
        length = layers[0][0].shape[-2]
        marks = self._marked(prompt)[: length * _MARK]
        if length > self._max_tokens:
            return
        end = bisect_right(self._sorted, marks)
        while end:
            known = self._sorted[end - 1]
            shared = _common(marks, known) * _MARK
            if shared == len(known):
                self._drop(known)
            # Whatever else is a beginning of it is one of what the two share.
            end = min(end - 1, bisect_right(self._sorted, marks[:shared]))
        insort(self._sorted, marks)
        self._entries[marks] = layers
        self._tokens += length
        while self._tokens > self._max_tokens:
            self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Forget everything, as new weights demand."""
        self._entries.clear()
        self._sorted.clear()
        self._tokens = 0

    def _drop(self, name: bytes) -> None:
        del self._entries[name]
        del self._sorted[bisect_left(self._sorted, name)]
        self._tokens -= len(name) // _MARK

    def _marked(self, prompt: Prompt) -> bytes:
        """The ids, `_MARK` bytes each, with every picture's replaced by a number that tells it from others."""
        marks = np.array(prompt.ids, dtype=np.int64)
        begin = 0
        for image in prompt.images:
            begin = prompt.ids.index(cast(int, self._image_id), begin)
            name = blake2b(image.digest.encode(), digest_size=7).digest()
            marks[begin : begin + image.tokens] = -1 - int.from_bytes(name)
            begin += image.tokens
        return marks.tobytes()

    def _whole_pictures(self, prompt: Prompt, length: int) -> int:
        """The length without the part of a picture at its end."""
        cuts_picture = 0 < length < len(prompt.ids) and prompt.ids[length] == prompt.ids[length - 1] == self._image_id
        while cuts_picture and length and prompt.ids[length - 1] == self._image_id:
            length -= 1
        return length

    def _pictures_in(self, prompt: Prompt, length: int) -> int:
        tokens, count = prompt.ids[:length].count(cast(int, self._image_id)) if prompt.images else 0, 0
        while tokens > 0:
            tokens -= prompt.images[count].tokens
            count += 1
        return count


def _common(one: bytes, other: bytes) -> int:
    """How many marks the two have in common from the beginning."""
    length = min(len(one), len(other)) // _MARK
    first, second = (np.frombuffer(marks, dtype=np.int64, count=length) for marks in (one, other))
    differs = np.flatnonzero(first != second)
    return int(differs[0]) if len(differs) else length
