"""Results: what offers really earned, against hold-outs. To come."""
