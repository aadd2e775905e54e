"""Where the real data sets are: PASSEND_DATA names their folder."""

import os
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[1].parent / "shared" / "data"
DATA = Path(os.environ.get("PASSEND_DATA") or _BESIDE)
