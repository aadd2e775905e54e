"""Work on the next part of a file while the one before is still being looked at: two cores read in half the time."""

import queue
import threading
from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

#: Parts that wait to be taken; each is some tens of thousands of rows.
_WAITING = 2
_SECONDS = 0.1


def ahead(parts: Iterator[T]) -> Generator[T, None, None]:
    """The same parts in the same order, made in a thread of their own.

    An error that ends the making ends the taking, too; who takes no more parts ends the making.
    """
    maker = _Maker(parts)
    thread = threading.Thread(target=maker.make, daemon=True)
    thread.start()
    try:
        while (made := maker.made.get()) is not None:
            if isinstance(made, BaseException):
                raise made
            yield made[0]
    finally:
        maker.given_up.set()
        thread.join()


class _Maker(Generic[T]):
    """Makes parts until there are none, or until nobody wants them."""

    def __init__(self, parts: Iterator[T]) -> None:
        self._parts = parts
        #: A part, the error that ended the making, or None at the end.
        self.made: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(_WAITING)
        self.given_up = threading.Event()

    def make(self) -> None:
        """What the thread does."""
        end: BaseException | None = None
        try:
            for part in self._parts:
                if not self._hand_over((part,)):
                    break
        except BaseException as error:  # noqa: BLE001 - it is raised again where the parts are taken
            end = error
        finally:
            if isinstance(self._parts, Generator):
                self._parts.close()  # files are closed here and now, not when somebody tidies up
        self._hand_over(end)

    def _hand_over(self, made: tuple[T] | BaseException | None) -> bool:
        while not self.given_up.is_set():
            try:
                self.made.put(made, timeout=_SECONDS)
            except queue.Full:
                continue
            return True
        return False
