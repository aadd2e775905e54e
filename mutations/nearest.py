"""Which tests are the nearest to a file of the source. Tests mirror the source, so the place tells."""

from __future__ import annotations

from pathlib import Path, PurePosixPath


def nearest_tests(root: Path, file: str) -> list[str]:
    """Test files, nearest first: of the same name, naming the module or table, of the same folder, naming it elsewhere.

    Args:
        root: of the project.
        file: a file of the source, from the root.
    """
    path = PurePosixPath(file)
    inside = path.relative_to("src/passend")
    files = sorted(root.glob("tests/**/test_*.py"))
    tests = {one.relative_to(root).as_posix(): one.read_text("utf-8") for one in files}
    folder = PurePosixPath("tests", *(part for part in inside.parts[:-1] if part != "sql"))
    if path.suffix == ".sql":
        named = f'"{path.stem}"'
    else:
        named = ".".join(("passend", *inside.with_suffix("").parts)).removesuffix(".__init__")
    beside = [one for one in tests if PurePosixPath(one).is_relative_to(folder)]
    while not beside and len(folder.parts) > 1:
        folder = folder.parent
        beside = [one for one in tests if PurePosixPath(one).is_relative_to(folder)]
    same = [one for one in beside if PurePosixPath(one).stem.startswith(f"test_{path.stem}")]
    naming = [one for one in beside if named in tests[one]]
    elsewhere = [] if same or naming else [one for one, text in tests.items() if named in text]
    return list(dict.fromkeys([*same, *naming, *beside, *elsewhere]))
