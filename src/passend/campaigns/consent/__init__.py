"""Consent: what may be sent to whom on which ground, and the record that says so."""
