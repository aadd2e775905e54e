"""The simulated market: shops to try everything on."""
