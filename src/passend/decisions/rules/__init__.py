"""The firm's rules on offers: ``rules.yaml``, read, checked and ready to apply."""

from passend.decisions.rules.contradictions import Finding, Known, findings, insist
from passend.decisions.rules.load import load_rules
from passend.decisions.rules.schema import Rules

__all__ = ["Finding", "Known", "Rules", "findings", "insist", "load_rules"]
