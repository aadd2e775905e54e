"""The output in the pages is what the commands print today."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_recorded_output_is_fresh():
    command = [sys.executable, str(ROOT / "docs" / "record.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
