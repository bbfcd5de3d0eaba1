"""Batches across images: tiles of one shape gather in a bucket until it is full."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


class Buckets(Generic[Key, Item]):
    """Items gathered by key; a bucket is handed out when full, or as the oldest.

    What is handed out depends only on the order in which items came.
    """

    def __init__(self, limit: Callable[[Key], int]) -> None:
        self._limit = limit
        self._items: dict[Key, list[Item]] = {}  # in the order of each bucket's first item
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, key: Key, item: Item) -> list[Item] | None:
        """Add an item; return its bucket's items if that is full now."""
        bucket = self._items.setdefault(key, [])
        bucket.append(item)
        self._count += 1
        return self._pop(key) if len(bucket) >= self._limit(key) else None

    def pop_oldest(self) -> list[Item]:
        """Return the bucket that holds the item that has waited longest."""
        return self._pop(next(iter(self._items)))

    def _pop(self, key: Key) -> list[Item]:
        items = self._items.pop(key)
        self._count -= len(items)
        return items
