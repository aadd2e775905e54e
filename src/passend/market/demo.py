"""The files of the demo: ``python -m passend.market.demo orders.csv`` writes the bicycle shop's 18 months up to today.

With further names (``customers.csv consents.csv``) the same shop's customers and their consents are written, too: what
campaigns need to reach somebody. Language and first day stand beside them, in ``shop.json``: the shop keeps them when
its files are written again, as long as it is asked for in the same language.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from pyarrow import csv

from passend.language import LANGUAGES, chosen, phrase, speak, usual_language
from passend.market.parameters import Value
from passend.market.scenario import load_scenario
from passend.market.world import Market

SCENARIO = "bicycle-shop"
CUSTOMERS = 8_000
#: The file beside the others that says which shop it is.
NOTE = "shop.json"


@dataclass(frozen=True)
class Shop:
    """Which bicycle shop it is.

    Attributes:
        language: of its names.
        begins: its first day, a Monday as YYYY-MM-DD.
    """

    language: str
    begins: str

    def market(self, seed: int = 1) -> Market:
        """The shop at the end of its history; the same seed gives the same shop."""
        changes: dict[str, Value] = {
            "customers.number": CUSTOMERS,
            "market.language": self.language,
            "market.begins": self.begins,
        }
        return Market(SCENARIO, seed, changes)


def shop_of(language: str, today: date) -> Shop:
    """The shop whose history ends on the last Monday up to a day."""
    weeks = load_scenario(SCENARIO).whole("market.history_weeks")
    return Shop(language, str(today - timedelta(days=today.weekday(), weeks=weeks)))


def noted(folder: Path) -> Shop | None:
    """The shop whose files are in a folder; none where there is no note of it."""
    try:
        found = Shop(**json.loads((folder / NOTE).read_text("utf-8")))
        date.fromisoformat(found.begins)
    except (OSError, ValueError, TypeError):
        return None
    return found if found.language in LANGUAGES else None


def write_demo(file: Path, shop: Shop, seed: int = 1, others: Sequence[Path] = ()) -> int:
    """Write what the bicycle shop's own systems would export; the same seed gives the same files.

    Args:
        file: of the orders.
        shop: which it is.
        seed: of the market.
        others: further tables, each named as its contract.
    """
    market = shop.market(seed)
    for other in others:
        csv.write_csv(market.table(other.stem), other)
    lines = market.write_orders(file)
    (file.parent / NOTE).write_text(json.dumps(asdict(shop)), "utf-8")
    return lines


def main(words: Sequence[str], today: date) -> None:
    """On the command line."""
    target, *others = [Path(word) for word in words] or [Path("orders.csv")]
    speak(usual_language())
    before = noted(target.parent)
    is_same = before is not None and before.language == chosen()
    shop = before if before and is_same else shop_of(chosen(), today)
    lines = write_demo(target, shop, others=others)
    print(phrase("{lines:n} lines written to {file}", lines=lines, file=target))  # noqa: T201 - a command


if __name__ == "__main__":
    main(sys.argv[1:], date.today())
