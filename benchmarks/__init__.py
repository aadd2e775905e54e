"""What passend can do, measured: each bar beside its value and its baseline."""
