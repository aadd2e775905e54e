"""Results: what offers really earned, against hold-outs, and how sure that is."""

from passend.results.effects import PROGRAMME, Measured, Sums, measure
from passend.results.figures import PROFIT
from passend.results.goal import Goal
from passend.results.measured import CannotBeMeasured, Effect

__all__ = ["PROFIT", "PROGRAMME", "CannotBeMeasured", "Effect", "Goal", "Measured", "Sums", "measure"]
