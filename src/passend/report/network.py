"""The map of what goes together: one picture, grown from the strongest relation along the strongest next ones."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1140, 680
#: Relations drawn for each product, beside those that hold the map together.
_FURTHER = 0.6
#: Width of a letter and height of a name with its dot in the picture's font, generously; and the least half a box.
_LETTER, _BOX, _LEAST = 6.4, 34.0, 14.0
#: Name above its dot, in the box of both.
_NAME_UP = 9
#: Name below its dot, where its lines lead up.
_NAME_DOWN = 20
#: Letters of a name, and of one on a map of few products.
_SHORT, _LONG, _FEW = 26, 40, 16
_ROUNDS = 400

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """A product in the picture; ``product`` is its number."""

    x: float
    y: float
    label: str
    label_y: float
    title: str
    product: str


@dataclass(frozen=True)
class Edge:
    """A relation in the picture; one that has a direction is drawn as an arrow, one that is not proved as dashes."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    directed: bool
    title: str
    is_likely: bool = False


@dataclass(frozen=True)
class Picture:
    """Everything that the template needs to draw."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def draw(relations: Sequence[dict[str, Any]], *, most: int = 34) -> Picture:
    """Lay out the strongest relations as one map.

    Args:
        relations: rows with product_id, other_id, name, other_name, type, weight, reason; strongest first.
        most: products on the map, so that their names stay readable.
    """
    if not relations:
        return Picture(WIDTH, 0, (), ())
    graph = _map(_all_pairs(relations), most)
    products = list(graph)
    longest = _LONG if len(products) <= _FEW else _SHORT
    labels = [_short(graph.nodes[product]["name"], longest) for product in products]
    half = np.array([max(len(one) * _LETTER / 2, _LEAST) for one in labels])
    spots = _apart(_laid_out(graph), half)
    heaviest = max(data["weight"] for _, _, data in graph.edges(data=True))
    place = {product: spots[number] for number, product in enumerate(products)}
    below = _named_below(graph, place, half)
    nodes = tuple(
        Node(
            round(float(x), 1),
            round(float(y), 1),
            label,
            round(float(y) + (_NAME_DOWN if is_below else -_NAME_UP), 1),
            _named(graph.nodes[product]["name"], product),
            product,
        )
        for product, label, (x, y), is_below in zip(products, labels, spots, below, strict=True)
    )
    edges = tuple(_edge(graph, pair, place, heaviest) for pair in graph.edges())
    return Picture(WIDTH, round(float(spots[:, 1].max()) + _BOX), nodes, edges)


def _named(name: str, product: str) -> str:
    return name if name == product else f"{name} ({product})"


def _all_pairs(relations: Iterable[dict[str, Any]]) -> "nx.Graph[str]":
    """Every pair of products once, with its strongest relation."""
    graph: nx.Graph[str] = nx.Graph()
    for row in relations:
        one, two = row["product_id"], row["other_id"]
        if one == two or graph.has_edge(one, two):
            continue
        graph.add_node(one, name=row["name"])
        graph.add_node(two, name=row["other_name"])
        graph.add_edge(
            one, two, weight=row["weight"], reason=row["reason"], type=row["type"], start=one,
            is_likely=bool(row.get("grade")),
        )  # fmt: skip
    return graph


def _map(whole: "nx.Graph[str]", most: int) -> "nx.Graph[str]":
    """The part of all pairs that is drawn: connected where the pairs are, the strongest first."""
    ranked: list[tuple[str, str, float]] = sorted(whole.edges(data="weight"), key=lambda edge: -edge[2])
    kept: dict[str, None] = {}
    held: nx.Graph[str] = nx.Graph()
    for one, two, _ in ranked:
        if one not in kept and two not in kept and len(kept) + 2 <= most:
            _grow(whole, held, kept, (one, two), most)
    held.add_nodes_from((product, whole.nodes[product]) for product in kept)
    room = round(_FURTHER * len(kept))
    further = [
        (one, two) for one, two, _ in ranked if one in kept and two in kept and not held.has_edge(one, two)
    ]
    for one, two in [*held.edges(), *further[:room]]:
        held.add_edge(one, two, **whole.edges[one, two])
    return held


def _grow(
    whole: "nx.Graph[str]", held: "nx.Graph[str]", kept: dict[str, None], first: tuple[str, str], most: int
) -> None:
    """From a first pair, always along the strongest relation that leads to a new product."""
    kept[first[0]] = None
    ways: list[tuple[float, str, str]] = []
    new = first[0]
    while len(kept) < most:
        for other in whole.neighbors(new):
            heapq.heappush(ways, (-whole.edges[new, other]["weight"], new, other))
        while ways and ways[0][2] in kept:
            heapq.heappop(ways)
        if not ways:
            return
        _, start, new = heapq.heappop(ways)
        kept[new] = None
        held.add_edge(start, new)


def _laid_out(graph: "nx.Graph[str]") -> Points:
    """Places in the picture; parts that nothing joins are laid out as if a thread held them."""
    joined: nx.Graph[str] = nx.Graph()
    joined.add_nodes_from(graph)
    joined.add_edges_from(graph.edges())
    parts = [sorted(part) for part in nx.connected_components(graph)]
    joined.add_edges_from((parts[0][0], part[0]) for part in parts[1:])
    layout = nx.kamada_kawai_layout(joined, weight=None)
    points = np.array([layout[product] for product in graph])
    # The picture is wide: the longer way of the map lies across it.
    centred = points - points.mean(axis=0)
    turned = centred @ np.linalg.svd(centred, full_matrices=False)[2].T
    low, span = turned.min(axis=0), np.ptp(turned, axis=0)
    share = np.where(span > 1e-9, (turned - low) / np.where(span > 1e-9, span, 1), 0.5)
    places: Points = share * np.array([WIDTH, HEIGHT])
    return places


def _apart(points: Points, half: Points) -> Points:
    """Move products whose names lie upon each other apart, until none do; nothing leaves the picture."""
    spots = points.copy()
    wide = half[:, None] + half[None, :] + 6
    for _ in range(_ROUNDS):
        spots[:, 0] = np.clip(spots[:, 0], half, WIDTH - half)
        spots[:, 1] = np.maximum(spots[:, 1], _BOX - _NAME_UP)
        gap = spots[:, None, :] - spots[None, :, :]
        across, down = wide - np.abs(gap[..., 0]), _BOX - np.abs(gap[..., 1])
        clash = (across > 0) & (down > 0) & ~np.eye(len(spots), dtype=bool)
        if not clash.any():
            break
        # Of two that lie level, the later one goes down: there is always room below.
        level = np.where(gap[..., 1] == 0, np.arange(len(spots))[:, None] - np.arange(len(spots))[None, :], 0)
        sideways = clash & (across < down)
        spots[:, 0] += (np.sign(gap[..., 0]) * np.where(sideways, across, 0)).sum(1) * 0.5
        spots[:, 1] += (np.sign(gap[..., 1] + level) * np.where(clash & ~sideways, down, 0)).sum(1) * 0.5
    return spots


def _named_below(graph: "nx.Graph[str]", place: dict[str, Points], half: Points) -> list[bool]:
    """Whose name stands below the dot: those whose lines lead up, where nothing else stands below."""
    spots = np.array(list(place.values()))
    found = []
    for number, product in enumerate(place):
        x, y = spots[number]
        leads_up = sum(place[other][1] - y for other in graph.neighbors(product)) < 0
        near = (np.abs(spots[:, 0] - x) < half + half[number]) & (spots[:, 1] > y)
        found.append(bool(leads_up and not (near & (spots[:, 1] - y < 2 * _BOX)).any()))
    return found


def _edge(graph: "nx.Graph[str]", pair: tuple[str, str], spots: dict[str, Points], heaviest: float) -> Edge:
    data = graph.edges[pair]
    start = data["start"]
    end = pair[1] if pair[0] == start else pair[0]
    (x1, y1), (x2, y2) = spots[start], spots[end]
    width = 1 + 5 * (data["weight"] / heaviest) ** 0.5
    x1, y1, x2, y2, width = (round(float(one), 1) for one in (x1, y1, x2, y2, width))
    return Edge(
        x1, y1, x2, y2, width, directed=data["type"] == "next", title=data["reason"],
        is_likely=data["is_likely"],
    )  # fmt: skip


def _short(name: str, length: int) -> str:
    """A name that fits, cut between words where that leaves enough of it."""
    name = name.capitalize() if name.isupper() else name
    if len(name) <= length:
        return name
    cut = name[: length - 1].rsplit(" ", 1)[0]
    return (cut if len(cut) >= length // 2 else name[: length - 1]).rstrip(" ,") + "…"
