"""``python3 dev.py mutate [PATH]``: which small errors in the source would no test notice?

An error is put into a copy of the project, and the nearest tests run on it: if one fails, the error is killed, else it
has survived. A sample is drawn by seed, at most one error a line. Errors that were judged before are not judged again
until the source or their tests change, so the work can be stopped at any time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from mutations.nearest import nearest_tests
from mutations.python_sites import python_sites
from mutations.site import Mutant, Site, drawn
from mutations.sql_sites import sql_sites
from mutations.trial import Copy
from mutations.verdicts import Verdicts

ROOT = Path(__file__).resolve().parents[1]
_SOURCE = Path("src", "passend")


def main(arguments: list[str] | None = None) -> int:
    """Draw errors, judge them, and show which survived."""
    options = _options(arguments)
    files = chosen(options.path)
    texts = {file: (ROOT / file).read_text("utf-8") for file in files}
    mutants = drawn(sites(texts), texts, options.most, options.seed)
    verdicts = Verdicts(ROOT)
    if options.anew:
        verdicts.forget()
    print(
        f"{len(mutants)} errors in {len({one.site.file for one in mutants})} of {len(files)} files",
        file=sys.stderr,
    )
    survived: list[Mutant] = []
    by_file: dict[str, list[int]] = {}
    for mutant, is_killed in judged(mutants, verdicts):
        counts = by_file.setdefault(mutant.site.file, [0, 0])
        counts[not is_killed] += 1
        survived += [] if is_killed else [mutant]
    for mutant in survived:
        print(f"\n{mutant.diff(texts[mutant.site.file])}")
    print(f"\n{'killed':>6} {'survived':>8}")
    for file, (killed, alive) in by_file.items():
        print(f"{killed:6} {alive:8}  {file}")
    share = 1 - len(survived) / max(1, len(mutants))
    print(
        f"\n{len(mutants) - len(survived)} of {len(mutants)} errors were noticed ({share:.0%}), seed {options.seed}"
    )
    return int(share < options.least)


def chosen(path: str) -> list[str]:
    """The files of the source under a path, which may also be the name of a room.

    Raises:
        SystemExit: there are none.
    """
    place = next((one for one in (ROOT / path, ROOT / _SOURCE / path) if path and one.exists()), None)
    if not path:
        place = ROOT / _SOURCE
    if place is None or not place.resolve().is_relative_to(ROOT / _SOURCE):
        raise SystemExit(
            f"There is nothing of the source at {path}.\n  What to do: name a file or folder under {_SOURCE}"
        )
    files = [place] if place.is_file() else sorted(place.rglob("*"))
    return [one.resolve().relative_to(ROOT).as_posix() for one in files if one.suffix in (".py", ".sql")]


def sites(texts: dict[str, str]) -> Iterator[Site]:
    """All places in these files where a small error can be made."""
    for file, text in texts.items():
        yield from (sql_sites if file.endswith(".sql") else python_sites)(file, text)


def judged(mutants: list[Mutant], verdicts: Verdicts) -> Iterator[tuple[Mutant, bool]]:
    """Each error with whether it was noticed, from what is kept or by running the tests now."""
    with Copy(ROOT) as copy:
        for number, mutant in enumerate(mutants, 1):
            tests = tuple(nearest_tests(ROOT, mutant.site.file))
            is_killed = verdicts.of(mutant, tests)
            how = "kept"
            if is_killed is None:
                is_killed, how = copy.is_killed(mutant, tests), "run"
                verdicts.keep(mutant, tests, killed=is_killed)
            said = "killed" if is_killed else "SURVIVED"
            place = f"{mutant.site.file}:{mutant.site.line}"
            print(
                f"{number:4}/{len(mutants)} {said:8} {place} {mutant.site.what} ({how})",
                file=sys.stderr,
                flush=True,
            )
            yield mutant, is_killed


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="dev.py mutate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", nargs="?", default="", help="file, folder or room; default: the whole source")
    parser.add_argument("--most", type=int, default=40, help="how many errors are drawn (default: 40)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws others")
    parser.add_argument(
        "--least", type=float, default=0.0, help="exit code 1 where a smaller share is noticed"
    )
    parser.add_argument("--anew", action="store_true", help="forget what was found out before")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
