"""The simulated market: customers with hidden tastes, and the truth to judge by.

``world`` is the market; ``play`` lets policies play it; ``truth`` tells what would have been, to judges alone.
"""
