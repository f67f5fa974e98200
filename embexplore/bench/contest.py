"""What a row of the benchmark table is, and how it is run: check first, then take turns, keep the best.

The machine may be busy: single times say little. Contestants run one after the other, several times
over, and the fastest turn of each counts, so a ratio compares times taken side by side.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Work = Callable[[], object]


@dataclass(frozen=True)
class Goal:
    """One target of a row.

    Attributes
    ----------
    kind : {"times", "limit", "seconds"}
        `times`: at least `value` times as fast as the fastest peer (or as `peer`). `limit`: the limit takes at
        least `value` of our time. `seconds`: at most `value` seconds, at full size.
    """

    kind: Literal["times", "limit", "seconds"]
    value: float
    peer: str | None = None

    def ratio(self, ours: float, limit: float | None, peers: Mapping[str, float]) -> float | None:
        """How much of the goal was reached, 1 and more is met; None where there is nothing to compare with."""
        if self.kind == "seconds":
            return self.value / ours
        if self.kind == "limit":
            return None if limit is None else limit / ours / self.value
        against = peers.get(self.peer) if self.peer else min(peers.values(), default=None)
        return None if against is None else against / ours / self.value

    def __str__(self) -> str:
        """The target as the table prints it."""
        if self.kind == "seconds":
            return f"≤ {self.value * 1e3:g} ms"
        if self.kind == "limit":
            return f"≥ {self.value:.0%} of limit"
        return f"≥ {self.value:g}× {self.peer or 'peers'}"


@dataclass(frozen=True)
class Contest:
    """The same work by us and by others.

    Attributes
    ----------
    ours : callable
    check : callable
        Compares our answer with float64 arithmetic; raises WrongAnswer.
    limit : callable, optional
        What no program can do without: reading the input once, or copying it.
    peers : mapping of str to callable
        The same work by other libraries; those not installed are left out.
    goals : sequence of Goal
    """

    ours: Work
    check: Work
    limit: Work | None = None
    peers: Mapping[str, Work] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True)
class Row:
    """What was measured, in seconds."""

    name: str
    ours: float
    limit: float | None
    peers: Mapping[str, float]
    goals: tuple[Goal, ...]

    @property
    def reached(self) -> tuple[float | None, ...]:
        """How much of every goal was reached; see `Goal.ratio`."""
        return tuple(goal.ratio(self.ours, self.limit, self.peers) for goal in self.goals)


class WrongAnswer(ArithmeticError):
    """A benchmark whose answer is wrong is not timed."""


def demand(is_right: bool, what: str) -> None:
    """Raise WrongAnswer unless the answer is right."""
    if not is_right:
        raise WrongAnswer(f"{what}: differs from the float64 answer by more than float32 explains.")


def race(name: str, contest: Contest, rounds: int) -> Row:
    """Check the answer, then time everybody in turns."""
    contest.check()
    runners: dict[str, Work] = {"ours": contest.ours, **{f"peer {peer}": work for peer, work in contest.peers.items()}}
    if contest.limit is not None:
        runners["limit"] = contest.limit
    best = dict.fromkeys(runners, float("inf"))
    for turn in range(rounds + 1):
        for runner, work in runners.items():
            start = time.perf_counter()
            work()
            if turn:  # the first turn warms caches and compiles
                best[runner] = min(best[runner], time.perf_counter() - start)
    peers = {peer: best[f"peer {peer}"] for peer in contest.peers}
    return Row(name, best["ours"], best.get("limit"), peers, contest.goals)
