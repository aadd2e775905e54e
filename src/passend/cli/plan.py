"""``passend plan``: make a plan, ask what other rules would change, look at plans that were made."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passend.cli.console import Talk, err, open_workspace, out, print_json, print_table, workspace_options
from passend.cli.replay import several
from passend.vocabulary import say_money

if TYPE_CHECKING:
    from passend.flow.planning import PlanSummary
    from passend.flow.plans import Comparison


class _Planning(click.Group):
    """A group that makes a plan when no command is named, and lets several changes follow one ``--what-if``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``--what-if cap.email=1 budget=5000`` as two changes."""
        return super().parse_args(ctx, several(args))


@click.group("plan", cls=_Planning, invoke_without_command=True)
@click.option(
    "--what-if",
    "changes",
    multiple=True,
    metavar="RULE=VALUE ...",
    help="Compare with other rules, e.g. --what-if cap.email=1 budget=5000; nothing is stored.",
)
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), help="Where the tables are computed.")
@workspace_options
@click.pass_context
def plan_command(
    context: click.Context,
    changes: Sequence[str],
    engine: str | None,
    workspace: Path,
    overrides: Sequence[str],
    *,
    as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Make a new plan from the orders that are there, and its report.

    The firm's rules stand in rules.yaml in the workspace; `passend plan rules` writes an example and checks it.
    """
    if context.invoked_subcommand:
        return
    place = open_workspace(workspace, overrides, engine, needs="orders")
    with Talk(quiet=quiet or as_json) as progress:
        if changes:
            from passend.flow.plans import what_if

            compared = what_if(place, changes, progress)
        else:
            from passend.flow import export_offers, make_plan, write_report

            plan = make_plan(place, progress)
            exports = export_offers(place, progress)
            report = write_report(place, progress)
    if changes:
        print_json(compared) if as_json else _tell_comparison(compared, ("now", "what if"))
        return
    if as_json:
        print_json(
            {"plan": plan, "files": {"report": str(report), **{k: str(v) for k, v in exports.items()}}}
        )
        return
    tell_plan(plan)
    out.print(f"\nReport:  [bold]{report}[/bold]", soft_wrap=True)


@plan_command.command("list")
@workspace_options
def list_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """List all plans that were made, the latest first."""
    del quiet
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.plans import list_plans

    plans = list_plans(place)
    if as_json:
        print_json(plans)
        return
    rows = [
        (
            one["plan"],
            one["made_at"],
            _money(one, "value_cents"),
            one["offers"],
            one["customers"],
            one["basis"],
        )
        for one in plans
    ]
    print_table("Plans", ("plan", "made", "expected profit", "offers", "customers", "basis"), rows)


@plan_command.command("show")
@click.argument("number", type=click.IntRange(min=1), required=False)
@workspace_options
def show_command(
    number: int | None, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Show a plan with its funnel and limits; the latest where no NUMBER is given."""
    del quiet
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.plans import show_plan

    found = show_plan(place, number)
    if as_json:
        print_json(found)
        return
    _tell_figures(found)
    _tell_funnel(found["funnel"])
    _tell_limits(found["limits"], found["currency"])


@plan_command.command("compare")
@click.argument("first", type=click.IntRange(min=1))
@click.argument("second", type=click.IntRange(min=1))
@workspace_options
def compare_command(
    first: int, second: int, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Compare two plans."""
    del quiet
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.plans import compare_plans

    found = compare_plans(place, first, second)
    if as_json:
        print_json(found)
    else:
        _tell_comparison(found, (f"plan {first}", f"plan {second}"))


@plan_command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--number", type=click.IntRange(min=1), help="Which plan; the latest where none is given.")
@workspace_options
def export_command(
    file: Path, number: int | None, workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool
) -> None:
    """Write a plan's offers to a CSV or Parquet file."""
    place = open_workspace(workspace, overrides, needs="orders")
    from passend.flow.plans import export_plan

    count = export_plan(place, number, file)
    if as_json:
        print_json({"offers": count, "file": str(file)})
    elif not quiet:
        out.print(f"{count:,} offers written to {file}", soft_wrap=True, markup=False)


@plan_command.command("rules")
@workspace_options
def rules_command(workspace: Path, overrides: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """Check rules.yaml, or write a commented example where there is none."""
    place = open_workspace(workspace, overrides)
    file = place.folder / "rules.yaml"
    if not file.exists():
        from passend.decisions.rules.example import EXAMPLE

        file.write_text(EXAMPLE, "utf-8")
        if as_json:
            print_json({"written": str(file)})
        elif not quiet:
            out.print(f"An example was written to {file}", soft_wrap=True, markup=False)
        return
    from passend.flow.deciding import check_rules, rules_text

    found = check_rules(place)
    if as_json:
        print_json([{"is_error": one.is_error, "lines": list(one.lines), "says": one.says} for one in found])
    else:
        for one in found:
            word = "Error" if one.is_error else "Note"
            out.print(f"{word}, {one.where}: {one.says}", soft_wrap=True, markup=False)
        if not quiet and not found:
            out.print(
                f"{len(rules_text(place).splitlines())} lines, nothing to find fault with.", markup=False
            )
    if any(one.is_error for one in found):
        raise click.exceptions.Exit(1)


def tell_plan(plan: "PlanSummary") -> None:
    """The plan on the terminal."""
    rows: list[tuple[object, ...]] = [("products", plan.products)]
    rows += [(f"relations: {kind}", count) for kind, count in sorted(plan.relations.items())]
    rows += [("customers", plan.customers), ("  with offers", plan.customers_with_offers)]
    rows += [("  held out, to measure the effect", plan.held_out)]
    rows += [
        (f"  {verdict}", count) for verdict, count in sorted(plan.verdicts.items()) if verdict != "offer"
    ]
    rows.append(("offers", plan.offers))
    print_table(f"Plan {plan.plan}", ("what", "number"), rows)
    _tell_figures(
        {
            name: getattr(plan, name)
            for name in (
                "plan", "value_cents", "value_low_cents", "value_high_cents", "basis", "gap", "explore_cost_cents",
                "contact_cents", "currency",
            )
        }
    )  # fmt: skip
    _tell_effects(plan.effects)
    _tell_funnel(plan.funnel)
    _tell_limits(plan.limits, plan.currency)


def _money(row: Mapping[str, Any], name: str) -> str:
    return say_money(row[name], row["currency"]) or "not known: no prices"


def _tell_figures(plan: Mapping[str, Any]) -> None:
    if plan["value_cents"] is None:
        out.print("Expected profit cannot be told: the orders name no prices. The plan holds what fits best.")
        return
    low, high = (_money(plan, name) for name in ("value_low_cents", "value_high_cents"))
    out.print(
        f"Expected extra profit [bold]{_money(plan, 'value_cents')}[/bold], between {low} and {high} ({plan['basis']})",
        soft_wrap=True,
    )
    out.print(
        f"Contacts cost {_money(plan, 'contact_cents')}; exploring costs {_money(plan, 'explore_cost_cents')}; no plan "
        f"under these rules is more than {plan['gap']:.2%} better",
        soft_wrap=True,
    )


def _tell_effects(effects: Sequence[Mapping[str, Any]]) -> None:
    if effects:
        rows = [
            (
                row["channel"],
                row["contacts"],
                f"{100 * row['effect']:.2f} ({100 * row['effect_low']:.2f} to {100 * row['effect_high']:.2f})",
            )
            for row in effects
        ]
        title = "Extra purchases that a hundred contacts brought, as measured (95 % interval)"
        print_table(title, ("channel", "contacts", "extra purchases"), rows)


def _tell_funnel(funnel: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (
            row["step"] if not row["reason_code"] else "",
            row["offers"] if not row["reason_code"] else -row["offers"],
            row["customers"],
            row["reason"],
        )
        for row in funnel
    ]
    print_table(
        "From all that could be offered to what is",
        ("step", "offers", "customers", "what it means, or why not"),
        rows,
    )


def _tell_limits(limits: Sequence[Mapping[str, Any]], currency: str | None) -> None:
    del currency
    if limits:
        rows = [
            (
                " ".join(filter(None, (row["kind"], row["name"]))),
                row["used"],
                row["capacity"],
                row["unit"],
                row["says"],
            )
            for row in limits
        ]
        print_table("Limits", ("limit", "used", "of", "unit", "worth of one more"), rows)


def _tell_comparison(found: "Comparison", names: tuple[str, str]) -> None:
    words = {
        "value_cents": "expected extra profit",
        "value_low_cents": "  at least",
        "value_high_cents": "  at most",
        "contact_cents": "cost of contacts",
    }
    rows: list[tuple[object, ...]] = [
        (says, _money(found.before, name), _money(found.after, name)) for name, says in words.items()
    ]
    rows += [(name, f"{found.before[name]:,}", f"{found.after[name]:,}") for name in ("offers", "customers")]
    rows += [(f"  by {name}", f"{one:,}", f"{two:,}") for name, (one, two) in found.offers_by_channel.items()]
    rows.append(("certified gap", f"{found.before['gap']:.2%}", f"{found.after['gap']:.2%}"))
    print_table("Comparison", ("what", *names), rows)
    out.print(f"{found.lost:,} offers would go, {found.new:,} would be new.", markup=False)
    _tell_limits(found.limits, found.after["currency"])
    if found.after["basis"] != "measured":
        err.print(f"The effects behind these figures: {found.after['basis']}.", markup=False)
