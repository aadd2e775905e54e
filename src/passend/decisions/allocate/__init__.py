"""The most valuable choice of offers under the firm's limits: prices, repair, certificate."""

from passend.decisions.allocate.dual import respond
from passend.decisions.allocate.parts import Ask
from passend.decisions.allocate.problem import Problem
from passend.decisions.allocate.repair import Allocation, allocate, gains

__all__ = ["Allocation", "Ask", "Problem", "allocate", "gains", "respond"]
