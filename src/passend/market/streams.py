"""Counter-based randomness: every draw has an address, so that twin worlds use the same numbers.

A draw is a hash of (market seed, customer, week, purpose, place). It does not depend on what was drawn before, so a
world in which a customer was contacted and its twin in which nobody was meet the same luck wherever they do the same
(common random numbers), and a customer's luck does not depend on how many others there are. The hash is SplitMix64's
finaliser (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014), integers only, so that it
gives the same on every machine. Populations and catalogues are drawn once with NumPy's Philox, keyed by purpose.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

#: What a draw is for. Each purpose has its own numbers; places within it tell slots of need apart.
LEAVE, VISIT, BUY, ATTACH, VARIANT, RETURN, SERVICE, WHEN = range(8)
ACCEPT, OPEN, UNSUBSCRIBE, LIFE, BROWSE, TRACE, QUANTITY, RETURN_DAY, ASSIGN = range(8, 17)

Loop = TypeVar("Loop", bound=Callable[..., Any])


def inner(loop: Loop) -> Loop:
    """Compile what only other loops call: without the wrappers for Python, compiling takes half the time."""
    made = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")(loop)
    return cast("Loop", made)


def _inlined(loop: Loop) -> Loop:
    return cast("Loop", numba.njit(inline="always")(loop))


def _cached(loop: Loop) -> Loop:
    return cast("Loop", numba.njit(cache=True)(loop))


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(0xBF58476D1CE4E5B9)
_TWO = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11, _S12 = (np.uint64(n) for n in (30, 27, 31, 11, 12))
_UNIT = 1.0 / 9007199254740992.0


def generator(seed: int, purpose: int) -> np.random.Generator:
    """NumPy's Philox for what is drawn once: 1 catalogue, 2 people, 3 policies, and so on."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, purpose], dtype=np.uint64)))


@_inlined
def mix(x: Any) -> Any:
    """Scatter 64 bits over 64 bits."""
    x = np.uint64(x)  # an int from Python may come as signed, and its shifts would keep the sign
    x = (x ^ (x >> _S30)) * _ONE
    x = (x ^ (x >> _S27)) * _TWO
    return x ^ (x >> _S31)


@_inlined
def page(key: np.uint64, customer: int, week: int) -> Any:
    """The page of numbers of one customer in one week."""
    return mix(mix(np.uint64(key) + np.uint64(customer) * _GOLDEN) + np.uint64(week) * _GOLDEN)


@_inlined
def draw(sheet: np.uint64, purpose: int, place: int) -> float:
    """A number between 0 and 1 from a page."""
    address = (np.uint64(purpose) << _S12) | np.uint64(place)
    return np.float64(mix(sheet + (address + np.uint64(1)) * _GOLDEN) >> _S11) * _UNIT


@_cached
def key_of(seed: int, replica: int) -> Any:
    """The key of a market's numbers; replica 0 is what happens, others are what might have happened."""
    return mix(mix(np.uint64(seed) + _GOLDEN) + np.uint64(replica) * _TWO)


@_cached
def draws(
    key: np.uint64, customers: np.ndarray, weeks: np.ndarray, purpose: int, places: np.ndarray
) -> NDArray[np.float64]:
    """One number for each row of customer, week and place."""
    out = np.empty(customers.shape[0], np.float64)
    for row in range(customers.shape[0]):
        out[row] = draw(page(key, customers[row], weeks[row]), purpose, places[row])
    return out


def version() -> str:
    """Changes whenever a source file of the market does.

    Numba keeps compiled loops on disk and looks only at the file of the outermost. With this in its closure it compiles
    anew when any other changes; a stale loop would give yesterday's market.
    """
    digest = hashlib.sha256()
    for name in ("catalogue", "demand", "laws", "people", "responses", "streams", "truth"):
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()
