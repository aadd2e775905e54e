"""The worker: carries campaigns on, tick by tick, and sleeps until something is due."""

from passend.worker.loop import Loop

__all__ = ["Loop"]
