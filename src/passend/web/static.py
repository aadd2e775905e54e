"""Style and scripts, from the package: named by their content, so that browsers keep them until they change."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

_FOLDER = Path(__file__).resolve().parent / "static"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class File:
    """One file as it goes out."""

    content: bytes
    packed: bytes
    kind: str
    mark: str


@router.get("/static/{name:path}")
async def static_file(name: str, request: Request) -> Response:
    """One file; known by name, so that no path leads out of the folder."""
    file = _files().get(name)
    if file is None:
        raise HTTPException(404)
    headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(file.packed, headers=headers, media_type=file.kind)
    return Response(file.content, headers=headers, media_type=file.kind)


def address(name: str) -> str:
    """The address of a file."""
    return f"/static/{name}?v={_files()[name].mark}"


def packed_bytes() -> int:
    """Of all files that a page brings along."""
    return sum(len(one.packed) for name, one in _files().items() if not name.endswith(".txt"))


@lru_cache(maxsize=1)
def _files() -> dict[str, File]:
    return {
        file.relative_to(_FOLDER).as_posix(): _read(file)
        for file in sorted(_FOLDER.rglob("*"))
        if file.is_file() and file.suffix in _KINDS
    }


def _read(file: Path) -> File:
    content = file.read_bytes()
    mark = hashlib.sha256(content).hexdigest()[:12]
    return File(content, gzip.compress(content, 9, mtime=0), _KINDS[file.suffix], mark)
