"""Probability distributions, loaded when they are first asked for: a server that starts does not wait for them."""

from typing import Any

#: A number for numbers, an array for arrays, as SciPy has it.
Floats = Any


def ndtr(x: Floats) -> Floats:
    """Share of a standard normal below ``x``."""
    from scipy import special  # noqa: PLC0415

    return special.ndtr(x)


def ndtri(share: Floats) -> Floats:
    """Value below which this share of a standard normal lies."""
    from scipy import special  # noqa: PLC0415

    return special.ndtri(share)


def betainc(a: Floats, b: Floats, x: Floats) -> Floats:
    """Share of a beta distribution below ``x``."""
    from scipy import special  # noqa: PLC0415

    return special.betainc(a, b, x)


def chdtrc(freedom: Floats, x: Floats) -> Floats:
    """Share of a chi-square distribution above ``x``."""
    from scipy import special  # noqa: PLC0415

    return special.chdtrc(freedom, x)


def stdtrit(freedom: Floats, share: Floats) -> Floats:
    """Value below which this share of Student's t lies."""
    from scipy import special  # noqa: PLC0415

    return special.stdtrit(freedom, share)
