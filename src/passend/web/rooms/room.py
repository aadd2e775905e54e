"""What a room of the pages is: a name in the navigation, a scope, and its routes."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request

from passend.web.entering import Enters
from passend.web.visits import Visit

#: A short text of a form; control characters get no further than here.
PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Line = Annotated[str, Form(max_length=400, pattern=PLAIN)]


async def _typed(request: Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


#: All that a form holds, where its fields are as many as somebody likes.
Typed = Annotated[dict[str, str], Depends(_typed)]


@dataclass(frozen=True)
class Room:
    """One room.

    Attributes:
        title: in the navigation; a word of the catalogue.
        path: of its first page.
        scope: that its first page needs.
        router: its routes.
        icon: the name of a picture in ``icons.html.j2``.
    """

    title: str
    path: str
    scope: str
    router: APIRouter
    icon: str

    def holds(self, path: str) -> bool:
        """Whether a page stands in this room."""
        return path == self.path or (self.path != "/" and path.startswith(self.path + "/"))


def room_router() -> APIRouter:
    """Routes of pages, which the description of the interface leaves out."""
    return APIRouter(include_in_schema=False)


Anybody = Annotated[Visit, Depends(Enters(""))]
SeesProducts = Annotated[Visit, Depends(Enters("products"))]
SeesPersons = Annotated[Visit, Depends(Enters("persons"))]
SeesResults = Annotated[Visit, Depends(Enters("results"))]
SeesCampaigns = Annotated[Visit, Depends(Enters("campaigns"))]
BringsData = Annotated[Visit, Depends(Enters("data"))]
Edits = Annotated[Visit, Depends(Enters("edits"))]
Plans = Annotated[Visit, Depends(Enters("plans"))]
Drafts = Annotated[Visit, Depends(Enters("drafts"))]
Publishes = Annotated[Visit, Depends(Enters("publish"))]
Assumes = Annotated[Visit, Depends(Enters("assumptions"))]
TreatsPersons = Annotated[Visit, Depends(Enters("consents"))]
Erases = Annotated[Visit, Depends(Enters("erase"))]
KeepsKeys = Annotated[Visit, Depends(Enters("keys"))]
