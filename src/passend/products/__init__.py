"""Products: which go together, what replaces what, and what comes next."""
