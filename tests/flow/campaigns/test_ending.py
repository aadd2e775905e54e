"""A worker that is told to end goes without a word: nothing of DuckDB is left over."""

import subprocess
import sys

_ENDS = """
import duckdb
from passend.flow.campaigns.working import look_for_circles_rarely
duckdb.connect().sql("select 1").fetchall()
look_for_circles_rarely()
"""


def test_a_worker_that_ends_leaves_nothing_over():
    done = subprocess.run([sys.executable, "-c", _ENDS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
