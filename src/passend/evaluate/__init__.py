"""Judge recommendations honestly: protocols, baselines, measures, intervals."""

from passend.evaluate.evaluation import Protocol, evaluate
from passend.evaluate.plot import plot
from passend.evaluate.report import EvaluationReport, EvaluationRow, Lift

__all__ = ["EvaluationReport", "EvaluationRow", "Lift", "Protocol", "evaluate", "plot"]
