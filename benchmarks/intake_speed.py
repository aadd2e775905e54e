"""How long imports take and how much memory: a real shop beside an earlier passend, a large export, a wide file.

python -m benchmarks.intake_speed [--json] [--lines 10000000]

The earlier passend is the commit of the project's history before amounts were reconciled (``EARLIER``); where the
history is not there, that row is not measured. Both import the same file by turns, and the least processor time of
each counts, because a busy machine adds to a time and never takes from it. Memory is that of all processes together.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.data import DATA
from benchmarks.kept import kept
from benchmarks.row import Bar, Row, at_most, not_measured
from benchmarks.showing import show

COMMAND = "python -m benchmarks.intake_speed"
ROOT = Path(__file__).resolve().parents[1]
EARLIER = "3db2907"
LINES, COLUMNS, TURNS = 10_000_000, 2_000, 3
MOST_SECONDS, MOST_GB, MOST_SECONDS_WIDE = 60.0, 2.0, 2.0


@dataclass(frozen=True)
class Run:
    """What one import took: seconds on the clock and of processors, peak memory, and how it ended."""

    seconds: float
    processor: float
    peak_gb: float
    code: int
    said: str


def rows(lines: int = LINES) -> Iterator[Row]:
    """The bars of speed, one by one."""
    yield from _beside_earlier()
    yield from _large(lines)
    yield _wide()


def _beside_earlier() -> Iterator[Row]:
    work = "Online Retail II, 1.04 M lines, import alone"
    file = DATA / "online-retail-ii" / "online_retail_ii.csv.gz"
    if not file.exists():
        yield not_measured(work, f"there is no file {file}", COMMAND)
        return
    runs = kept(by_turns, str(file), TURNS)
    if not runs:
        yield not_measured(work, f"the history does not hold the commit {EARLIER}", COMMAND)
        return
    before, now = (min(run.processor for run in side) for side in runs)
    ratio = now / before
    told = f"{now:.1f} s beside {before:.1f} s at {EARLIER}, the least of {TURNS} by turns"
    bar = Bar("at most 1", ratio <= 1.0)
    yield Row(work, "processor time over that of the earlier passend", ratio, bar, told, command=COMMAND)


def by_turns(file: str, turns: int) -> tuple[list[Run], list[Run]] | None:
    """The same import by the earlier passend and by this one, in turns."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        packed = subprocess.run(
            ["git", "-C", str(ROOT), "archive", EARLIER, "src"], capture_output=True, check=False
        )
        if packed.returncode:
            return None
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        sides: tuple[list[Run], list[Run]] = ([], [])
        for _ in range(turns):
            for side, source in zip(sides, (Path(folder) / "src", ROOT / "src"), strict=True):
                run = imported(Path(file), source)
                if run.code:
                    raise SystemExit(f"the import failed: {run.said}")
                side.append(run)
        return sides


def _large(lines: int) -> Iterator[Row]:
    work = f"Shopify export of {lines / 1e6:g} M rows and 79 columns, import alone"
    run = kept(of_large_export, lines)
    told = f"{run.processor:.0f} s of processors, {psutil.cpu_count()} cores; {run.said}"
    yield Row(work, "seconds", run.seconds, at_most(MOST_SECONDS, run.seconds), told, command=COMMAND)
    yield Row(work, "peak GB", run.peak_gb, at_most(MOST_GB, run.peak_gb), command=COMMAND)


def of_large_export(lines: int) -> Run:
    """Import a generated export; every order of it must be found to add up."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        file = Path(folder) / "orders_export.csv"
        # A process of its own: what generating takes is not the import's.
        subprocess.run(
            [sys.executable, "-m", "benchmarks.shopify_export", str(file), str(lines)], check=True, cwd=ROOT
        )
        run = imported(file, ROOT / "src")
    sums = next((line for line in run.said.splitlines() if "add up to the cent" in line), "")
    counts = [word.replace(",", "") for word in sums.split() if word.replace(",", "").isdigit()]
    if run.code or len(counts) < 2 or counts[0] != counts[1]:
        raise SystemExit(f"the export was not imported as it was made: {run.said}")
    return Run(run.seconds, run.processor, run.peak_gb, run.code, f"{int(counts[0]):,} orders add up")


def _wide() -> Row:
    run = kept(of_wide_file, COLUMNS)
    bar = Bar(f"at most {MOST_SECONDS_WIDE:g}, refused", run.code == 1 and run.processor <= MOST_SECONDS_WIDE)
    told = run.said.strip().splitlines()[0][:120] if run.said.strip() else ""
    return Row(
        f"{COLUMNS:,} columns", "processor seconds until refused", run.processor, bar, told, command=COMMAND
    )


def of_wide_file(columns: int) -> Run:
    """A column for each product, 300 baskets: the least of three runs."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        file = Path(folder) / "baskets.csv"
        header = ",".join(["basket", *(f"product {number}" for number in range(columns))])
        baskets = [
            ",".join(
                [str(basket), *("1" if (basket * 7 + number) % 97 == 0 else "0" for number in range(columns))]
            )
            for basket in range(300)
        ]
        file.write_text("\n".join([header, *baskets]) + "\n", "utf-8")
        return min((imported(file, ROOT / "src") for _ in range(TURNS)), key=lambda run: run.processor)


def imported(file: Path, source: Path) -> Run:
    """Import a file by the command line of one passend, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="passend-bench-") as folder:
        command = [sys.executable, "-m", "passend", "import", str(file), "--yes", "-w", f"{folder}/ws"]
        environment = {**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200"}
        before, started = _children(), time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=folder
        )
        peak = [0]
        watch = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
        watch.start()
        said, _ = process.communicate()
        return Run(
            time.perf_counter() - started, _children() - before, peak[0] / 1e9, process.returncode, said
        )


def _children() -> float:
    """Processor seconds of all processes that were started here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _watch(process_id: int, peak: list[int]) -> None:
    """Twenty times a second, the memory of a process and of all that it started."""
    try:
        process = psutil.Process(process_id)
        while True:
            tree = [process, *process.children(recursive=True)]
            peak[0] = max(peak[0], sum(each.memory_info().rss for each in tree))
            time.sleep(0.05)
    except psutil.NoSuchProcess:
        return


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print the rows as a JSON list, and nothing else")
    parser.add_argument("--lines", type=int, default=LINES)
    options = parser.parse_args()
    sys.exit(show(rows(options.lines), as_json=options.json))
