"""Small errors where money is decided: which share of them do the nearest tests notice?

python -m benchmarks.decisions_mutations [--most 40] [--area value]

A sample of errors is drawn in each area and judged as ``dev.py mutate`` does it; verdicts are kept, so that it can be
stopped and goes on. It takes an hour or two.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.row import Row, at_least
from benchmarks.showing import show
from mutations.__main__ import chosen, judged, sites
from mutations.site import drawn
from mutations.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMAND = "python -m benchmarks.decisions_mutations"
_ROOT = Path(__file__).resolve().parents[1]
#: The files of each area, as ``dev.py mutate`` takes them.
AREAS = {
    "value": ("decisions/value.py", "decisions/doubt.py", "decisions/knowledge/sale.py"),
    "deciding": ("decisions/deciding.py", "decisions/options.py", "decisions/explore.py", "decisions/holdout.py"),
    "consent": ("decisions/permissions.py", "decisions/rules/consent.py", "decisions/rules/eligibility.py",
                "customers/sql/latest_consents.sql"),
    "allocation": ("decisions/allocate", "decisions/limits.py"),
    "kernels": ("kernels",),
}  # fmt: skip
_LEAST = 0.85


def rows(most: int = 40, areas: Sequence[str] = tuple(AREAS)) -> Iterator[Row]:
    """The share of errors that were noticed in each area."""
    verdicts = Verdicts(_ROOT)
    for area in areas:
        files = [file for path in AREAS[area] for file in chosen(path)]
        texts = {file: (_ROOT / file).read_text("utf-8") for file in files}
        mutants = drawn(sites(texts), texts, most, seed=1)
        found = list(judged(mutants, verdicts))
        missed = [f"{Path(one.site.file).name}:{one.site.line}" for one, is_killed in found if not is_killed]
        share = 1.0 - len(missed) / max(len(found), 1)
        yield Row(
            f"{area}: {len(found)} errors in {len(files)} files, at most one a line, seed 1", "share noticed", share,
            at_least(_LEAST, share), f"not noticed: {', '.join(missed)}" if missed else "", command=COMMAND,
        )  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print the rows; exit code 1 when a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most", type=int, default=40, help="errors drawn in each area")
    parser.add_argument("--area", action="append", choices=list(AREAS))
    options = parser.parse_args(arguments)
    return show(rows(options.most, options.area or tuple(AREAS)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
