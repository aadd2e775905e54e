"""Arrays in, arrays out: the computations that SQL is too slow for."""
