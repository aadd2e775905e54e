"""Campaigns at work: plan, publish, enter, walk on, send, answer, and tell why. The faces call nothing else."""
