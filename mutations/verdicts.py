"""What was found out about errors before, in a file, so that work that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mutations.site import Mutant

FILE = Path(__file__).parent / ".kept" / "verdicts.jsonl"


@dataclass
class Verdicts:
    """By error whether the tests noticed it. A verdict counts until the source or the nearest tests change.

    Attributes:
        root: of the project.
        file: where they are kept, one a line.
    """

    root: Path
    file: Path = field(default_factory=lambda: FILE)
    _known: dict[str, bool] = field(default_factory=dict)
    _source: str = ""

    def __post_init__(self) -> None:
        if self.file.exists():
            for line in self.file.read_text("utf-8").splitlines():
                told = json.loads(line)
                self._known[told["key"]] = told["killed"]
        self._source = _digest(
            one for one in sorted((self.root / "src").rglob("*")) if one.suffix in (".py", ".sql")
        )

    def forget(self) -> None:
        """Throw all of them away."""
        self._known.clear()
        self.file.unlink(missing_ok=True)

    def of(self, mutant: Mutant, tests: tuple[str, ...]) -> bool | None:
        """Whether it was killed; None where that is not known."""
        return self._known.get(self._key(mutant, tests))

    def keep(self, mutant: Mutant, tests: tuple[str, ...], *, killed: bool) -> None:
        """Write one down at once."""
        key = self._key(mutant, tests)
        self._known[key] = killed
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(
                json.dumps({"key": key, "file": mutant.site.file, "what": mutant.site.what, "killed": killed})
                + "\n"
            )

    def _key(self, mutant: Mutant, tests: tuple[str, ...]) -> str:
        said = [mutant.site.file, mutant.text, self._source, _digest(self.root / one for one in tests)]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
