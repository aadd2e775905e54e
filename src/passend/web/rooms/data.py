"""Data: bring files, see how they would be read, what became of their rows, and what would help most."""

from typing import Annotated

from fastapi import File, Query, Request, UploadFile
from starlette.responses import Response

from passend.flow.data_state import data_state, set_aside
from passend.flow.uploads import Wish, bring_in, files_of, look_at, take_files
from passend.intake import TABLES
from passend.intake.synonyms import MEANINGS
from passend.tables import CONTRACTS
from passend.web.pages import go_to, page
from passend.web.rooms.room import BringsData, Line, Room, SeesProducts, Typed, room_router
from passend.web.working import begin, result_of

router = room_router()
ROOM = Room("Data", "/data", "products", router, "data")
After = Annotated[int, Query(ge=0, le=10**9)]
_PAGE = 100


@router.get("/data")
def data(request: Request, visit: SeesProducts) -> Response:
    """What data there is."""
    return page(request, "data/data.html.j2", found=data_state(visit.workspace()))


@router.get("/data/aside")
def aside(request: Request, visit: BringsData, after: After = 0) -> Response:
    """Rows that were set aside, as they stood in their files."""
    rows = set_aside(visit.workspace(), _PAGE, after)
    return page(request, "data/aside.html.j2", rows=rows, after=after, size=_PAGE)


@router.post("/data/files")
def take(visit: BringsData, files: Annotated[list[UploadFile], File()]) -> Response:
    """Take files in, to look at them first."""
    number = take_files(visit.workspace(), [(one.filename or "", one.file) for one in files])
    return go_to(f"/data/files/{number}")


@router.get("/data/files/{number}")
def looked(request: Request, visit: BringsData, number: str) -> Response:
    """How the files would be read."""
    return _preview(request, visit, number, {})


@router.post("/data/files/{number}")
def again_or_import(
    request: Request, visit: BringsData, number: str, given: Typed, what: Line = ""
) -> Response:
    """Read the files again as a person says, or import them."""
    if what != "import":
        return _preview(request, visit, number, _wishes(given))
    place, wishes, accept = visit.workspace(), _wishes(given), bool(given.get("accept"))
    files_of(place, number)
    return begin(
        request, visit, "Reading the files",
        lambda work: bring_in(place, number, wishes, work, accept_guesses=accept), "/data/imported/{id}",
    )  # fmt: skip


@router.get("/data/imported/{number}")
def imported(request: Request, visit: BringsData, number: str) -> Response:
    """The account of an import."""
    return page(request, "data/imported.html.j2", found=result_of(request, visit, number))


def _preview(request: Request, visit: BringsData, number: str, wishes: dict[str, Wish]) -> Response:
    place = visit.workspace()
    files = look_at(place, files_of(place, number), wishes)
    return page(
        request, "data/preview.html.j2", files=files, number=number, wishes=wishes, kinds=TABLES, meanings=_meanings,
    )  # fmt: skip


def _meanings(kind: str) -> dict[str, str]:
    """What a column of such a file can mean, in words."""
    if kind in {"orders", "products", ""}:
        return MEANINGS
    return {one.name: one.name.removesuffix("_cents").replace("_", " ") for one in CONTRACTS[kind].columns}


def _wishes(form: dict[str, str]) -> dict[str, Wish]:
    """Fields ``kind/FILE`` and ``mean/FILE/COLUMN`` as what a person knows better."""
    kinds: dict[str, str] = {}
    columns: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        sort, _, rest = name.partition("/")
        if sort == "kind" and value in TABLES:
            kinds[rest] = value
        elif sort == "mean" and value:
            file, _, column = rest.partition("/")
            columns.setdefault(file, {})[value] = column
    return {file: Wish(kinds.get(file, ""), columns.get(file, {})) for file in {*kinds, *columns}}
