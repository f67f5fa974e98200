"""What is learned once and then shared: whoever asks for the same waits, whoever asks for something else does not."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Turns:
    """One lock for each key, alive while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._turns: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()

    def of(self, key: Hashable) -> Any:
        """The lock of a key, which one thread may take several times."""
        with self._lock:
            return self._turns.setdefault(key, RLock())


class Once:
    """Answers by key, each learned on first use; the `most` that were used last are kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = RLock()
        self._turns = Turns()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        """Whether the answer of a key is there at once."""
        return key in self._kept

    def of(self, key: Hashable, learn: Callable[[], T]) -> T:
        """What was learned under a key. What `learn` raises is not kept: who waited tries again."""
        with self._turns.of(key):
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            learned = learn()
            with self._lock:
                self._kept[key] = learned
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            return learned
