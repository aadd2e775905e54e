"""The picture of what goes together: the strongest groups of products, each drawn on its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

CELL_WIDTH, CELL_HEIGHT = 380, 250
_MARGIN_X, _MARGIN_Y = 80, 34
#: Places of a name's base line over or under its dot, the best first.
_LABEL_SHIFTS = (-9, 19, -23, 33, -37, 47)
#: Width of a letter and height of a line in the picture's font, generously.
_LETTER, _LINE = 6.4, 14


@dataclass(frozen=True)
class Node:
    """A product in the picture."""

    x: float
    y: float
    label: str
    label_y: float
    title: str


@dataclass(frozen=True)
class Edge:
    """A relation in the picture; one that has a direction is drawn as an arrow."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    directed: bool
    title: str


@dataclass(frozen=True)
class Picture:
    """Everything that the template needs to draw."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def draw(
    relations: Sequence[dict[str, Any]], *, groups: int = 6, group_size: int = 7, columns: int = 3
) -> Picture:
    """Lay out the strongest relations in groups of products.

    Args:
        relations: rows with product_id, other_id, name, other_name, type, weight, reason; strongest first.
        groups: groups drawn at most.
        group_size: products in a group at most, so that names stay readable.
        columns: groups beside each other.
    """
    graph = _strongest_groups(relations, groups, group_size)
    parts = sorted(nx.connected_components(graph), key=lambda part: -_weight(graph, part))[:groups]
    nodes: list[Node] = []
    edges: list[Edge] = []
    heaviest = max((data["weight"] for _, _, data in graph.edges(data=True)), default=1.0)
    for place, part in enumerate(parts):
        corner = (place % columns * CELL_WIDTH, place // columns * CELL_HEIGHT)
        spots = _spots(graph.subgraph(sorted(part)), corner)
        nodes += _nodes(graph, sorted(part), spots)
        edges += [_edge(graph, pair, spots, heaviest) for pair in sorted(graph.subgraph(part).edges())]
    rows = -(-len(parts) // columns)
    return Picture(min(len(parts), columns) * CELL_WIDTH, rows * CELL_HEIGHT, tuple(nodes), tuple(edges))


def _strongest_groups(relations: Sequence[dict[str, Any]], groups: int, group_size: int) -> "nx.Graph[str]":
    """Take relations from the strongest down, as long as groups stay few and small."""
    graph: nx.Graph[str] = nx.Graph()
    for row in relations:
        one, two = row["product_id"], row["other_id"]
        together = _part(graph, one) | _part(graph, two)
        new_group = one not in graph and two not in graph
        if len(together) > group_size or (new_group and nx.number_connected_components(graph) >= groups):
            continue
        graph.add_node(one, name=row["name"])
        graph.add_node(two, name=row["other_name"])
        if not graph.has_edge(one, two):
            graph.add_edge(one, two, weight=row["weight"], reason=row["reason"], type=row["type"], start=one)
    return graph


def _part(graph: "nx.Graph[str]", product: str) -> set[str]:
    return set(nx.node_connected_component(graph, product)) if product in graph else {product}


def _weight(graph: "nx.Graph[str]", part: set[str]) -> float:
    return float(sum(data["weight"] for _, _, data in graph.subgraph(part).edges(data=True)))


def _spots(part: "nx.Graph[str]", corner: tuple[int, int]) -> dict[str, tuple[float, float]]:
    layout = nx.kamada_kawai_layout(part, weight=None)
    products = sorted(part.nodes())
    # A pair lies flat, so that its names have room.
    if len(products) == 2:
        layout = {products[0]: np.array([0.0, 0.0]), products[1]: np.array([1.0, 0.0])}
    points = np.array([layout[product] for product in products])
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    points = np.where(span > 1e-9, (points - low) / np.where(span > 1e-9, span, 1), 0.5)
    room = np.array([CELL_WIDTH - 2 * _MARGIN_X, CELL_HEIGHT - 2 * _MARGIN_Y])
    points = points * room + np.array([_MARGIN_X, _MARGIN_Y]) + np.array(corner)
    return {product: (float(x), float(y)) for product, (x, y) in zip(products, points, strict=True)}


def _nodes(graph: "nx.Graph[str]", part: list[str], spots: dict[str, tuple[float, float]]) -> list[Node]:
    """The products of a group, each name above or below its dot, where it lies on no other name."""
    taken: list[tuple[float, float, float]] = []
    nodes = []
    for product in sorted(part, key=lambda name: spots[name][::-1]):
        x, y = spots[product]
        label = _short(graph.nodes[product]["name"])
        half = len(label) * _LETTER / 2
        free = (
            y + shift
            for shift in _LABEL_SHIFTS
            if all(abs(x - x2) >= half + half2 or abs(y + shift - y2) >= _LINE for x2, y2, half2 in taken)
        )
        label_y = next(free, y + _LABEL_SHIFTS[0])
        taken.append((x, label_y, half))
        title = f"{graph.nodes[product]['name']} ({product})"
        nodes.append(Node(round(x, 1), round(y, 1), label, round(label_y, 1), title))
    return nodes


def _edge(
    graph: "nx.Graph[str]", pair: tuple[str, str], spots: dict[str, tuple[float, float]], heaviest: float
) -> Edge:
    data = graph.edges[pair]
    start = data["start"]
    end = pair[1] if pair[0] == start else pair[0]
    (x1, y1), (x2, y2) = spots[start], spots[end]
    width = 1 + 5 * (data["weight"] / heaviest) ** 0.5
    directed = data["type"] == "next"
    return Edge(
        round(x1, 1), round(y1, 1), round(x2, 1), round(y2, 1), round(width, 1), directed, data["reason"]
    )


def _short(name: str, length: int = 26) -> str:
    name = name.capitalize() if name.isupper() else name
    return name if len(name) <= length else name[: length - 1].rstrip() + "…"
