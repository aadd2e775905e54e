"""``passend evaluate``: how well the next purchases are foreseen, beside plain methods."""

import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passend.cli.console import Talk, err, open_workspace, workspace_options
from passend.cli.run import requests_of
from passend.language import phrase

if TYPE_CHECKING:
    import pyarrow as pa

    from passend.workspace import Workspace

PROTOCOLS = ("next-novel", "time-cut", "all-products", "basket-completion", "relations")


@click.command("evaluate")
@click.argument("sources", nargs=-1, metavar="[FILE | DATABASE URL]...")
@click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default="time-cut",
    show_default=True,
    help="What is hidden and foreseen.",
)
@click.option(
    "--split",
    type=click.Path(exists=True, dir_okay=False),
    help="JSON with lists train, val, test of customers.",
)
@click.option(
    "--part",
    type=click.Choice(["test", "val"]),
    default="test",
    show_default=True,
    help="Whom of the split to judge.",
)
@click.option(
    "--cut", type=click.DateTime(), help="Moment of the time cut; by default the horizon before the end."
)
@click.option(
    "--horizon-days",
    type=click.FloatRange(min=1),
    default=90,
    show_default=True,
    help="How long purchases count.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.2,
    show_default=True,
    help="Share of orders judged.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=30_000,
    show_default=True,
    help="Most customers or orders judged.",
)
@click.option(
    "--as-planned", "planned", is_flag=True, help="Judge what `run` would have offered at the cut, too."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of splits, training and intervals.")
@click.option(
    "--predictions",
    type=click.Path(dir_okay=False),
    help="Write user_id, rank, product_id, score (.csv or .parquet).",
)
@click.option(
    "--plot", "drawing", type=click.Path(dir_okay=False, path_type=Path), help="Write an SVG picture of it."
)
@click.option("--map", "columns", multiple=True, metavar="MEANING=COLUMN", help="Name a column of the file.")
@workspace_options
def evaluate_command(
    sources: Sequence[str],
    protocol: str,
    split: str | None,
    part: str,
    cut: datetime | None,
    horizon_days: float,
    share: float,
    most: int,
    planned: bool,
    seed: int,
    predictions: str | None,
    drawing: Path | None,
    columns: Sequence[str],
    workspace: Path,
    overrides: Sequence[str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Measure how well the next purchases are foreseen, beside plain methods, with intervals.

    Takes files as `passend run` does, or the orders of the workspace when none is named. Nothing is stored.
    """
    with Talk(quiet=quiet or as_json) as progress:
        place = nullcontext(str(workspace)) if not sources else tempfile.TemporaryDirectory(prefix="passend-")
        with place as folder:
            opened = open_workspace(folder, overrides, needs="" if sources else "orders")
            if sources:
                requests = requests_of(sources, columns, ("", "", ""))
                from passend.flow.importing import import_sources

                import_sources(opened, requests, progress)
            orders, products = _orders(opened)
        from passend.evaluate import evaluate, plot

        progress.step("Learning and judging; this takes minutes on a large file")
        report = evaluate(
            orders,
            protocol,
            products=products,
            split=split,
            part=part,
            cut=cut,
            horizon_days=horizon_days,
            share=share,
            planned=planned,
            predictions_file=predictions,
            seed=seed,
            most=most,
        )
    if drawing:
        drawing.write_text(plot(report), "utf-8")
    click.echo(report.to_json() if as_json else str(report))
    if predictions and not quiet:
        err.print(phrase("The lists are in {file}", file=predictions))


def _orders(workspace: "Workspace") -> "tuple[pa.Table, pa.Table]":
    from passend.engines import sql
    from passend.flow.currencies import load_currencies

    with workspace.engine() as engine:
        load_currencies(engine, workspace.settings)
        engine.create("lines_in_order", sql("intake", "lines_in_order"))
        return engine.fetch("lines_in_order"), workspace.read("products")
