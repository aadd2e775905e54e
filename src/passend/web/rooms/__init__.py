"""The rooms of the pages, in the order of the story. A new one is a file here, templates, and a line in the list."""

from passend.web.rooms import (
    assumed,
    building,
    customers,
    data,
    desk,
    overview,
    products,
    results,
    trying,
)
from passend.web.rooms.room import Room

ROOMS: tuple[Room, ...] = (
    overview.ROOM,
    data.ROOM,
    products.ROOM,
    customers.ROOM,
    trying.ROOM,
    building.ROOM,
    results.ROOM,
    desk.ROOM,
    assumed.ROOM,
)

__all__ = ["ROOMS", "Room"]
