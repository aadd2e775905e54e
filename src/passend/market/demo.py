"""The files of the demo: ``python -m passend.market.demo orders.csv`` writes the bicycle shop's 18 months.

With further names (``customers.csv consents.csv``) the same shop's customers and their consents are written, too: what
campaigns need to reach somebody.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from pyarrow import csv

from passend.language import phrase, speak
from passend.market.world import Market

CUSTOMERS = 8_000


def write_demo(file: Path, seed: int = 1, others: Sequence[Path] = ()) -> int:
    """Write what the bicycle shop's own systems would export; the same seed gives the same files.

    Args:
        file: of the orders.
        seed: of the market.
        others: further tables, each named as its contract.
    """
    market = Market("bicycle-shop", seed, {"customers.number": CUSTOMERS})
    for other in others:
        csv.write_csv(market.table(other.stem), other)
    return market.write_orders(file)


def main(words: Sequence[str]) -> None:
    """On the command line."""
    target, *others = [Path(word) for word in words] or [Path("orders.csv")]
    speak("auto")
    lines = write_demo(target, others=others)
    print(phrase("{lines:n} lines written to {file}", lines=lines, file=target))  # noqa: T201 - a command


if __name__ == "__main__":
    main(sys.argv[1:])
