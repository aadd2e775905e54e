"""Large counts in bounded memory: parts are counted side by side and handed out in order.

Nothing piles up: a part is begun only when the one `workers` places before it has been taken by the consumer,
who may keep, filter or write it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Scratch = TypeVar("Scratch")
Block = TypeVar("Block")
Task = TypeVar("Task")

Part = tuple[int, int]
"""First row and the row after the last."""


def usable_cores() -> int:
    """The cores this process may use, which in a container can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(work: Callable[[Task], Block], tasks: Sequence[Task], workers: int) -> list[Block]:
    """Run `work` on every task, `workers` at a time; the kernels let go of the interpreter's lock."""
    if workers < 2 or len(tasks) < 2:
        return [work(task) for task in tasks]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, tasks))


def cut(work: NDArray[np.int64], room: NDArray[np.int64], *, most_work: int, most_room: int) -> list[Part]:
    """Cut rows into consecutive parts; none exceeds the limits unless a single row does.

    Args:
        work: int64 (rows), the steps each row takes.
        room: int64 (rows), the most results each row can have.
        most_work: The steps a part may take, so that threads finish together.
        most_room: The results a part may have, so that memory stays bounded.
    """
    work_so_far = np.concatenate([[0], np.cumsum(work)])
    room_so_far = np.concatenate([[0], np.cumsum(room)])
    parts = []
    first = 0
    while first < len(work):
        by_work = np.searchsorted(work_so_far, work_so_far[first] + most_work, side="right") - 1
        by_room = np.searchsorted(room_so_far, room_so_far[first] + most_room, side="right") - 1
        last = max(first + 1, int(min(by_work, by_room)))
        parts.append((first, last))
        first = last
    return parts


def stream(
    parts: list[Part], count: Callable[[Part, Scratch], Block], scratch: Callable[[], Scratch], workers: int
) -> Iterator[Block]:
    """Count the parts in threads and yield their blocks in the order of the parts.

    Args:
        parts: What to count.
        count: Counts one part with one scratch space; lets go of the interpreter's lock.
        scratch: Makes a scratch space; there are never more than `workers`.
        workers: The number of threads.
    """
    workers = max(1, min(workers, len(parts)))
    spaces: SimpleQueue[Any] = SimpleQueue()
    for _ in range(workers):
        spaces.put(None)

    def run(part: Part) -> Block:
        space = spaces.get()
        try:
            space = scratch() if space is None else space
            return count(part, space)
        finally:
            spaces.put(space)

    with ThreadPoolExecutor(workers) as pool:
        ahead: deque[Future[Block]] = deque()
        try:
            for part in parts:
                ahead.append(pool.submit(run, part))
                if len(ahead) > workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            # A consumer that stops early does not wait for parts nobody has begun.
            for future in ahead:
                future.cancel()
