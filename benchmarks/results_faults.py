"""Faults planted into comparisons: which are told, and how often a sound comparison is said to have one.

Every world goes through ``Effects().measure``, which is what `passend results` runs. A fault counts as told where the
faulty phase has a finding of the kind that it is, grave where the fault is; or where the table is refused or cannot be
measured, with the reason. Sound worlds differ in size, trade and effect, and none may have any finding at all but one:
that one customer holds a quarter of an arm is true of shops with few and very unlike buyers, and is told there.

    python -m benchmarks.results_faults --worlds 25 --sound 400 --seed 0 --each
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binomtest

from benchmarks.kept import kept
from benchmarks.measured_worlds import World, any_trade, full_trade, made
from benchmarks.planted_faults import CANNOT, KINDS, Kind, planted
from benchmarks.row import REPORTED, Bar, Row, at_most
from benchmarks.showing import show
from passend import Effects
from passend.errors import PassendError

if TYPE_CHECKING:
    from collections.abc import Iterator

WORLDS, SOUND = 25, 400
REFUSED = "refused"
#: Worlds that are measured, and kept, together.
_TOGETHER = 50
#: The rule was set on other worlds than these: tuning uses seeds from 1,000,000 on.
SEED = 0
COMMAND = "python3 dev.py bench results_faults"


@dataclass(frozen=True)
class Found:
    """What was said of one world.

    Attributes:
        checks: the findings of the faulty phase, with whether they are grave.
        others: of the other phases.
        verdict: in a word; empty where the table was refused.
        says: refusal or findings, in sentences.
    """

    checks: tuple[tuple[str, bool], ...]
    others: tuple[tuple[str, bool], ...]
    verdict: str
    says: str


def look(world: World) -> Found:
    """Measure a world."""
    effects = Effects(**world.settings)
    exposures, outcomes, until = world.tables()
    try:
        effects.measure(exposures, outcomes, until=until)
    except PassendError as problem:
        return Found((), (), "", f"{REFUSED}: {problem}")
    mine = [one for one in effects.measured_ if one.phase == world.phase]
    rest = [one for one in effects.measured_ if one.phase != world.phase]
    checks = [(finding.check, finding.is_grave) for one in mine for finding in one.found]
    checks += [(CANNOT, True) for one in mine if one.cannot is not None]
    says = [finding.says for one in mine for finding in one.found]
    others = [(finding.check, finding.is_grave) for one in rest for finding in one.found]
    return Found(tuple(checks), tuple(others), mine[0].verdict if mine else "", " ".join(says))


def is_told(kind: Kind, found: Found) -> bool:
    """Whether a fault was told as what it is, and as grave as it is."""
    if found.says.startswith(REFUSED):
        return bool(kind.refused_by) and kind.refused_by in found.says
    return any(check in kind.told_by and (is_grave or not kind.is_grave) for check, is_grave in found.checks)


def faulty(name: str, worlds: int, seed: int) -> list[Found]:
    """Worlds with one kind of fault."""
    place = next(place for place, one in enumerate(KINDS) if one.name == name)
    made_of = []
    for number in range(worlds):
        random = np.random.default_rng([seed, 1, place, number])
        made_of.append(look(planted(KINDS[place], full_trade(random), made, random)))
    return made_of


def sound(begin: int, count: int, seed: int) -> list[tuple[tuple[str, bool], ...]]:
    """Findings in worlds without a fault, in all their phases."""
    found = []
    for number in range(begin, begin + count):
        random = np.random.default_rng([seed, 2, number])
        one = look(made(any_trade(random), random))
        refused = ((REFUSED, True),) if one.says.startswith(REFUSED) else ()
        found.append(one.checks + one.others + refused)
    return found


def rows(worlds: int = WORLDS, count: int = SOUND, seed: int = SEED) -> Iterator[Row]:
    """The share of faults that are told, kind by kind where one is missed, and the share of false alarms."""
    told = {}
    for kind in KINDS:
        found = kept(faulty, kind.name, worlds, seed)
        told[kind.name] = sum(is_told(kind, one) for one in found)
    missed = {name: worlds - number for name, number in told.items() if number < worlds}
    total = len(KINDS) * worlds
    share = sum(told.values()) / total
    work = f"{len(KINDS)} kinds of faults x {worlds} worlds, 4,000 to 10,000 customers each"
    said = ", ".join(f"{name}: {number} of {worlds}" for name, number in missed.items())
    yield Row(
        work,
        "faults told",
        share,
        Bar("all", not missed),
        f"not told: {said}" if said else "",
        command=COMMAND,
    )
    yield Row(work, "kinds told in every world", float(len(KINDS) - len(missed)),
              Bar(f"all {len(KINDS)}", not missed), command=COMMAND)  # fmt: skip
    clean = [
        one for begin in range(0, count, _TOGETHER)
        for one in kept(sound, begin, min(_TOGETHER, count - begin), seed)
    ]  # fmt: skip
    yield from _alarms(clean)


def _alarms(clean: list[tuple[tuple[str, bool], ...]]) -> Iterator[Row]:
    work = f"{len(clean)} sound worlds, 1,500 to 20,000 customers each"
    names = [{check for check, _ in one} - {"outliers"} for one in clean]
    alarms, count = sum(bool(one) for one in names), len(clean)
    span = binomtest(alarms, count).proportion_ci(method="wilson")
    by_name = ", ".join(f"{name} {sum(name in one for one in names)}" for name in sorted(set().union(*names)))
    share = alarms / count
    yield Row(work, "false alarms", share, at_most(0.01, share), by_name, span.low, span.high, COMMAND)
    large = sum(("outliers", False) in one for one in clean) / count
    yield Row(work, "told that one customer holds a quarter of an arm", large, REPORTED,
              "true of these shops, so no false alarm", command=COMMAND)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print the rows; with ``--each`` what was missed and what alarmed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--sound", type=int, default=SOUND)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--each", action="store_true")
    options = parser.parse_args(arguments)
    code = show(rows(options.worlds, options.sound, options.seed))
    if options.each:
        for kind in KINDS:
            for number, one in enumerate(kept(faulty, kind.name, options.worlds, options.seed)):
                if not is_told(kind, one):
                    print(f"{kind.name} {number}: {one.verdict} {one.checks} {one.says[:300]}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
