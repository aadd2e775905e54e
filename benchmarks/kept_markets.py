"""Markets that were played already are not played again: a benchmark of many hours can be stopped and goes on.

Each player's outcome in each market is a small file. It counts only as long as the code that it came from is the
same: for ``passend`` everything in the package, for the others the market without passend's own policy.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import passend
from benchmarks import kept
from passend.market.play import Outcome, each_market, play

if TYPE_CHECKING:
    from collections.abc import Sequence

    from passend.market.scenario import Scenario

#: Where outcomes are kept, for all benchmarks that play markets.
KEPT = kept.FOLDER / "kept_markets"
_PACKAGE = Path(passend.__file__).parent
_OWN = ("market/policies/product.py", "market/policies/firm.py")


@dataclass(frozen=True)
class Season:
    """How long is played, and in which markets.

    Attributes:
        weeks: in which offers are made.
        markets: seeds, from 1.
        jobs: markets played at the same time.
        folder: where outcomes are kept; None keeps none.
    """

    weeks: int = 52
    markets: int = 20
    jobs: int = 1
    folder: Path | None = None

    def played(self, scenario: Scenario, players: Sequence[str]) -> list[Outcome]:
        """What ``play`` returns; with a folder only what is not in it is played."""
        seeds = range(1, self.markets + 1)
        if self.folder is None:
            return play(scenario, players, self.weeks, seeds, _tell, self.jobs)
        places = {
            (player, seed): self.folder / f"{_key(scenario, player, self.weeks, seed)}.pickle"
            for seed in seeds
            for player in players
        }
        groups: dict[tuple[str, ...], list[int]] = {}
        for seed in seeds:
            missing = tuple(player for player in players if not places[player, seed].exists())
            if missing:
                groups.setdefault(missing, []).append(seed)
        for missing, some in groups.items():
            for market in each_market(scenario, missing, self.weeks, some, _tell, self.jobs):
                for one in market:
                    kept.write(places[one.policy, one.seed], one)
        return [kept.read(place) for place in places.values()]


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _key(scenario: Scenario, player: str, weeks: int, seed: int) -> str:
    said = [dict(scenario.values), scenario.families, scenario.relations, weeks]
    what = json.dumps(said, default=sorted, sort_keys=True)
    made = hashlib.sha256((what + _code(player == "passend" or ":" in player)).encode()).hexdigest()[:16]
    return f"{Path(scenario.source).stem}-{player.replace(':', '.')}-{seed}-{made}"


@cache
def _code(is_own: bool) -> str:
    """A digest of the source that a player's outcome depends on."""
    root = _PACKAGE if is_own else _PACKAGE / "market"
    own = {_PACKAGE / place for place in (() if is_own else _OWN)}
    files = sorted(one for one in root.rglob("*") if one.suffix in (".py", ".yaml") and one not in own)
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()
