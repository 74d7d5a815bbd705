# SPDX-License-Identifier: Apache-2.0
"""
The order in which arrivals are worked off: the urgent overtakes the bulky, and nothing starves.

Not safe between threads: its owner holds a lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from exchange.edge.broker import Arrival
from exchange.model.priority import Priority

TURN = 16  # every so many arrivals the longest waiting class has its turn, whatever its rank


class ArrivalHeap:
    """A first-in-first-out line for each class."""

    def __init__(self) -> None:
        self._lines: dict[Priority, deque[tuple[int, Arrival]]] = {p: deque() for p in Priority}
        self._pushed = 0
        self._popped = 0
        self.size_bytes = 0  # of the bodies

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def push(self, arrival: Arrival) -> None:
        self._pushed += 1
        self.size_bytes += len(arrival.body)
        self._lines[arrival.priority].append((self._pushed, arrival))

    def has_only(self, priority: Priority) -> bool:
        """Whether nothing of another class waits."""
        return not any(line for other, line in self._lines.items() if other is not priority)

    def clear(self) -> None:
        self.drop(lambda _arrival: True)

    def drop(self, is_void: Callable[[Arrival], bool]) -> list[Arrival]:
        """Forget those that will come again by another way; which they are."""
        void = [item[1] for line in self._lines.values() for item in line if is_void(item[1])]
        for priority, line in self._lines.items():
            self._lines[priority] = deque(item for item in line if not is_void(item[1]))
        self.size_bytes -= sum(len(arrival.body) for arrival in void)
        return void

    def take(self, *, most: int, most_bytes: int) -> list[Arrival]:
        """See `Intake.take`."""
        taken: list[Arrival] = []
        size = 0
        while len(taken) < most and (line := self._next_line()) is not None:
            size += len(line[0][1].body)
            if taken and size > most_bytes:
                break
            taken.append(line.popleft()[1])
            self._popped += 1
        self.size_bytes -= sum(len(arrival.body) for arrival in taken)
        return taken

    def _next_line(self) -> deque[tuple[int, Arrival]] | None:
        waiting = [line for line in self._lines.values() if line]
        if not waiting:
            return None
        if self._popped % TURN == TURN - 1:
            return min(waiting, key=lambda line: line[0][0])
        return waiting[0]  # dictionaries keep order, and Priority is declared soonest first
