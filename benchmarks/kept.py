"""What was measured already is not measured again: a benchmark of many hours can be stopped and goes on.

Each finished part is a file in ``benchmarks/.kept``. It counts only as long as nothing has changed that it may hang on:
the source of passend and of the benchmark with all that it imports from here, the versions of packages, the folder of
the data, and the arguments, seeds among them.
"""

from __future__ import annotations

import ast
import hashlib
import os
import pickle
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import passend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).parent / ".kept"
_ROOT = Path(__file__).resolve().parents[1]
_PACKAGE = Path(passend.__file__).parent
_SOURCES = (".py", ".sql", ".yaml", ".j2")
P = ParamSpec("P")
T = TypeVar("T")


def kept(part: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What ``part(*arguments)`` returns; it is called only where that is not kept.

    Args:
        part: a function of a module; what it returns must be plain: numbers, texts, arrays, rows, lists and dicts of
            them.
        arguments: plain, too; they name the part, so seeds belong among them.
        named: as well.
    """
    place = _place(part, (arguments, sorted(named.items())))
    if place.exists():
        return read(place)  # type: ignore[no-any-return]
    made = part(*arguments, **named)
    write(place, made)
    return made


def read(place: Path) -> Any:
    """A part that was kept."""
    return pickle.loads(place.read_bytes())


def write(place: Path, made: Any) -> None:
    """Keep a part: all of it or nothing."""
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(f".{os.getpid()}.half")
    half.write_bytes(pickle.dumps(made))
    half.replace(place)


def forget(module: str) -> None:
    """Throw away what was kept for a benchmark and for what it imports from here."""
    for file in _files(module):
        shutil.rmtree(FOLDER / file.stem, ignore_errors=True)


def place_of(module: str, name: str) -> Path:
    """The file of a benchmark's part of this name, as long as nothing has changed."""
    return FOLDER / module.rsplit(".", 1)[-1] / f"{name}-{_code(module)[:16]}.pickle"


def _place(part: Callable[..., Any], said: object) -> Path:
    text = repr(said)
    if " at 0x" in text:
        raise ValueError(
            f"{part.__qualname__}: arguments of a kept part must be plain values, not {text[:200]}"
        )
    module = part.__module__
    if module == "__main__":  # python -m benchmarks.NAME
        spec = sys.modules["__main__"].__spec__
        module = spec.name if spec else module
    return place_of(module, f"{part.__qualname__}-{hashlib.sha256(text.encode()).hexdigest()[:12]}")


@cache
def _code(module: str) -> str:
    """A digest of all that a part may hang on."""
    digest = hashlib.sha256(os.environ.get("PASSEND_DATA", "").encode())
    for file in (*package_files(), *_files(module), _ROOT / "constraints.txt"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def package_files() -> tuple[Path, ...]:
    """The source of passend."""
    return tuple(sorted(one for one in _PACKAGE.rglob("*") if one.suffix in _SOURCES))


def _files(module: str) -> list[Path]:
    """The source of a module and of what it imports from ``benchmarks`` and ``tests``, directly or not."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = _ROOT.joinpath(*name.split(".")).with_suffix(".py")
        if name not in found and file.is_file():
            found[name] = file
            waiting += _imports(file)
    return [found[name] for name in sorted(found)]


def _imports(file: Path) -> Iterator[str]:
    """Names in a file that may be modules of ours; texts count, because modules are loaded by name, too."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.Constant) and str(node.value).startswith(("benchmarks.", "tests.")):
            yield str(node.value)
