"""The order file of the demo: ``python -m passend.market.demo orders.csv`` writes the bicycle shop's 18 months."""

import sys
from pathlib import Path

from passend.language import phrase, speak
from passend.market.world import Market

CUSTOMERS = 8_000


def write_demo(file: Path, seed: int = 1) -> int:
    """Write what the bicycle shop's own system would export; the same seed gives the same file."""
    return Market("bicycle-shop", seed, {"customers.number": CUSTOMERS}).write_orders(file)


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "orders.csv")
    speak("auto")
    print(phrase("{lines:n} lines written to {file}", lines=write_demo(target), file=target))  # noqa: T201 - a command
