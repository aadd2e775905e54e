"""A copy of the project in which an error is made and the nearest tests run; the project itself is never touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from mutations.site import Mutant

_NOT_COPIED = shutil.ignore_patterns(
    ".*", "__pycache__", "*.pyc", "site", "build", "dist", "demo", "passend-workspace", "spark-warehouse"
)
#: Parts that are slow to start; that the engines agree is the matter of other tests.
_WITHOUT = "not spark and not postgres and not browser and not data"
_SLACK_SECONDS, _TIMES = 20.0, 3.0
#: What pytest says where no test is left or a file cannot be read.
_NONE_LEFT = 5


@dataclass
class Copy:
    """A copy of the project; gone when the work is done.

    Attributes:
        root: of the project.
        folder: of the copy.
    """

    root: Path
    folder: Path = field(init=False)
    _usual: dict[tuple[str, ...], float] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="passend-mutants-")) / "copy"
        shutil.copytree(self.root, self.folder, ignore=_NOT_COPIED)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    def usual_seconds(self, tests: tuple[str, ...]) -> float:
        """How long these tests take without an error; they must pass.

        Raises:
            SystemExit: they fail as they are, so nothing could be told.
        """
        if tests not in self._usual:
            began = time.monotonic()
            code, said = self._run(tests, timeout=None)
            if code:
                raise SystemExit(f"The tests fail without any error put in:\n{said[-3000:]}")
            self._usual[tests] = time.monotonic() - began
        return self._usual[tests]

    def is_killed(self, mutant: Mutant, tests: tuple[str, ...]) -> bool:
        """Whether a test notices the error, be it by not ending."""
        usual = self.usual_seconds(tests)
        place = self.folder / mutant.site.file
        before = place.read_bytes()
        place.write_bytes(mutant.text.encode())
        try:
            code, _ = self._run(tests, usual * _TIMES + _SLACK_SECONDS, anew="numba" in mutant.text)
        except subprocess.TimeoutExpired:
            return True
        finally:
            place.write_bytes(before)
        return code not in (0, _NONE_LEFT)

    def _run(self, tests: tuple[str, ...], timeout: float | None, *, anew: bool = False) -> tuple[int, str]:
        """Run tests in the copy; ``anew`` compiles kernels again, since callers keep compiled what they call."""
        here = {"PYTHONPATH": os.pathsep.join([str(self.folder / "src"), str(self.folder)])}
        environment = os.environ | here | {"PASSEND_HYPOTHESIS": "ci", "PYTHONDONTWRITEBYTECODE": "1"}
        words = [
            "-m",
            "pytest",
            "-x",
            "-q",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "--no-header",
            "-m",
            _WITHOUT,
        ]
        with tempfile.TemporaryDirectory(prefix="passend-kernels-") as kernels:
            if anew:
                environment |= {"NUMBA_CACHE_DIR": kernels}
            done = subprocess.run(
                [sys.executable, *words, *tests], cwd=self.folder, env=environment, timeout=timeout,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
        return done.returncode, done.stdout
